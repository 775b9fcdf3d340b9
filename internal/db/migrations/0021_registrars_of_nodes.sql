-- +goose Up
ALTER TABLE nodes ADD COLUMN registered_by TEXT NOT NULL DEFAULT ''; -- user id; '' = a server, or not known
