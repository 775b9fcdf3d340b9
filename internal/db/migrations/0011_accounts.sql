-- +goose Up
-- Accounts in full. A deleted one keeps its row: names in the past keep their
-- meaning, and nobody else is ever called so.
ALTER TABLE users ADD COLUMN deleted_at BIGINT; -- microseconds UTC, as all times

ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT ''; -- IP address that signed in
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';   -- what that browser calls itself

-- The secret before the last rotation, while it still works; '' = none.
ALTER TABLE api_keys ADD COLUMN old_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN old_until BIGINT;
ALTER TABLE api_keys ADD COLUMN rotated_at BIGINT;
CREATE UNIQUE INDEX api_keys_by_old_hash ON api_keys (old_hash) WHERE old_hash <> '';

-- Invitations: each makes one account, once.
CREATE TABLE invitations (
	id           TEXT PRIMARY KEY,
	secret_hash  TEXT NOT NULL UNIQUE, -- SHA-256 in hex
	name         TEXT NOT NULL,
	full_name    TEXT NOT NULL,
	email        TEXT NOT NULL,
	written_by   TEXT NOT NULL,        -- user id; '' = the program itself
	created_at   BIGINT NOT NULL,
	expires_at   BIGINT NOT NULL,
	accepted_at  BIGINT,
	withdrawn_at BIGINT
);
CREATE INDEX invitations_by_name ON invitations (name);

-- Who signs in by an identity provider: its issuer and the subject there.
CREATE TABLE user_identities (
	issuer     TEXT NOT NULL,
	subject    TEXT NOT NULL,
	user_id    TEXT NOT NULL REFERENCES users (id),
	created_at BIGINT NOT NULL,
	PRIMARY KEY (issuer, subject)
);
CREATE INDEX user_identities_by_user ON user_identities (user_id);
