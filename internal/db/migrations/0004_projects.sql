-- +goose Up
CREATE TABLE projects (
	id                    TEXT PRIMARY KEY,
	slug                  TEXT NOT NULL UNIQUE,
	title                 TEXT NOT NULL,
	description           TEXT NOT NULL,
	collection_visibility TEXT NOT NULL CHECK (collection_visibility IN ('private', 'project')),
	created_at            BIGINT NOT NULL -- microseconds UTC, as are all times
);

-- What makes a project visible to everybody (R10): ids of public things.
CREATE TABLE public_things (
	project_id TEXT NOT NULL REFERENCES projects (id),
	thing      TEXT NOT NULL,
	PRIMARY KEY (project_id, thing)
);

-- Templates. Those of the site are held on the site, never in a project.
CREATE TABLE roles (
	name        TEXT PRIMARY KEY,
	title       TEXT NOT NULL,
	description TEXT NOT NULL,
	allow       TEXT NOT NULL, -- JSON array of patterns
	site        BOOLEAN NOT NULL
);

CREATE TABLE members (
	id            TEXT PRIMARY KEY,
	project_id    TEXT NOT NULL REFERENCES projects (id),
	user_id       TEXT NOT NULL REFERENCES users (id),
	collection_id TEXT NOT NULL, -- '' = the whole project
	live_from     BIGINT,        -- NULL = open (R17)
	live_until    BIGINT,
	created_at    BIGINT NOT NULL
);
CREATE INDEX members_by_project ON members (project_id, id);
CREATE INDEX members_by_user ON members (user_id, project_id);

CREATE TABLE member_roles (
	member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
	role      TEXT NOT NULL REFERENCES roles (name),
	PRIMARY KEY (member_id, role)
);

-- The permission is a pattern, with its selector if it has one.
CREATE TABLE overrides (
	project_id TEXT NOT NULL REFERENCES projects (id),
	role       TEXT NOT NULL REFERENCES roles (name),
	permission TEXT NOT NULL,
	effect     TEXT NOT NULL CHECK (effect IN ('allow', 'remove', 'deny')),
	PRIMARY KEY (project_id, role, permission)
);

CREATE TABLE entries (
	id            TEXT PRIMARY KEY,
	project_id    TEXT NOT NULL REFERENCES projects (id),
	user_id       TEXT NOT NULL REFERENCES users (id),
	permission    TEXT NOT NULL,
	effect        TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
	collection_id TEXT NOT NULL, -- '' = the whole project
	live_from     BIGINT,
	live_until    BIGINT,
	why           TEXT NOT NULL,
	written_by    TEXT NOT NULL, -- user id; '' = the program itself
	created_at    BIGINT NOT NULL
);
CREATE INDEX entries_by_project ON entries (project_id, id);

-- How the catalogue grew beyond what the program brings.
CREATE TABLE declared_permissions (
	name      TEXT PRIMARY KEY,
	title     TEXT NOT NULL,
	on_site   BOOLEAN NOT NULL,
	selectors BOOLEAN NOT NULL,
	requires  TEXT NOT NULL, -- JSON array of names
	public_ok BOOLEAN NOT NULL,
	reserved  BOOLEAN NOT NULL,
	private   TEXT NOT NULL
);
