package jobs

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// maxNeeds bounds how many jobs one job needs.
const maxNeeds = 100

const heldForDependency = "dependency"

// waiting is what a job that waits for others stores as its reason. The one
// that is shown names those that the asker may see.
const waiting = "it waits for jobs that it needs"

// checkNeeds refuses what is wrong whatever is stored.
func checkNeeds(refs []remit.JobID) error {
	if len(refs) > maxNeeds {
		return invalid("needs", "The job needs %d jobs; at most %d are allowed", len(refs), maxNeeds)
	}
	for i, ref := range refs {
		if !remit.IsID[remit.JobID](string(ref)) && !nameForm.MatchString(string(ref)) {
			return invalid("needs."+index(i), "%.80q is neither the id nor the name of a job", ref)
		}
	}
	return nil
}

// needed finds the jobs that a draft needs, each once. One of another project,
// or one that the asker may not read, reads like one that is not there.
func (d *draft) needed(tx *gate.Tx) (ids []remit.JobID, err error) {
	for i, ref := range d.Needs {
		j, err := d.findNeeded(tx, ref)
		if err == nil && (j.Project != d.project.ID || tx.RequireAs(d.who, "job.read", j.resource()) != nil) {
			err = gate.NotFound("jobs")
		}
		if isAbsent(err) {
			return nil, d.lacks(i)
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, j.ID) {
			ids = append(ids, j.ID)
		}
	}
	return ids, nil
}

// lacks is the refusal for one that is not there.
func (d *draft) lacks(i int) error {
	if d.kept {
		return remit.Errorf(remit.Conflict, "Job %s needs a job that is not there any more, or that you may not see", d.from).
			WithCode("needs_lost").WithField("needs").WithHint("Say anew which jobs it needs, or that it needs none.")
	}
	return gate.NotFound("jobs").WithField("needs." + index(i))
}

// findNeeded finds a job by its id, or a live one of the asker's in the project
// by its name. It takes no lock.
func (d *draft) findNeeded(tx *gate.Tx, ref remit.JobID) (row, error) {
	query, args := selectJob, []any{ref}
	if !remit.IsID[remit.JobID](string(ref)) {
		if owner(d.who) == "" {
			return row{}, gate.NotFound("jobs")
		}
		query, args = selectNamedNeed, []any{d.project.ID, owner(d.who), ref}
	}
	found, err := db.Rows(tx, scanJob, query, args...)
	switch {
	case err != nil:
		return row{}, fmt.Errorf("looking for job %s: %w", ref, err)
	case len(found) == 0:
		return row{}, gate.NotFound("jobs")
	}
	return found[0], nil
}

// links are the jobs that a new one needs and, if it is a workflow, its steps.
type links struct {
	needs  []remit.JobID
	queued *time.Time // when it was asked to run; nil = not yet
}

func (l *links) any(d draft) bool { return len(l.needs) > 0 || d.kind.Runner == runsSteps }

// hold keeps a job that has links from the queue until they are stored.
func (l *links) hold(j *row, d draft) {
	if l.any(d) {
		l.queued, j.State, j.QueuedAt = j.QueuedAt, remit.JobCreated, nil
	}
}

// store writes the links of a stored job down. One that needs others waits for
// them, if it is asked to run.
func (l *links) store(tx *gate.Tx, j *row, d draft) error {
	if !l.any(d) {
		return nil
	}
	if d.kind.Runner == runsSteps {
		if err := storeWorkflow(tx, j, d.kind.Steps); err != nil {
			return err
		}
	}
	if len(l.needs) > 0 {
		if err := storeNeeds(tx, j, l.needs); err != nil {
			return err
		}
	}
	if !d.Start {
		return nil
	}
	return toQueue(tx, j, Run, func(j *row) { j.QueuedAt = l.queued })
}

// followNeeded tells the jobs that new ones need to tell of their end: all of them in the
// order of their ids, so that no two transactions wait for each other.
func followNeeded(tx *gate.Tx, linked []links) error {
	by := map[remit.JobID]int{} // the place of one that needs it
	for i, l := range linked {
		for _, id := range l.needs {
			by[id] = i
		}
	}
	for _, id := range slices.Sorted(maps.Keys(by)) {
		n, err := tx.Exec(setFollowed, id)
		if err != nil {
			return fmt.Errorf("following job %s: %w", id, err)
		}
		if n == 0 {
			return at(by[id], len(linked), gate.NotFound("jobs").WithField("needs")) // deleted a moment ago
		}
	}
	return nil
}

