package remit

import (
	"encoding/json"
	"time"
)

// JobState is where a job is in its life. jobs.Next is the table of moves.
type JobState string

// The states of a job.
const (
	JobCreated    JobState = "created"    // waits for somebody to run it
	JobQueued     JobState = "queued"     // waits for a node
	JobHeld       JobState = "held"       // waits for a right or a dependency to come back; Held says which
	JobClaimed    JobState = "claimed"    // a node has the lease and has not started
	JobRunning    JobState = "running"    // a node works on it
	JobCancelling JobState = "cancelling" // the node has been told to stop
	JobCancelled  JobState = "cancelled"
	JobSucceeded  JobState = "succeeded"
	JobFailed     JobState = "failed"
)

// Finished says whether a job in state s has ended.
func (s JobState) Finished() bool {
	return s == JobSucceeded || s == JobFailed || s == JobCancelled
}

// Leased says whether a node holds a job in state s.
func (s JobState) Leased() bool {
	return s == JobClaimed || s == JobRunning || s == JobCancelling
}

// On is the one thing that a job is on: nothing, a file or a collection (R27).
type On struct {
	File       FileID       `json:"file,omitempty"`
	Collection CollectionID `json:"collection,omitempty"`
}

// IsZero says whether the job is on nothing.
func (o On) IsZero() bool { return o == On{} }

// JobSpec is what somebody asks for.
type JobSpec struct {
	Type     string          `json:"type"`
	Name     string          `json:"name,omitempty"` // unique among the asker's live jobs in the project
	On       On              `json:"on,omitzero"`
	Params   json.RawMessage `json:"params,omitempty"` // an object that the type's schema accepts
	Args     []string        `json:"args,omitempty"`   // only where the type says so
	Priority int             `json:"priority,omitempty"`
	Start    bool            `json:"start,omitempty"` // also ask to run it (R26)
	Needs    []JobID         `json:"needs,omitempty"` // jobs of the project that must have succeeded before: ids, or names of live jobs of the asker
}

// MaxResult is how many bytes the JSON of a result may have.
const MaxResult = 64 << 10

// Job is one piece of work and all that is known of it.
type Job struct {
	ID           JobID           `json:"id"`
	Project      string          `json:"project"` // slug
	Type         string          `json:"type"`
	Name         string          `json:"name,omitempty"`
	State        JobState        `json:"state"`
	Held         string          `json:"held,omitempty"`   // why it is held
	Owner        string          `json:"owner,omitempty"`  // user name: who made it
	Runner       string          `json:"runner,omitempty"` // user name: who last asked it to run
	CancelledBy  string          `json:"cancelled_by,omitempty"`
	On           On              `json:"on,omitzero"`
	Params       json.RawMessage `json:"params,omitempty"`        // without the secrets, and the files that the asker may not read
	SecretParams []string        `json:"secret_params,omitempty"` // names of the secrets that were given
	Args         []string        `json:"args,omitempty"`
	Priority     int             `json:"priority"`
	Attempt      int             `json:"attempt"`        // the latest one's number; 0 before the first
	MaxAttempts  int             `json:"max_attempts"`   // the number of the last one that it may take; a retry gives it as many as a new job
	Node         string          `json:"node,omitempty"` // name of the node that has it
	Progress     Progress        `json:"progress"`
	Result       json.RawMessage `json:"result,omitempty"`
	Error        string          `json:"error,omitempty"`
	RequeuedFrom JobID           `json:"requeued_from,omitempty"`
	Needs        []JobID         `json:"needs,omitempty"`  // the jobs that must have succeeded before, those that the asker may read
	Parent       JobID           `json:"parent,omitempty"` // the workflow that it is a step of
	Step         string          `json:"step,omitempty"`   // its name there
	Steps        []JobStep       `json:"steps,omitempty"`  // of a workflow
	CreatedAt    time.Time       `json:"created_at"`
	QueuedAt     *time.Time      `json:"queued_at,omitempty"`
	StartedAt    *time.Time      `json:"started_at,omitempty"`
	FinishedAt   *time.Time      `json:"finished_at,omitempty"`
	ExpiresAt    *time.Time      `json:"expires_at,omitempty"` // when its artifacts will be gone; nil = never
	ExpiredAt    *time.Time      `json:"expired_at,omitempty"` // since when they are
	Permissions  []string        `json:"permissions"`          // operation verbs: "run", "cancel", "retry", "requeue", …
}

// Progress is how far an attempt has come; it never goes back within one.
type Progress struct {
	Fraction float64 `json:"fraction"` // 0 to 1
	Stages   []Stage `json:"stages,omitempty"`
}

