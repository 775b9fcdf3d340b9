-- +goose Up
-- Parameters that are more than values.
ALTER TABLE jobs ADD COLUMN secret_params TEXT NOT NULL DEFAULT '[]'; -- JSON: names of those that were given
ALTER TABLE jobs ADD COLUMN file_params TEXT NOT NULL DEFAULT '[]';   -- JSON: [{"name","list","files"}]

-- The secrets that a job's node needs, sealed with a key that is not here.
CREATE TABLE job_secrets (
	job_id   TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	name     TEXT NOT NULL,
	given_by TEXT NOT NULL,                   -- user id; '' = nobody in particular
	key_id   TEXT NOT NULL,                   -- name of the key
	sealed   TEXT NOT NULL,
	PRIMARY KEY (job_id, name)
);
CREATE INDEX job_secrets_by_key ON job_secrets (key_id);

-- The end of what an attempt printed, while it may be the beginning of a secret.
CREATE TABLE log_tails (
	job_id  TEXT NOT NULL,
	attempt INTEGER NOT NULL,
	stream  TEXT NOT NULL,
	sealed  TEXT NOT NULL,
	PRIMARY KEY (job_id, attempt, stream),
	FOREIGN KEY (job_id, attempt) REFERENCES attempts (job_id, number) ON DELETE CASCADE
);

-- Job types that are switched off in a project; all others are on.
CREATE TABLE job_types_off (
	project_id TEXT NOT NULL REFERENCES projects (id),
	type_key   TEXT NOT NULL REFERENCES job_types (key),
	since      BIGINT NOT NULL,
	PRIMARY KEY (project_id, type_key)
);
