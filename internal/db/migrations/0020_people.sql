-- +goose Up
-- One invitation of a name at a time; of those that were made at once, the newest stands.
UPDATE invitations SET withdrawn_at = created_at WHERE accepted_at IS NULL AND withdrawn_at IS NULL AND EXISTS
	(SELECT 1 FROM invitations newer WHERE newer.name = invitations.name AND newer.id > invitations.id AND newer.accepted_at IS NULL AND newer.withdrawn_at IS NULL);
CREATE UNIQUE INDEX invitations_open ON invitations (name) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;

-- People are told of other things than requests too: of a project, in words.
CREATE TABLE new_notices (
	id         TEXT PRIMARY KEY,
	user_id    TEXT NOT NULL REFERENCES users (id),
	request_id TEXT REFERENCES access_requests (id), -- or
	project_id TEXT REFERENCES projects (id),
	what       TEXT NOT NULL CHECK (what IN ('asked', 'approved', 'rejected', 'unmanaged')),
	why        TEXT NOT NULL DEFAULT '',             -- in words; '' = the request says it
	created_at BIGINT NOT NULL,
	read_at    BIGINT,
	CHECK ((request_id IS NULL) <> (project_id IS NULL))
);
INSERT INTO new_notices (id, user_id, request_id, what, created_at, read_at) SELECT id, user_id, request_id, what, created_at, read_at FROM notices;
DROP TABLE notices;
ALTER TABLE new_notices RENAME TO notices;
CREATE INDEX notices_by_user ON notices (user_id, id);
CREATE INDEX notices_by_request ON notices (request_id);
