-- +goose Up
-- What was removed of jobs, whose records stay.
ALTER TABLE artifacts ADD COLUMN removed_at BIGINT;    -- when the bytes were let go
ALTER TABLE attempts ADD COLUMN log_removed_at BIGINT; -- when the log was

-- Blobs that something began to refer to. A row is the lock that a new reference
-- and the removal of the blob take; it says nothing else.
CREATE TABLE blobs (
	sha256     TEXT PRIMARY KEY,
	touched_at BIGINT NOT NULL
);
CREATE INDEX previews_by_blob ON previews (blob);

-- What an export holds, so that only those can fetch it who may read all of it.
CREATE TABLE exported (
	job_id        TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	attempt       INTEGER NOT NULL,
	kind          TEXT NOT NULL CHECK (kind IN ('jobs', 'files', 'collections')),
	collection_id TEXT NOT NULL DEFAULT '',
	owner_id      TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (job_id, attempt, kind, collection_id, owner_id)
);
