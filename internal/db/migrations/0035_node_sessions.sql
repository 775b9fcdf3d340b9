-- +goose Up
-- What the program that works as a node calls itself: two with one credential are
-- told apart by it. '' = it does not say.
ALTER TABLE nodes ADD COLUMN session TEXT NOT NULL DEFAULT '';
