-- +goose Up
-- SQLite makes a table of a list of three and more (IN) for each row that it writes,
-- in the conditions of indexes as in CHECK; it makes none of comparisons.
DROP INDEX jobs_live_name;
CREATE UNIQUE INDEX jobs_live_name ON jobs (owner_id, name, project_id)
	WHERE name <> '' AND state <> 'succeeded' AND state <> 'failed' AND state <> 'cancelled';
DROP INDEX jobs_served;
CREATE INDEX jobs_served ON jobs (type_key, priority, turn) WHERE attempt > 0 AND state <> 'created' AND state <> 'queued' AND state <> 'held';
-- Nothing looks for a node's attempts but those of a job.
DROP INDEX attempts_by_node;
