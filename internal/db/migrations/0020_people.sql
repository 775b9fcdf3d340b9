-- +goose Up
-- One invitation of a name at a time; of those that were made at once, the newest stands.
UPDATE invitations SET withdrawn_at = created_at WHERE accepted_at IS NULL AND withdrawn_at IS NULL AND EXISTS
	(SELECT 1 FROM invitations newer WHERE newer.name = invitations.name AND newer.id > invitations.id AND newer.accepted_at IS NULL AND newer.withdrawn_at IS NULL);
CREATE UNIQUE INDEX invitations_open ON invitations (name) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
