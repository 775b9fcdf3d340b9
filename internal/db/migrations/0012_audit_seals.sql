-- +goose Up
-- The audit log, sealed in batches by a chain of hashes.
ALTER TABLE audit_entries ADD COLUMN preview TEXT NOT NULL DEFAULT ''; -- as whom the actor looked (R23)
ALTER TABLE audit_entries ADD COLUMN seal BIGINT NOT NULL DEFAULT 0;   -- number of the seal that it is in; 0 = not sealed yet
CREATE INDEX audit_by_seal ON audit_entries (seal, id);
CREATE INDEX audit_by_project ON audit_entries (project_id, id);

CREATE TABLE audit_seals (
	number        BIGINT PRIMARY KEY, -- 1, 2, 3, …
	first_id      TEXT NOT NULL,
	last_id       TEXT NOT NULL,
	count         BIGINT NOT NULL,
	entries_hash  TEXT NOT NULL,
	previous_hash TEXT NOT NULL,
	hash          TEXT NOT NULL,
	sealed_at     BIGINT NOT NULL,    -- microseconds UTC
	archive       TEXT NOT NULL,      -- the file that this seal vouches for; '' = entries
	archive_hash  TEXT NOT NULL,
	archive_first BIGINT NOT NULL,    -- the seals whose entries are in the file
	archive_last  BIGINT NOT NULL,
	archived_by   BIGINT NOT NULL,    -- number of the seal whose file holds the entries; 0 = they are in audit_entries
	manifest      TEXT NOT NULL       -- ids and hashes of the entries, to say which one is wrong
);
