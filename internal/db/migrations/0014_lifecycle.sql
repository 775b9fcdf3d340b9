-- +goose Up
-- Archived and deleted projects. A deleted one gives its slug away: its own is
-- its id then, which no slug looks like.
ALTER TABLE projects ADD COLUMN archived_at BIGINT;
ALTER TABLE projects ADD COLUMN deleted_at BIGINT;
ALTER TABLE projects ADD COLUMN deleted_by TEXT NOT NULL DEFAULT '';    -- user id; '' = the program itself
ALTER TABLE projects ADD COLUMN deleted_slug TEXT NOT NULL DEFAULT '';  -- what it was called
ALTER TABLE projects ADD COLUMN restore_until BIGINT;                   -- when undoing ends
CREATE INDEX projects_not_open ON projects (id) WHERE archived_at IS NOT NULL OR deleted_at IS NOT NULL;

-- Somebody asks for a role or a permission in a project.
CREATE TABLE access_requests (
	id            TEXT PRIMARY KEY,
	project_id    TEXT NOT NULL REFERENCES projects (id),
	user_id       TEXT NOT NULL REFERENCES users (id),
	role          TEXT NOT NULL,   -- '' when it is for a permission
	permission    TEXT NOT NULL,   -- '' when it is for a role
	collection_id TEXT NOT NULL,   -- '' = the whole project
	reason        TEXT NOT NULL,
	live_until    BIGINT,          -- how long it is asked for; NULL = without end
	state         TEXT NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'withdrawn', 'expired')),
	expires_at    BIGINT NOT NULL, -- an open one is not there any more from then on (R17)
	decided_by    TEXT NOT NULL DEFAULT '',
	decided_at    BIGINT,
	answer        TEXT NOT NULL DEFAULT '',
	given_until   BIGINT,          -- how long it was given for
	created_at    BIGINT NOT NULL,
	CHECK ((role = '') <> (permission = ''))
);
CREATE UNIQUE INDEX access_requests_open ON access_requests (user_id, project_id, role, permission, collection_id) WHERE state = 'open';
CREATE INDEX access_requests_by_project ON access_requests (project_id, id);
CREATE INDEX access_requests_by_user ON access_requests (user_id, id);

-- What people are told of.
CREATE TABLE notices (
	id         TEXT PRIMARY KEY,
	user_id    TEXT NOT NULL REFERENCES users (id),
	request_id TEXT NOT NULL REFERENCES access_requests (id),
	what       TEXT NOT NULL CHECK (what IN ('asked', 'approved', 'rejected')),
	created_at BIGINT NOT NULL,
	read_at    BIGINT
);
CREATE INDEX notices_by_user ON notices (user_id, id);
CREATE INDEX notices_by_request ON notices (request_id);
