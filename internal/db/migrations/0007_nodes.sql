-- +goose Up
CREATE TABLE nodes (
	id           TEXT PRIMARY KEY,
	name         TEXT NOT NULL UNIQUE,
	project_id   TEXT NOT NULL DEFAULT '',    -- the one it serves; '' = every project
	own          BOOLEAN NOT NULL DEFAULT FALSE, -- it is part of a server, and runs the built-in jobs
	state        TEXT NOT NULL CHECK (state IN ('active', 'draining', 'paused', 'retired')),
	labels       TEXT NOT NULL DEFAULT '{}',
	types        TEXT NOT NULL DEFAULT '[]',  -- job types it asked for last
	slots        INTEGER NOT NULL CHECK (slots > 0),
	version      TEXT NOT NULL DEFAULT '',
	secret_hash  TEXT NOT NULL UNIQUE,
	created_at   BIGINT NOT NULL,
	last_seen_at BIGINT
);
CREATE INDEX nodes_by_project ON nodes (project_id, id);
