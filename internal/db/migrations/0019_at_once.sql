-- +goose Up
-- Submits that say what they are the same as (the header Idempotency-Key).
CREATE TABLE submit_keys (
	project_id TEXT NOT NULL REFERENCES projects (id),
	actor      TEXT NOT NULL,            -- user id or system:NAME
	key_hash   TEXT NOT NULL,            -- SHA-256 of the key, which is not kept
	request    TEXT NOT NULL,            -- SHA-256 of key and body: whoever reads the table cannot try bodies
	job_id     TEXT NOT NULL DEFAULT '', -- '' only inside of the transaction
	created_at BIGINT NOT NULL,
	PRIMARY KEY (project_id, actor, key_hash)
);
CREATE INDEX submit_keys_by_age ON submit_keys (created_at);

-- How long the artifacts of a finished job are kept, where somebody has said so.
-- What was said before the job was run again does not count any more.
CREATE TABLE job_expiry (
	job_id     TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
	keep_until BIGINT, -- NULL = as long as the job's type says
	expired_at BIGINT  -- when somebody let them go
);
