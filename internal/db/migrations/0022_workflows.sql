-- +goose Up
-- Jobs that wait for other jobs, and workflows, whose steps are jobs.
ALTER TABLE jobs ADD COLUMN needs INTEGER NOT NULL DEFAULT 0;            -- how many jobs it needs
ALTER TABLE jobs ADD COLUMN followed BOOLEAN NOT NULL DEFAULT FALSE;     -- its end is of interest to other jobs
ALTER TABLE jobs ADD COLUMN step TEXT NOT NULL DEFAULT '';               -- its name in the workflow parent_id
ALTER TABLE jobs ADD COLUMN reached DOUBLE PRECISION NOT NULL DEFAULT 0; -- how far an earlier attempt of a step came, 0 to 1
CREATE UNIQUE INDEX jobs_steps ON jobs (parent_id, step) WHERE parent_id <> '';

-- The jobs that must have succeeded before one may run.
CREATE TABLE job_needs (
	job_id    TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	needed_id TEXT NOT NULL,                  -- may have been deleted since
	place     INTEGER NOT NULL,               -- in the order in which they were named
	met       BOOLEAN NOT NULL DEFAULT FALSE, -- it had succeeded when it was deleted
	PRIMARY KEY (job_id, needed_id)
);
CREATE INDEX job_needs_by_needed ON job_needs (needed_id);

-- Jobs of which something has happened that moves other jobs on, which is done
-- soon, in transactions of its own.
CREATE TABLE job_due (
	job_id TEXT PRIMARY KEY,
	mark   TEXT NOT NULL                      -- random, another one each time
);

-- What a workflow is made of, as its type was when it was submitted.
CREATE TABLE workflows (
	job_id  TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
	steps   TEXT NOT NULL,                    -- JSON: [remit.Step]
	again   TEXT NOT NULL DEFAULT '[]',       -- JSON: names of the steps that this run is to do again
	refused TEXT NOT NULL DEFAULT '{}'        -- JSON: why steps of this run could not be made, by name
);
