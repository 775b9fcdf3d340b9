-- +goose Up
-- The jobs of other steps whose results are in the parameters of a step's job.
CREATE TABLE step_results (
	job_id    TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	source_id TEXT NOT NULL,
	PRIMARY KEY (job_id, source_id)
);
