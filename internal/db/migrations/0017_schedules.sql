-- +goose Up
-- Jobs that are made at the times of a cron expression.
CREATE TABLE schedules (
	id            TEXT PRIMARY KEY,
	project_id    TEXT NOT NULL REFERENCES projects (id),
	owner_id      TEXT NOT NULL DEFAULT '',   -- for whom jobs are made; '' = nobody in particular
	title         TEXT NOT NULL,
	cron          TEXT NOT NULL,
	zone          TEXT NOT NULL,
	type_key      TEXT NOT NULL REFERENCES job_types (key),
	file_id       TEXT NOT NULL,              -- what its jobs are on, as of jobs
	collection_id TEXT NOT NULL,
	spec          TEXT NOT NULL,              -- the JSON of remit.JobSpec
	missed        TEXT NOT NULL CHECK (missed IN ('skip', 'once')),
	overlap       TEXT NOT NULL CHECK (overlap IN ('allow', 'skip', 'replace')),
	paused        BOOLEAN NOT NULL,
	next_at       BIGINT,                     -- when it is due; NULL while paused
	created_at    BIGINT NOT NULL,
	CHECK (NOT paused OR next_at IS NULL)
);
CREATE INDEX schedules_by_project ON schedules (project_id, id);
CREATE INDEX schedules_by_owner ON schedules (owner_id, id);
CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;

-- What came of a schedule's times: each is dealt with once.
CREATE TABLE firings (
	schedule_id TEXT NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
	due_at      BIGINT NOT NULL,
	by_id       TEXT NOT NULL,                -- who fired it by hand; '' = the clock
	at          BIGINT NOT NULL,
	outcome     TEXT NOT NULL CHECK (outcome IN ('started', 'skipped', 'missed', 'refused')),
	reason      TEXT NOT NULL,
	job_id      TEXT NOT NULL,
	PRIMARY KEY (schedule_id, due_at, by_id)
);