// storeNeeds writes down which jobs j needs.
func storeNeeds(tx *gate.Tx, j *row, needed []remit.JobID) error {
	for i, id := range needed {
		if _, err := tx.Exec(insertNeed, j.ID, id, i); err != nil {
			return fmt.Errorf("storing what job %s needs: %w", j.ID, err)
		}
	}
	j.Needs = len(needed)
	if _, err := tx.Exec(setNeeds, j.ID, j.Needs); err != nil {
		return fmt.Errorf("storing what job %s needs: %w", j.ID, err)
	}
	return nil
}

// toQueue queues a job that is asked to run, by event, or has it wait for the
// jobs that it needs.
func toQueue(tx *gate.Tx, j *row, event Event, edit func(*row)) error {
	waits, err := j.waits(tx)
	if err != nil {
		return err
	}
	if waits {
		return move(tx, j, Wait, func(j *row) {
			edit(j)
			j.QueuedAt, j.Held, j.HeldFor = nil, waiting, heldForDependency
		})
	}
	if err := queue(tx, j); err != nil {
		return err
	}
	return move(tx, j, event, edit)
}

// waits says whether a job needs one that has not succeeded.
func (j *row) waits(r db.Reader) (bool, error) {
	if j.Needs == 0 {
		return false, nil
	}
	waits, err := db.One(r, db.Value[bool], selectWaits, j.ID)
	if err != nil {
		return false, fmt.Errorf("reading what job %s needs: %w", j.ID, err)
	}
	return waits, nil
}

// stillWaits is the refusal of running a job that waits for others, whoever asks.
func stillWaits(r *gate.Reader, j *row) error {
	reason, err := reasonToWait(r, *j)
	if err != nil {
		return err
	}
	return remit.Errorf(remit.Conflict, "Job %s waits for other jobs: %s", j.ID, reason).WithCode("wrong_state").
		WithHint("It runs by itself when they have succeeded. Requeue it without them to have it run now.")
}

// freeWaiting frees a job that has waited, when all that it needs has succeeded.
func (s *Service) freeWaiting(tx *gate.Tx, j *row) error {
	if j.State != remit.JobHeld || j.HeldFor != heldForDependency {
		return nil
	}
	waits, err := j.waits(tx)
	if err != nil || waits {
		announceTo(tx, j) // the reason may be another one
		return err
	}
	if err := queue(tx, j); err != nil {
		return err
	}
	now := stored(tx.Now())
	if err := move(tx, j, Free, func(j *row) { j.QueuedAt = &now }); err != nil {
		return err
	}
	return tx.Record("job.free", j.Project, string(j.ID), "all jobs that it needs have succeeded")
}

// leaveWaiting refuses to delete a job that others wait for, as far as the
// asker may see those, and otherwise has them remember that it succeeded.
func leaveWaiting(tx *gate.Tx, j *row) error {
	if !j.Followed {
		return nil
	}
	query, args := selectWaiters(&tx.Reader, j.ID)
	n, err := db.One(tx, db.Value[int], query, args...)
	if err != nil {
		return fmt.Errorf("counting who waits for job %s: %w", j.ID, err)
	}
	if n > 0 {
		return remit.Errorf(remit.Conflict, "Job %s is waited for by %s", j.ID, otherJobs(n)).WithCode("needed").
			WithHint("Cancel what waits first, or let it run.")
	}
	if j.State == remit.JobSucceeded {
		if _, err := tx.Exec(setMet, j.ID); err != nil {
			return fmt.Errorf("noting that job %s had succeeded: %w", j.ID, err)
		}
	}
	return nil
}

func otherJobs(n int) string {
	if n == 1 {
		return "1 other job"
	}
	return fmt.Sprintf("%d other jobs", n)
}

// needs are those of the source, or those that were said anew.
func (q Requeue) needs(tx *gate.Tx, source row, d *draft) (err error) {
	if q.Needs != nil || source.Needs == 0 {
		if q.Needs != nil {
			d.Needs = *q.Needs
		}
		return nil
	}
	d.kept = true
	if d.Needs, err = db.Rows(tx, db.Value[remit.JobID], selectKeptNeeds, source.ID); err != nil {
		err = fmt.Errorf("reading what job %s needs: %w", source.ID, err)
	}
	return err
}
