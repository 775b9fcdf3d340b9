-- +goose Up
CREATE TABLE audit_entries (
    id         TEXT PRIMARY KEY,      -- orders by time
    at         BIGINT NOT NULL,       -- microseconds UTC
    actor_kind TEXT NOT NULL CHECK (actor_kind = 'person' OR actor_kind = 'node' OR actor_kind = 'system' OR actor_kind = 'anonymous'),
    actor_id   TEXT NOT NULL,
    actor      TEXT NOT NULL,         -- its name at the time
    key_id     TEXT NOT NULL,
    operation  TEXT NOT NULL,
    project_id TEXT NOT NULL,
    thing      TEXT NOT NULL,
    allowed    BOOLEAN NOT NULL,
    rule       TEXT NOT NULL,
    permission TEXT NOT NULL,
    detail     TEXT NOT NULL,
    request    TEXT NOT NULL
);
CREATE INDEX audit_by_thing ON audit_entries (thing, id);
