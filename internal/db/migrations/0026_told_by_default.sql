-- +goose Up
-- What a job type tells the owners of its jobs of its own: one letter-writer
-- for each person and type, and one of no type that stands for all of them.
ALTER TABLE tellings ADD COLUMN by_default BOOLEAN NOT NULL DEFAULT FALSE;

-- What is to be told by default, as the transition wrote it down: the notifier
-- makes deliveries of it. Transitions share no row here, so none waits for another.
CREATE TABLE deliveries_by_default (
	id       TEXT PRIMARY KEY,   -- of the delivery
	owner_id TEXT NOT NULL,      -- who is told
	type_key TEXT NOT NULL,
	job_id   TEXT NOT NULL,
	event    TEXT NOT NULL,
	attempt  INTEGER NOT NULL,
	at       BIGINT NOT NULL
);
CREATE INDEX deliveries_by_default_by_owner ON deliveries_by_default (owner_id, type_key);
