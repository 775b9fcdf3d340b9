package remit

import "time"

// Schedule makes and starts a job at the times of a cron expression, for the
// person who owns it and with that person's rights at each of these times (R26).
type Schedule struct {
	ID      ScheduleID `json:"id"`
	Project string     `json:"project"` // slug
	Title   string     `json:"title,omitempty"`
	Owner   string     `json:"owner,omitempty"` // user name: for whom it makes jobs
	Cron    string     `json:"cron"`            // five fields, or @daily and the like
	Zone    string     `json:"zone"`            // IANA name of the time zone that Cron is meant in
	// Job is what is made. Its Name may hold {date} and {time}: those of the firing.
	Job       JobSpec       `json:"job"`
	Missed    MissedPolicy  `json:"missed"`
	Overlap   OverlapPolicy `json:"overlap"`
	Paused    bool          `json:"paused"`
	Held      string        `json:"held,omitempty"` // why it makes no jobs though it is not paused
	Next      []time.Time   `json:"next"`           // when it fires next, at most five; none while paused
	CreatedAt time.Time     `json:"created_at"`

	Permissions []string `json:"permissions"` // operation verbs: "read", "update", "pause", "delete", "run"
}

// MissedPolicy says what happens to firings at which the server was not there.
type MissedPolicy string

// The policies for missed firings.
const (
	MissedSkip MissedPolicy = "skip" // they are let go
	MissedOnce MissedPolicy = "once" // one firing makes up for all of them
)

// OverlapPolicy says what a firing does while jobs of the schedule have not ended.
type OverlapPolicy string

// The policies for overlaps.
const (
	OverlapAllow   OverlapPolicy = "allow"   // it makes another job
	OverlapSkip    OverlapPolicy = "skip"    // it makes none
	OverlapReplace OverlapPolicy = "replace" // it cancels them and makes its own
)

// Firing is one time at which a schedule was due.
type Firing struct {
	DueAt   time.Time     `json:"due_at"`
	At      time.Time     `json:"at"` // when it was dealt with
	Outcome FiringOutcome `json:"outcome"`
	Reason  string        `json:"reason,omitempty"` // why there is no job, or what the job makes up for
	Job     JobID         `json:"job,omitempty"`    // what was made, for those who may read it
	By      string        `json:"by,omitempty"`     // who fired it by hand; "" = the clock
}

// FiringOutcome says what a firing came to.
type FiringOutcome string

// The outcomes of a firing.
const (
	FiringStarted FiringOutcome = "started" // it made a job
	FiringSkipped FiringOutcome = "skipped" // a job of the schedule had not ended
	FiringMissed  FiringOutcome = "missed"  // the server was not there
	FiringRefused FiringOutcome = "refused" // the owner may not do it any more
)
