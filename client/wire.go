package client

import (
	"encoding/json"
	"time"

	"github.com/remit-server/remit"
)

// The bodies of requests and answers that are no nouns of the vocabulary.

// Login is the body of POST /api/v1/session.
type Login struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// SignedIn answers a login. Token serves programs as a bearer; pages use the cookie.
type SignedIn struct {
	User      string    `json:"user"`
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expires_at"`
}

// UserPatch is the body of PATCH /api/v1/users/{name}.
type UserPatch struct {
	FullName *string `json:"full_name,omitempty"`
	Email    *string `json:"email,omitempty"`
	Disabled *bool   `json:"disabled,omitempty"`
}

// Me is who asks and what that one may do.
type Me struct {
	// AuthOff says that nobody signs in here: whoever reaches the server may do
	// everything, and what is made belongs to nobody.
	AuthOff     bool        `json:"auth_off,omitempty"`
	User        *remit.User `json:"user"`
	Node        *remit.Node `json:"node"`
	Preview     *Preview    `json:"preview,omitempty"` // whom the rest is shown as
	Permissions []string    `json:"permissions"`       // on the site
	Projects    []MyProject `json:"projects"`
	Unread      int         `json:"unread"` // notices that were not read yet
}

// MyProject is one project of Me.
type MyProject struct {
	Slug        string   `json:"slug"`
	Roles       []string `json:"roles"`
	Permissions []string `json:"permissions"`
}

// NewUser is the body of POST /api/v1/users.
type NewUser struct {
	Name      string `json:"name"`
	FullName  string `json:"full_name,omitempty"`
	Email     string `json:"email,omitempty"`
	Password  string `json:"password"`
	Superuser bool   `json:"superuser,omitempty"`
}

