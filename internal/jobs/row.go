package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// row is a job as it is stored.
type row struct {
	ID      remit.JobID
	Project remit.ProjectID
	Type    string
	Name    string
	State   remit.JobState

	Held    string // why it is held, in words
	HeldFor string // "right", "dependency"

	Owner       remit.UserID // "" = nobody
	Runner      string       // user id, or system:NAME
	RunnerKey   remit.KeyID  // the API key that asked to run it (R26)
	CancelledBy string       // user id, or system:NAME

	File       remit.FileID
	Collection remit.CollectionID // what it is on, or the one that File is in

	Params   json.RawMessage // without the secrets
	Secrets  []string        // names of the secret parameters, sorted
	Files    []parameters.File
	Args     []string
	Priority int
	Turn     int64 // in the queue of its type and priority

	Attempt     int
	Spared      int // attempts that do not count against MaxAttempts
	MaxAttempts int

	Node       remit.NodeID // who holds the lease
	NodeName   string
	Lease      string
	LeaseUntil time.Time

	CancelUntil time.Time
	NotBefore   time.Time

	Progress remit.Progress
	Result   json.RawMessage
	Error    string

	RequeuedFrom remit.JobID
	Parent       remit.JobID
	Workflow     bool
	Step         string  // its name in the workflow Parent
	Reached      float64 // how far an earlier attempt of a step came, 0 to 1
	Needs        int     // how many jobs it needs
	Followed     bool    // its end is of interest to other jobs

	CreatedAt                       time.Time
	QueuedAt, StartedAt, FinishedAt *time.Time
}

// on is what the job is on (R27).
func (j *row) on() remit.On {
	if j.File != "" {
		return remit.On{File: j.File}
	}
	return remit.On{Collection: j.Collection}
}

// resource is the job as the permission engine sees it; it needs no join.
func (j *row) resource() authz.Resource {
	return authz.Resource{
		Project: string(j.Project), Owner: string(j.Owner), Collection: string(j.Collection),
		Run: remit.RunRight(j.Type, j.on()), Thing: string(j.ID),
		Facts: factIf(authz.IsWorkflow, j.Workflow) | factIf(authz.HasParent, j.Parent != "") |
			factIf(authz.IsClaimed, j.State.Leased() && !j.Workflow) | factIf(authz.IsFinished, j.State.Finished()),
	}
}

func factIf(fact authz.Facts, holds bool) authz.Facts {
	if holds {
		return fact
	}
	return 0
}

// holds says whether l is the lease that the job has now.
func (j *row) holds(node string, l remit.Lease) bool {
	return j.State.Leased() && string(j.Node) == node && j.Lease == l.Lease && j.Attempt == l.Attempt
}

// spent says whether the current attempt was the last that it may take.
func (j *row) spent() bool { return j.Attempt-j.Spared >= j.MaxAttempts }

// drop lets the lease go.
func (j *row) drop() {
	j.Node, j.NodeName, j.Lease, j.LeaseUntil, j.CancelUntil = "", "", "", time.Time{}, time.Time{}
}

// Locate finds a job for a question about it, as the asker has to do with it;
// gate.NotFound("jobs") when there is none.
func Locate(r *gate.Reader, id remit.JobID) (authz.Resource, error) {
	j, err := find(r, id)
	if err != nil {
		return authz.Resource{}, err
	}
	return j.shownTo(r, r.Who())
}

// find reads a job. In a transaction that writes, the row stays locked until its end.
func find(r db.Reader, id remit.JobID) (row, error) {
	if !remit.IsID[remit.JobID](string(id)) {
		return row{}, gate.NotFound("jobs")
	}
	query := selectJob
	if _, writes := r.(*gate.Tx); writes {
		query += r.Dialect().ForUpdate
	}
	j, err := db.One(r, scanJob, query, id)
	if errors.Is(err, db.ErrNoRows) {
		return j, gate.NotFound("jobs")
	}
	return j, err
}

// step is a job as it was read, and as it will be.
type step struct{ before, after *row }

// step takes the job through the transition table, with what edit changes
// besides. Nothing is written yet.
func (j *row) step(event Event, edit func(*row)) (step, error) {
	to, err := Next(j.State, event)
	if err != nil {
		return step{}, naming(j.ID, err)
	}
	after := *j
	after.State = to
	if to != remit.JobHeld {
		after.Held, after.HeldFor = "", ""
	}
	edit(&after)
	if !to.Leased() {
		after.drop()
	}
	return step{j, &after}, nil
}

