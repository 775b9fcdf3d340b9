-- +goose Up
-- A job type is its declaration, the JSON of remit.JobType.
CREATE TABLE job_types (
	key         TEXT PRIMARY KEY,
	declaration TEXT NOT NULL,
	updated_at  BIGINT NOT NULL
);

CREATE TABLE jobs (
	id            TEXT PRIMARY KEY,
	project_id    TEXT NOT NULL REFERENCES projects (id),
	type_key      TEXT NOT NULL REFERENCES job_types (key),
	name          TEXT NOT NULL DEFAULT '',
	state         TEXT NOT NULL CHECK (state = 'created' OR state = 'queued' OR state = 'held' OR state = 'claimed' OR state = 'running'
		OR state = 'cancelling' OR state = 'cancelled' OR state = 'succeeded' OR state = 'failed'),
	held          TEXT NOT NULL DEFAULT '',   -- why, in words
	held_for      TEXT NOT NULL DEFAULT '' CHECK (held_for = '' OR held_for = 'right' OR held_for = 'dependency'),
	owner_id      TEXT NOT NULL DEFAULT '',
	runner_id     TEXT NOT NULL DEFAULT '',   -- user id or system:NAME
	runner_key_id TEXT NOT NULL DEFAULT '',
	cancelled_by  TEXT NOT NULL DEFAULT '',   -- user id or system:NAME
	file_id       TEXT NOT NULL DEFAULT '',   -- what it is on; '' with a collection_id: the collection
	collection_id TEXT NOT NULL DEFAULT '',   -- what it is on, or the one that its file is in
	params        TEXT NOT NULL DEFAULT '',
	args          TEXT NOT NULL DEFAULT '[]',
	priority      INTEGER NOT NULL DEFAULT 0,
	attempt       INTEGER NOT NULL DEFAULT 0, -- the latest one's number
	spared        INTEGER NOT NULL DEFAULT 0, -- attempts that do not count against max_attempts
	max_attempts  INTEGER NOT NULL CHECK (max_attempts > 0),
	node_id       TEXT NOT NULL DEFAULT '',   -- who holds the lease
	node_name     TEXT NOT NULL DEFAULT '',
	lease_id      TEXT NOT NULL DEFAULT '',
	lease_until   BIGINT,
	cancel_until  BIGINT,                     -- when a cancelling job stops waiting for its node
	not_before    BIGINT,                     -- back-off of a queued job
	progress      TEXT NOT NULL DEFAULT '{"fraction":0}',
	result        TEXT NOT NULL DEFAULT '',
	error         TEXT NOT NULL DEFAULT '',
	requeued_from TEXT NOT NULL DEFAULT '',
	parent_id     TEXT NOT NULL DEFAULT '',   -- the workflow that it is a step of
	workflow      BOOLEAN NOT NULL DEFAULT FALSE,
	created_at    BIGINT NOT NULL,
	queued_at     BIGINT,
	started_at    BIGINT,
	finished_at   BIGINT,
	CHECK ((state = 'claimed' OR state = 'running' OR state = 'cancelling') = (lease_id <> '')),
	CHECK ((state = 'held') = (held <> ''))
);
CREATE INDEX jobs_by_project ON jobs (project_id, id);
CREATE INDEX jobs_by_owner ON jobs (owner_id, id);
CREATE INDEX jobs_by_file ON jobs (file_id, id) WHERE file_id <> '';
CREATE INDEX jobs_by_collection ON jobs (collection_id, id) WHERE collection_id <> '';
CREATE INDEX jobs_queue ON jobs (type_key, priority DESC, queued_at, id) WHERE state = 'queued';
CREATE INDEX jobs_queue_of_project ON jobs (type_key, project_id, priority DESC, queued_at, id) WHERE state = 'queued';
CREATE INDEX jobs_held ON jobs (id) WHERE state = 'held';
CREATE INDEX jobs_leased ON jobs (node_id, id) WHERE lease_id <> '';
CREATE UNIQUE INDEX jobs_live_name ON jobs (project_id, owner_id, name)
	WHERE name <> '' AND state IN ('created', 'queued', 'held', 'claimed', 'running', 'cancelling');

CREATE TABLE attempts (
	job_id      TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	number      INTEGER NOT NULL,
	node_id     TEXT NOT NULL,
	node_name   TEXT NOT NULL,
	lease_id    TEXT NOT NULL UNIQUE,
	state       TEXT NOT NULL CHECK (state = 'claimed' OR state = 'running' OR state = 'succeeded' OR state = 'failed' OR state = 'cancelled'
		OR state = 'lost' OR state = 'released'),
	exit_code   INTEGER,
	error       TEXT NOT NULL DEFAULT '',
	claimed_at  BIGINT NOT NULL,
	started_at  BIGINT,
	finished_at BIGINT,
	cleaned_at  BIGINT,                       -- when its node said that it has stopped, after the lease was lost
	log_sent    BIGINT NOT NULL DEFAULT 0,    -- bytes that the node sent
	log_bytes   BIGINT NOT NULL DEFAULT 0,    -- bytes that are kept
	log_cut     BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (job_id, number)
);
CREATE INDEX attempts_by_node ON attempts (node_id, job_id);

-- The files that an attempt may read, fixed at its claim.
CREATE TABLE attempt_inputs (
	job_id  TEXT NOT NULL,
	attempt INTEGER NOT NULL,
	file_id TEXT NOT NULL,
	name    TEXT NOT NULL,                    -- path below inputs/
	size    BIGINT NOT NULL,
	sha256  TEXT NOT NULL,
	PRIMARY KEY (job_id, attempt, file_id),
	FOREIGN KEY (job_id, attempt) REFERENCES attempts (job_id, number) ON DELETE CASCADE
);

CREATE TABLE log_chunks (
	job_id  TEXT NOT NULL,
	attempt INTEGER NOT NULL,
	start   BIGINT NOT NULL,                  -- offset in the attempt's log
	size    INTEGER NOT NULL,                 -- bytes
	stream  TEXT NOT NULL CHECK (stream = 'stdout' OR stream = 'stderr' OR stream = 'system'),
	data    TEXT NOT NULL,
	PRIMARY KEY (job_id, attempt, start),
	FOREIGN KEY (job_id, attempt) REFERENCES attempts (job_id, number) ON DELETE CASCADE
);

CREATE TABLE artifacts (
	job_id     TEXT NOT NULL,
	attempt    INTEGER NOT NULL,
	name       TEXT NOT NULL,                 -- path below outputs/
	size       BIGINT NOT NULL,
	sha256     TEXT NOT NULL,
	media_type TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (job_id, attempt, name),
	FOREIGN KEY (job_id, attempt) REFERENCES attempts (job_id, number) ON DELETE CASCADE
);
CREATE INDEX artifacts_by_sha256 ON artifacts (sha256);
