-- +goose Up
-- Fair share: a job's turn is given when it is queued, and jobs of one type and
-- priority go in the order of their turns (see internal/jobs/turn.go).
ALTER TABLE jobs ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;

DROP INDEX jobs_queue;
DROP INDEX jobs_queue_of_project;
CREATE INDEX jobs_queue ON jobs (type_key, priority DESC, turn, id) WHERE state = 'queued';
CREATE INDEX jobs_queue_of_project ON jobs (type_key, project_id, priority DESC, turn, id) WHERE state = 'queued';
-- Who waits in a project, for how it is shared.
CREATE INDEX jobs_waiting ON jobs (type_key, priority, project_id, owner_id) WHERE state = 'queued';
-- The latest turn of an owner, and the latest that was served.
CREATE INDEX jobs_turns ON jobs (type_key, priority, project_id, owner_id, turn);
CREATE INDEX jobs_served ON jobs (type_key, priority, turn) WHERE attempt > 0 AND state NOT IN ('created', 'queued', 'held');
