package remit

import (
	"encoding/json"
	"strings"
	"time"
)

// Node is a registered worker.
type Node struct {
	ID           NodeID            `json:"id"`
	Name         string            `json:"name"`
	Project      string            `json:"project,omitempty"` // slug of the one it serves; "" = every project
	State        string            `json:"state"`             // "active", "draining", "paused", "retired"
	Labels       map[string]string `json:"labels,omitempty"`
	Types        []string          `json:"types,omitempty"` // job types it takes; none = all of its runner
	Slots        int               `json:"slots"`
	Running      []JobID           `json:"running,omitempty"` // those that the asker may read
	Version      string            `json:"version,omitempty"`
	CreatedAt    time.Time         `json:"created_at"`
	RegisteredBy string            `json:"registered_by,omitempty"` // account name; "" = a server
	LastSeenAt   *time.Time        `json:"last_seen_at,omitempty"`
	Online       bool              `json:"online"`           // seen within three heartbeats
	Secret       string            `json:"secret,omitempty"` // its credential; only in the answer that registers it
	Permissions  []string          `json:"permissions"`
}

// The states of a node.
const (
	NodeActive   = "active"
	NodeDraining = "draining" // ends what it has, takes nothing new
	NodePaused   = "paused"
	NodeRetired  = "retired" // its credential is dead
)

// Lease is a node's proof that it holds a job: every call about the job
// carries it, and an old one is refused.
type Lease struct {
	Job     JobID  `json:"job"`
	Attempt int    `json:"attempt"`
	Lease   string `json:"lease"` // random
}

// Assignment is a claimed job with all that the node needs to work on it.
type Assignment struct {
	Lease
	Project    string          `json:"project"`
	Type       string          `json:"type"`
	Runner     string          `json:"runner"`
	Command    []string        `json:"command,omitempty"` // placeholders not yet replaced
	Args       []string        `json:"args,omitempty"`
	Env        []string        `json:"env,omitempty"`
	Params     json.RawMessage `json:"params,omitempty"`  // with the secrets
	Secrets    []string        `json:"secrets,omitempty"` // names of the parameters that are secret: what a node tells is masked
	On         On              `json:"on,omitzero"`
	Inputs     []Input         `json:"inputs,omitempty"`
	TimeLimitS int             `json:"time_limit_s,omitempty"` // seconds; 0 = none
	LeaseTTLS  float64         `json:"lease_ttl_s"`            // seconds from the answer until the lease ends unless renewed
	HeartbeatS float64         `json:"heartbeat_s"`            // seconds between two heartbeats
}

// Input is a file that the job may read while it holds the lease: one of the
// archive, or an artifact of another step of its workflow.
type Input struct {
	File   FileID `json:"file,omitempty"`  // "" = an artifact
	Step   string `json:"step,omitempty"`  // the step that made it
	Name   string `json:"name"`            // path below inputs/
	Param  string `json:"param,omitempty"` // the file parameter that names it; "" = the job is on it
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	URL    string `json:"url"` // path on the server; asked with the node's credential and the lease
}

// ParamVariable is the environment variable in which a program finds a parameter.
func ParamVariable(param string) string { return "REMIT_PARAM_" + variable(param) }

// FilesVariable is the one in which it finds the paths of a file parameter, one per line.
func FilesVariable(param string) string { return "REMIT_FILES_" + variable(param) }

func variable(param string) string { return strings.ToUpper(strings.ReplaceAll(param, "-", "_")) }