// NewKey is the body of POST /api/v1/keys.
type NewKey struct {
	Title     string     `json:"title"`
	Scopes    []string   `json:"scopes,omitempty"`   // none = ["*"]
	Projects  []string   `json:"projects,omitempty"` // slugs
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// NewProject is the body of POST /api/v1/projects.
type NewProject struct {
	Slug                 string `json:"slug"`
	Title                string `json:"title,omitempty"`
	Description          string `json:"description,omitempty"`
	CollectionVisibility string `json:"collection_visibility,omitempty"` // "private" (default) or "project"
}

// NewEntry is the body of POST /api/v1/projects/{slug}/entries, and of
// POST /api/v1/site/entries, where no collection is named.
type NewEntry struct {
	User       string             `json:"user"`
	Permission string             `json:"permission"`
	Effect     string             `json:"effect"`               // "allow" or "deny"
	Collection remit.CollectionID `json:"collection,omitempty"` // only there; "" = the whole project
	From       *time.Time         `json:"from,omitempty"`
	Until      *time.Time         `json:"until,omitempty"`
	Why        string             `json:"why,omitempty"`
}

// NewRoot is the body of POST /api/v1/projects/{slug}/roots.
type NewRoot struct {
	Path string `json:"path"` // absolute, on the server
}

// NewNode is the body of POST /api/v1/nodes.
type NewNode struct {
	Name    string            `json:"name"`
	Project string            `json:"project,omitempty"` // slug; "" = every project
	Labels  map[string]string `json:"labels,omitempty"`
	Slots   int               `json:"slots,omitempty"` // 0 = 1
}

// Requeue is the body of POST /api/v1/jobs/{id}/requeue: what is given
// replaces, what is omitted is kept.
type Requeue struct {
	Name     *string                    `json:"name,omitempty"`
	Params   json.RawMessage            `json:"params,omitempty"` // all of them
	Set      map[string]json.RawMessage `json:"set,omitempty"`    // one by one, the rest is kept; null takes one away
	Args     *[]string                  `json:"args,omitempty"`
	Priority *int                       `json:"priority,omitempty"`
	Needs    *[]remit.JobID             `json:"needs,omitempty"` // all of them; an empty list = none
}

// JobPatch is the body of PATCH /api/v1/jobs/{id}.
type JobPatch struct {
	Name     *string `json:"name,omitempty"`
	Priority *int    `json:"priority,omitempty"`
}

// CollectionPatch is the body of PATCH /api/v1/collections/{id}.
// What is left out stays.
type CollectionPatch struct {
	Name       string `json:"name,omitempty"` // of a set
	Visibility string `json:"visibility,omitempty"`
}

// NodePatch is the body of PATCH /api/v1/nodes/{id}.
type NodePatch struct {
	State string `json:"state"`
}

// Question is the body of POST /api/v1/access/check.
type Question struct {
	User       string      `json:"user,omitempty"` // "" = the asker
	Permission string      `json:"permission"`     // a permission or an operation
	Project    string      `json:"project,omitempty"`
	On         *remit.On   `json:"on,omitempty"`
	Job        remit.JobID `json:"job,omitempty"`
}

// Verdict answers a Question.
type Verdict struct {
	Allowed bool   `json:"allowed"`
	Own     bool   `json:"own"`    // for things that the subject owns
	Others  bool   `json:"others"` // for others' things
	Rule    string `json:"rule"`   // "R12"
	Reason  string `json:"reason,omitempty"`
}

// Questions is the body of POST /api/v1/access/check-all: many permissions of
// one person on one thing.
type Questions struct {
	User        string      `json:"user,omitempty"`        // "" = the asker
	Permissions []string    `json:"permissions,omitempty"` // permissions and operations, at most 500; nil = every permission there is in the project, or on the site
	Project     string      `json:"project,omitempty"`
	On          *remit.On   `json:"on,omitempty"`
	Job         remit.JobID `json:"job,omitempty"`
}

// Findings answers Questions, in their order.
type Findings struct {
	Items []Finding `json:"items"`
}

// Finding is the verdict on one of the permissions, as it was asked.
type Finding struct {
	Permission string `json:"permission"`
	Allowed    bool   `json:"allowed"`
	Own        bool   `json:"own"`    // for things that the subject owns
	Others     bool   `json:"others"` // for others' things
	Rule       string `json:"rule"`   // "R12"
}

// Things is the body of POST /api/v1/access/things: on which things may USER do
// PERMISSION? The answer lists their ids.
type Things struct {
	User       string `json:"user,omitempty"`    // "" = the asker
	Permission string `json:"permission"`        // on files, collections or jobs
	Project    string `json:"project,omitempty"` // "" = in all projects
	Limit      int    `json:"limit,omitempty"`   // 0 = 50, at most 500
	After      string `json:"after,omitempty"`   // next of the page before
}

// Want is the body of POST /api/v1/node/claim.
type Want struct {
	Types    []string          `json:"types,omitempty"`   // job types; none = any
	Runners  []string          `json:"runners,omitempty"` // "process", "builtin"
	Labels   map[string]string `json:"labels,omitempty"`
	CPUs     int               `json:"cpus,omitempty"`
	MemoryMB int               `json:"memory_mb,omitempty"`
	GPUs     int               `json:"gpus,omitempty"`
	Slots    int               `json:"slots,omitempty"`
	Max      int               `json:"max,omitempty"`  // 0 = 1
	Wait     string            `json:"wait,omitempty"` // a duration, at most "60s"
	Version  string            `json:"version,omitempty"`
	Session  string            `json:"session,omitempty"` // what the program calls itself, the same after a restart: two that work as one node are told apart
}

// Assignments answers a claim.
type Assignments struct {
	Items []remit.Assignment `json:"items"`
}

// LeaseOf is the part of a node's call that proves its lease.
type LeaseOf struct {
	Attempt int    `json:"attempt"`
	Lease   string `json:"lease"`
}

// Renewal answers a heartbeat.
type Renewal struct {
	LeaseTTLS float64 `json:"lease_ttl_s"` // seconds from now
	Cancel    bool    `json:"cancel"`      // the job is to stop: finish with "cancelled"
}

// ProgressReport is the body of POST …/progress.
type ProgressReport struct {
	LeaseOf
	Progress remit.Progress `json:"progress"`
}

// LogChunk is the body of POST …/log. Offset is the number of bytes of this
// attempt's log sent before it, so that a repeated chunk is stored once.
type LogChunk struct {
	LeaseOf
	Stream string `json:"stream"` // "stdout" or "stderr"
	Offset int64  `json:"offset"`
	Data   string `json:"data"` // UTF-8; at most 256 KiB
}

// Finish is the body of POST …/finish.
type Finish struct {
	LeaseOf
	State    remit.JobState  `json:"state"` // succeeded, failed or cancelled
	ExitCode *int            `json:"exit_code,omitempty"`
	Error    string          `json:"error,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"`
}

// Cleanup is the body of POST …/cleanup: what a node that lost its lease may still say.
type Cleanup struct {
	LeaseOf
	Log string `json:"log,omitempty"` // the rest of the lost attempt's log
}