// move takes a job one step, and j is what it has become.
func move(tx *gate.Tx, j *row, event Event, edit func(*row)) error {
	s, err := j.step(event, edit)
	if err != nil {
		return err
	}
	return moveAll(tx, s)
}

// moveAll writes steps of different jobs; before is then what each has become.
func moveAll(tx *gate.Tx, steps ...step) error {
	if len(steps) == 0 {
		return nil
	}
	if err := queueTurnless(tx, steps); err != nil {
		return err
	}
	if err := save(tx, steps); err != nil {
		return err
	}
	for _, s := range steps {
		j, from := s.before, s.before.State
		*j = *s.after
		announce(tx, j)
		if err := follow(tx, from, j); err != nil {
			return err
		}
		if err := tell(tx, j); err != nil {
			return err
		}
	}
	return nil
}

// naming puts the job's id into a refusal of the transition table.
func naming(id remit.JobID, err error) error {
	e, ok := errors.AsType[*remit.Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Message = fmt.Sprintf("Job %s is unchanged: %s", id, e.Message)
	return &named
}

// turned says whether the step may give the job another turn: its first one is
// given before it comes to the queue.
func (s step) turned() bool {
	return s.after.State == remit.JobQueued || s.after.Turn != s.before.Turn
}

// save is the one conditional UPDATE that every transition is.
func save(tx *gate.Tx, steps []step) error {
	var args []any
	statement, turned := updateJobs, slices.ContainsFunc(steps, step.turned)
	if turned {
		statement = updateTurned
	}
	for _, s := range steps {
		before, after := s.before, s.after
		args = append(args, before.ID, before.State, before.Attempt, before.Lease,
			after.State, after.Held, after.HeldFor, after.Runner, after.RunnerKey, after.CancelledBy,
			after.Attempt, after.Spared, after.Node, after.NodeName, after.Lease, db.Micros(after.LeaseUntil),
			db.Micros(after.CancelUntil), db.Micros(after.NotBefore), db.JSON(after.Progress), string(after.Result), after.Error,
			db.MicrosPtr(after.QueuedAt), db.MicrosPtr(after.StartedAt), db.MicrosPtr(after.FinishedAt))
		if turned {
			args = append(args, after.Turn)
		}
	}
	n, err := tx.ExecMany(statement, args...)
	first := steps[0].after
	switch {
	case db.IsUnique(err):
		return nameTaken(first.Name)
	case err != nil:
		return fmt.Errorf("changing %d jobs from %s on: %w", len(steps), first.ID, err)
	case n != int64(len(steps)):
		return raced(first.ID)
	}
	return nil
}

func raced(id remit.JobID) error {
	return remit.Errorf(remit.Conflict, "Job %s changed at the same moment", id).WithCode("raced").WithHint("Look at it again.")
}

// announce tells watchers of the job, and waiting nodes of what they may claim.
func announce(tx *gate.Tx, j *row) {
	announceTo(tx, j)
	if j.State == remit.JobQueued {
		tx.Notify("queue", string(j.Project))
	}
}

// event is what watchers of topic "job" get.
func (j *row) event() string { return fmt.Sprintf(`{"id":%q,"project":%q}`, j.ID, j.Project) }

func nameTaken(name string) error {
	return remit.Errorf(remit.Conflict, "You have a live job named %s in this project already", name).
		WithCode("name_taken").WithField("name").WithHint("Choose another name, or wait until that job has ended.")
}

// actor is how a job remembers who acted on it.
func actor(who authz.Subject) string {
	switch who.Kind {
	case authz.Person:
		return who.ID
	case authz.System:
		return systemPrefix + who.ID
	case authz.Local:
		return systemPrefix + local
	}
	return ""
}

// local is whoever asks where authentication is off (R32).
const local = "local"

const systemPrefix = "system:"

func cutSystem(actor string) (name string, ok bool) { return strings.CutPrefix(actor, systemPrefix) }

// owner is who will own what the asker makes, or would in a preview: nobody
// for machines.
func owner(who authz.Subject) remit.UserID { return remit.UserID(gate.SelfOf(who)) }
