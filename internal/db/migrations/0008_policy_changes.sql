-- +goose Up
-- What each new version of the policy changed, so that whoever knows an older
-- one need not read everything anew. part is what gate.Part writes down; '' is
-- everything. Only the last 1,000 versions are kept.
CREATE TABLE policy_changes (
	version BIGINT NOT NULL,
	part    TEXT NOT NULL,
	PRIMARY KEY (version, part)
);