// Stage is one step of the work with its counter.
type Stage struct {
	Label string `json:"label"`
	Done  int64  `json:"done,omitempty"`
	Total int64  `json:"total,omitempty"`
	Unit  string `json:"unit,omitempty"` // "bytes", "items"
}

// Attempt is one try at a job on one node.
type Attempt struct {
	Number     int        `json:"number"` // from 1
	Node       string     `json:"node"`
	State      string     `json:"state"` // "claimed", "running", "succeeded", "failed", "cancelled", "lost", "released"
	ExitCode   *int       `json:"exit_code,omitempty"`
	Error      string     `json:"error,omitempty"`
	ClaimedAt  time.Time  `json:"claimed_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	LogBytes   int64      `json:"log_bytes"`
}

// Artifact is a file that an attempt made.
type Artifact struct {
	Name      string    `json:"name"` // path below outputs/, with slashes
	Attempt   int       `json:"attempt"`
	Size      int64     `json:"size"` // bytes
	SHA256    string    `json:"sha256"`
	MediaType string    `json:"media_type"`
	CreatedAt time.Time `json:"created_at"`
	// RemovedAt is when its bytes were removed, after they had expired.
	RemovedAt *time.Time `json:"removed_at,omitempty"`
}

// JobEvent is one line of a job's history: who did what when.
type JobEvent struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"` // user name, "node NAME" or "system NAME"
	What   string    `json:"what"`
	Detail string    `json:"detail,omitempty"`
}

// FileFormat is the format, in the JSON Schema of a type's parameters, of a text
// that is the id of a file.
const FileFormat = "remit-file"

// JobType declares a kind of job. Declaring one adds the permission
// job:run.KEY, and job:run.KEY.single where it may be on a file.
type JobType struct {
	Key          string          `json:"key" yaml:"key"`
	Title        string          `json:"title" yaml:"title"`
	Description  string          `json:"description,omitempty" yaml:"description"`
	On           []string        `json:"on" yaml:"on"`                     // any of "none", "file", "collection"
	Params       json.RawMessage `json:"params,omitempty" yaml:"-"`        // JSON Schema 2020-12 of an object; absent = no parameters
	Runner       string          `json:"runner" yaml:"runner"`             // "builtin", "process" or "workflow"
	Command      []string        `json:"command,omitempty" yaml:"command"` // one argument each; {input}, {inputs}, {params.x}
	Args         bool            `json:"args" yaml:"args"`                 // callers may append arguments; only for programs that no argument makes read or write elsewhere
	Env          []string        `json:"env,omitempty" yaml:"env"`         // NAME=value, besides a clean environment
	Resources    Resources       `json:"resources,omitzero" yaml:"resources"`
	TimeLimitS   int             `json:"time_limit_s" yaml:"time_limit_s"`             // seconds; 0 = none
	MaxAttempts  int             `json:"max_attempts" yaml:"max_attempts"`             // counting the first; lost attempts count too, but for a few that never started
	BackoffS     int             `json:"backoff_s,omitempty" yaml:"backoff_s"`         // seconds before the next attempt, doubled each time
	Lends        []Lend          `json:"lends,omitempty" yaml:"lends"`                 // R28
	Steps        []Step          `json:"steps,omitempty" yaml:"steps"`                 // of the runner "workflow", and of no other
	Notify       []JobState      `json:"notify,omitempty" yaml:"notify"`               // states of which owners of jobs are told by e-mail, unless they said otherwise
	ArtifactDays int             `json:"artifact_days,omitempty" yaml:"artifact_days"` // days that artifacts are kept after the end; 0 = for good
	Off          bool            `json:"off,omitempty" yaml:"-"`                       // it is switched off in the project that was asked about
	Permissions  []string        `json:"permissions"`                                  // where the asker may: in a project "run", "run_single" and "switch", else "declare"
}

// Lend is a right that a job of the type gives to its node on its inputs (R28).
type Lend struct {
	Permission string `json:"permission" yaml:"permission"`
	Of         string `json:"of" yaml:"of"` // "person" (default): while owner and runner may; "type": comes with the run right
}

// LentOfType are the rights that come with the right to run the type (R28).
func (t JobType) LentOfType() (permissions []string) {
	for _, l := range t.Lends {
		if l.Of == "type" {
			permissions = append(permissions, l.Permission)
		}
	}
	return permissions
}

// Resources are what a node must offer.
type Resources struct {
	CPUs     int               `json:"cpus,omitempty" yaml:"cpus"`
	MemoryMB int               `json:"memory_mb,omitempty" yaml:"memory_mb"`
	GPUs     int               `json:"gpus,omitempty" yaml:"gpus"`
	Labels   map[string]string `json:"labels,omitempty" yaml:"labels"`
}
