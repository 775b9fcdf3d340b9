-- +goose Up
-- Who is told of jobs: people by mail, projects by a webhook.
CREATE TABLE tellings (
	id         TEXT PRIMARY KEY,           -- notification_… or webhook_…
	kind       TEXT NOT NULL CHECK (kind IN ('mail', 'webhook')),
	owner_id   TEXT NOT NULL,              -- whose rights are asked; '' = nobody's in particular
	project_id TEXT NOT NULL,              -- '' = every project
	type_key   TEXT NOT NULL,              -- '' = every type
	mine       BOOLEAN NOT NULL,           -- only jobs that the owner owns
	states     TEXT NOT NULL,              -- JSON: of which states
	title      TEXT NOT NULL,
	url        TEXT NOT NULL,              -- sealed; '' for mail
	secret     TEXT NOT NULL,              -- sealed; '' for mail
	host       TEXT NOT NULL,              -- what is shown of the url
	paused     BOOLEAN NOT NULL,
	failures   INTEGER NOT NULL DEFAULT 0, -- tries in a row that failed
	problem    TEXT NOT NULL DEFAULT '',   -- what came of the last one
	retry_at   BIGINT NOT NULL DEFAULT 0,  -- nothing is sent before
	created_at BIGINT NOT NULL,
	CHECK (kind = 'mail' OR project_id <> '' AND url <> '' AND secret <> '')
);
CREATE INDEX tellings_by_owner ON tellings (owner_id, kind, id);
CREATE INDEX tellings_by_project ON tellings (project_id, kind, id);

-- What is to be told: written with the transition, sent behind it.
CREATE TABLE deliveries (
	id         TEXT PRIMARY KEY,
	telling_id TEXT NOT NULL REFERENCES tellings (id) ON DELETE CASCADE,
	job_id     TEXT NOT NULL,              -- '' = a test
	event      TEXT NOT NULL,
	attempt    INTEGER NOT NULL,
	at         BIGINT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given_up')),
	tries      INTEGER NOT NULL DEFAULT 0,
	reason     TEXT NOT NULL DEFAULT '',
	done_at    BIGINT                      -- NULL while it waits
);
CREATE INDEX deliveries_by_telling ON deliveries (telling_id, id);
CREATE INDEX deliveries_waiting ON deliveries (telling_id, tries, id) WHERE state = 'waiting';
CREATE INDEX deliveries_done ON deliveries (done_at) WHERE done_at IS NOT NULL;
