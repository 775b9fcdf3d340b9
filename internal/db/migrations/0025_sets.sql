-- +goose Up
-- Collections of kind 'set': what fills them, and the files of others that are in them.
CREATE TABLE sets (
	collection_id TEXT PRIMARY KEY REFERENCES collections (id) ON DELETE CASCADE,
	definition    TEXT NOT NULL -- JSON
);
CREATE TABLE set_files (
	set_id   TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
	file_id  TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
	added_at BIGINT NOT NULL,
	PRIMARY KEY (set_id, file_id)
);
CREATE INDEX set_files_by_file ON set_files (file_id);
CREATE UNIQUE INDEX sets_by_name ON collections (project_id, name) WHERE kind = 'set';
