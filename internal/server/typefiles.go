package server

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/blueprints"
	"github.com/remit-server/remit/internal/policyfile"
)

// TypeFiles are job types of files; see blueprints.Types.
type TypeFiles = blueprints.Types

// ParseTypes reads the job types of files; see blueprints.ParseTypes.
func ParseTypes(files ...policyfile.File) (TypeFiles, error) { return blueprints.ParseTypes(files...) }

// TypeYAML is a job type as such a file.
func TypeYAML(t remit.JobType) (string, error) { return blueprints.YAML(t) }
