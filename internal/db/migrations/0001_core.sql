-- +goose Up
-- Single values of the whole installation. policy_version grows with every
-- change of policy, in the transaction that makes the change.
CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

INSERT INTO meta (key, value) VALUES ('policy_version', '0');
