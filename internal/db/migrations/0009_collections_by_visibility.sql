-- +goose Up
-- Lists across projects show what is public anywhere, besides one's own.
CREATE INDEX collections_by_visibility ON collections (visibility);
