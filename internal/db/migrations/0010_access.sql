-- +goose Up
-- Teams, what is held on the whole site, and who wrote what is held.
CREATE TABLE teams (
	id         TEXT PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,
	title      TEXT NOT NULL,
	created_at BIGINT NOT NULL -- microseconds UTC, as are all times
);

CREATE TABLE team_users (
	team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
	user_id TEXT NOT NULL REFERENCES users (id),
	PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_users_by_user ON team_users (user_id);

-- Members anew: a user or a team, and who made it one and why.
CREATE TABLE new_members (
	id            TEXT PRIMARY KEY,
	project_id    TEXT NOT NULL REFERENCES projects (id),
	user_id       TEXT REFERENCES users (id),
	team_id       TEXT REFERENCES teams (id),
	collection_id TEXT NOT NULL, -- '' = the whole project
	live_from     BIGINT,        -- NULL = open (R17)
	live_until    BIGINT,
	why           TEXT NOT NULL,
	written_by    TEXT NOT NULL, -- user id; '' = the program itself
	created_at    BIGINT NOT NULL,
	CHECK ((user_id IS NULL) <> (team_id IS NULL))
);
CREATE TABLE new_member_roles (
	member_id TEXT NOT NULL REFERENCES new_members (id) ON DELETE CASCADE,
	role      TEXT NOT NULL REFERENCES roles (name),
	PRIMARY KEY (member_id, role)
);
INSERT INTO new_members (id, project_id, user_id, collection_id, live_from, live_until, why, written_by, created_at)
	SELECT id, project_id, user_id, collection_id, live_from, live_until, '', '', created_at FROM members;
INSERT INTO new_member_roles (member_id, role) SELECT member_id, role FROM member_roles;
DROP TABLE member_roles;
DROP TABLE members;
ALTER TABLE new_members RENAME TO members;
ALTER TABLE new_member_roles RENAME TO member_roles;
CREATE INDEX members_by_project ON members (project_id, id);
CREATE INDEX members_by_user ON members (user_id, project_id);
CREATE INDEX members_by_team ON members (team_id, project_id);

-- The same for the whole site: one role each.
CREATE TABLE site_members (
	id         TEXT PRIMARY KEY,
	user_id    TEXT REFERENCES users (id),
	team_id    TEXT REFERENCES teams (id),
	role       TEXT NOT NULL REFERENCES roles (name),
	live_from  BIGINT,
	live_until BIGINT,
	why        TEXT NOT NULL,
	written_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	CHECK ((user_id IS NULL) <> (team_id IS NULL))
);

CREATE TABLE site_overrides (
	role       TEXT NOT NULL REFERENCES roles (name),
	permission TEXT NOT NULL,
	effect     TEXT NOT NULL CHECK (effect IN ('allow', 'remove', 'deny')),
	PRIMARY KEY (role, permission)
);

CREATE TABLE site_entries (
	id         TEXT PRIMARY KEY,
	user_id    TEXT NOT NULL REFERENCES users (id),
	permission TEXT NOT NULL,
	effect     TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
	live_from  BIGINT,
	live_until BIGINT,
	why        TEXT NOT NULL,
	written_by TEXT NOT NULL,
	created_at BIGINT NOT NULL
);

-- What superusers alone may do for now, and what the program reserves and the
-- site has opened (R4): exact names.
CREATE TABLE reservations (
	permission TEXT PRIMARY KEY,
	reserved   BOOLEAN NOT NULL
);

-- What everybody may do in a project (R7): exact names that are public_ok.
CREATE TABLE public_parts (
	project_id TEXT NOT NULL REFERENCES projects (id),
	permission TEXT NOT NULL,
	PRIMARY KEY (project_id, permission)
);
