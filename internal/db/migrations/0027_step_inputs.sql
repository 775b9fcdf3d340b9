-- +goose Up
-- What the job of a step takes of other steps' artifacts, fixed when it is made.
CREATE TABLE step_inputs (
	job_id         TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	place          INTEGER NOT NULL,           -- in the order in which the step names them
	step           TEXT NOT NULL,              -- whose artifacts
	source_id      TEXT NOT NULL,              -- the job of that step
	source_attempt INTEGER NOT NULL,           -- the attempt of it that succeeded
	name           TEXT NOT NULL,              -- those of this name or pattern; '' = all
	PRIMARY KEY (job_id, place)
);

-- The artifacts of other steps that an attempt may read, fixed at its claim.
CREATE TABLE attempt_artifacts (
	job_id         TEXT NOT NULL,
	attempt        INTEGER NOT NULL,
	step           TEXT NOT NULL,
	name           TEXT NOT NULL,              -- path below inputs/STEP/
	source_id      TEXT NOT NULL,
	source_attempt INTEGER NOT NULL,
	size           BIGINT NOT NULL,
	sha256         TEXT NOT NULL,
	PRIMARY KEY (job_id, attempt, step, name),
	FOREIGN KEY (job_id, attempt) REFERENCES attempts (job_id, number) ON DELETE CASCADE
);
