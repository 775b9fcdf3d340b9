-- +goose Up
-- Accounts, and the two kinds of credential that they have. Nothing here is
-- ever deleted but sessions: names in the past keep their meaning.
CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    full_name     TEXT NOT NULL,
    email         TEXT NOT NULL,
    password_hash TEXT NOT NULL,         -- argon2id in PHC form
    superuser     BOOLEAN NOT NULL,
    disabled      BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL,       -- microseconds UTC, as all times
    updated_at    BIGINT NOT NULL
);

CREATE TABLE sessions (
    id          TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,    -- SHA-256 in hex
    user_id     TEXT NOT NULL REFERENCES users (id),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id           TEXT PRIMARY KEY,
    secret_hash  TEXT NOT NULL UNIQUE,   -- SHA-256 in hex
    user_id      TEXT NOT NULL REFERENCES users (id),
    title        TEXT NOT NULL,
    scopes       TEXT NOT NULL,          -- JSON: permission patterns
    projects     TEXT NOT NULL,          -- JSON: project ids; [] = all
    hint         TEXT NOT NULL,          -- the secret's last four characters
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,                 -- to the minute
    revoked_at   BIGINT
);
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);
