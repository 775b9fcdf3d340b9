-- +goose Up
-- What statistics read of jobs that have ended, which is written once, at the end. When jobs were made is in their ids.
CREATE INDEX jobs_by_end ON jobs (finished_at, project_id, type_key, state, queued_at, started_at) WHERE finished_at IS NOT NULL;
