-- +goose Up
-- Directories on the server whose top-level directories are collections. Two
-- of them never overlap; the counter makes those who add one take turns.
CREATE TABLE data_roots (
	id              TEXT PRIMARY KEY,
	project_id      TEXT NOT NULL REFERENCES projects (id),
	path            TEXT NOT NULL UNIQUE, -- absolute, links resolved
	created_at      BIGINT NOT NULL,
	last_scanned_at BIGINT
);
CREATE INDEX data_roots_by_project ON data_roots (project_id, id);
INSERT INTO meta (key, value) VALUES ('data_roots', '0');

CREATE TABLE collections (
	id         TEXT PRIMARY KEY,
	project_id TEXT NOT NULL REFERENCES projects (id),
	root_id    TEXT REFERENCES data_roots (id), -- NULL when it is no folder
	name       TEXT NOT NULL,
	kind       TEXT NOT NULL CHECK (kind IN ('folder', 'set')),
	visibility TEXT NOT NULL CHECK (visibility IN ('private', 'project', 'public')),
	owner_id   TEXT NOT NULL DEFAULT '', -- '' = ownerless
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	UNIQUE (root_id, name)
);
CREATE INDEX collections_by_project ON collections (project_id, id);

-- Rows stay when bytes vanish: state 'missing'.
CREATE TABLE files (
	id            TEXT PRIMARY KEY,
	project_id    TEXT NOT NULL REFERENCES projects (id),
	root_id       TEXT NOT NULL REFERENCES data_roots (id),
	collection_id TEXT NOT NULL REFERENCES collections (id),
	path          TEXT NOT NULL, -- below its collection, with slashes
	folded        TEXT NOT NULL, -- path in lower case, for searching
	size          BIGINT NOT NULL,
	modified_at   BIGINT NOT NULL, -- of the bytes on disk
	sha256        TEXT NOT NULL DEFAULT '', -- '' = could never be read
	media_type    TEXT NOT NULL DEFAULT '',
	state         TEXT NOT NULL CHECK (state IN ('present', 'missing', 'unreadable')),
	problem       TEXT NOT NULL DEFAULT '',
	preview       TEXT NOT NULL CHECK (preview IN ('ready', 'none', 'failed')),
	metadata      TEXT, -- JSON, without the header
	header        TEXT, -- JSON: all cards; apart because lists do not show them
	owner_id      TEXT NOT NULL DEFAULT '',
	created_at    BIGINT NOT NULL,
	missing_at    BIGINT,
	UNIQUE (collection_id, path)
);
CREATE INDEX files_by_project ON files (project_id, id);
CREATE INDEX files_by_collection ON files (collection_id, id);
CREATE INDEX files_by_state ON files (collection_id, state, size);
CREATE INDEX files_by_root ON files (root_id, id);
CREATE INDEX files_by_content ON files (root_id, sha256);

-- Pictures of files, by the content of the file: equal files share one.
CREATE TABLE previews (
	content TEXT PRIMARY KEY, -- SHA-256 of the file
	blob    TEXT NOT NULL     -- SHA-256 of the PNG
);
