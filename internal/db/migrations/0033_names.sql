-- +goose Up
-- Names of jobs are looked up by their owner: those of live jobs, which are
-- unique in a project, and the latest that had a name.
DROP INDEX jobs_live_name;
CREATE UNIQUE INDEX jobs_live_name ON jobs (owner_id, name, project_id)
	WHERE name <> '' AND state IN ('created', 'queued', 'held', 'claimed', 'running', 'cancelling');
CREATE INDEX jobs_by_name ON jobs (owner_id, name, id) WHERE name <> '';
