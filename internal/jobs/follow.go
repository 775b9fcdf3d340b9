package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// What happens to one job moves others on: those that need it, the workflow that
// it is a step of. A transition only marks its job, in its own transaction (follow);
// Advance does the rest behind it, one job per transaction. So a job is never
// locked for another one's sake, and what a server that dies leaves undone is still
// marked. A workflow is locked before its steps, and jobs in the order of their ids.

// advancer is who moves on what has waited.
var advancer = authz.Subject{Kind: authz.System, ID: "workflows", Name: "workflows"}

// TopicDue is told after each commit that leaves something for Advance.
const TopicDue = "job_due"

// follow marks a job when its move from a state is of interest to others. It
// costs nothing for all other jobs.
func follow(tx *gate.Tx, from remit.JobState, j *row) error {
	if j.Parent != "" && from.Leased() && j.State == remit.JobQueued && j.Progress.Fraction > j.Reached {
		j.Reached = j.Progress.Fraction // the next attempt begins anew, the workflow does not go back
		if _, err := tx.Exec(setReached, j.ID, j.Reached); err != nil {
			return fmt.Errorf("noting how far step %s came: %w", j.ID, err)
		}
	}
	ended := j.Followed && j.State.Finished() && !from.Finished()
	waits := j.State == remit.JobHeld && j.HeldFor == heldForDependency
	begins := j.Workflow && j.State == remit.JobQueued
	back := j.Parent != "" && from.Leased() && j.State == remit.JobQueued // and its workflow may be failing
	if !ended && !waits && !begins && !back {
		return nil
	}
	return markDue(tx, j.ID)
}

func markDue(tx *gate.Tx, id remit.JobID) error {
	if _, err := tx.Exec(insertDue, id, rand.Text()); err != nil {
		return fmt.Errorf("marking job %s: %w", id, err)
	}
	tx.Notify(TopicDue, "")
	return nil
}

// announceTo tells watchers of the job, and those of the workflow that it is a step of.
func announceTo(tx *gate.Tx, j *row) {
	tx.Notify("job", j.event())
	if j.Parent != "" {
		tx.Notify("job", (&row{ID: j.Parent, Project: j.Project}).event())
	}
}

// dueAtOnce bounds what is looked up at once.
const dueAtOnce = 200

// due is a job that was marked.
type due struct {
	id   remit.JobID
	mark string
}

// Advance deals with all marked jobs, and returns how many it dealt with. What
// fails for one is tried again the next time, and keeps no others; run it after
// TopicDue and every few seconds, in one process at a time or in several.
func (s *Service) Advance(ctx context.Context) (n int, err error) {
	var failed []error
	for after := remit.JobID(""); ctx.Err() == nil; {
		marked, err := s.marked(ctx, after)
		if err != nil || len(marked) == 0 {
			return n, errors.Join(append(failed, err)...)
		}
		for _, d := range marked {
			err := s.deal(ctx, d)
			switch {
			case err == nil:
				n++
			case !isClosed(err):
				failed = append(failed, fmt.Errorf("job %s: %w", d.id, err))
			}
		}
		after = marked[len(marked)-1].id
	}
	return n, errors.Join(append(failed, ctx.Err())...)
}

// isClosed says whether the project of a job was archived or deleted in between:
// it goes on when the project is open again.
func isClosed(err error) bool {
	return remit.KindOf(err) == remit.NotFound || remit.CodeOf(err) == "archived"
}

func (s *Service) marked(ctx context.Context, after remit.JobID) ([]due, error) {
	return advancing(ctx, s, func(r *gate.Reader) ([]due, error) {
		all, err := db.Rows(r, scanDue, selectDue, after, dueAtOnce)
		if err != nil {
			return nil, fmt.Errorf("looking for jobs that others wait for: %w", err)
		}
		return all, nil
	})
}

// advancing is a look of Advance.
func advancing[R any](ctx context.Context, s *Service, read func(*gate.Reader) (R, error)) (R, error) {
	return gate.View(ctx, s.gate, advancer, gate.Query[R]{Name: "job.advance", Read: read})
}

// deal moves on whatever waits for a job, each in a transaction of its own, and
// takes the mark away at last: dying in between does it again.
func (s *Service) deal(ctx context.Context, d due) error {
	others, err := advancing(ctx, s, func(r *gate.Reader) ([]remit.JobID, error) { return waitFor(r, d.id) })
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range others {
		if err := s.advanceOne(ctx, id); err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	return s.unmark(ctx, d)
}

// waitFor are the jobs to look at when something happened to one: itself, the
// workflow that it is a step of, and those that need it.
func waitFor(r *gate.Reader, id remit.JobID) ([]remit.JobID, error) {
	found, err := db.Rows(r, scanJob, selectJob, id)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	others := []remit.JobID{id}
	if parent := found[0].Parent; parent != "" {
		others = append(others, parent)
	}
	waiting, err := db.Rows(r, db.Value[remit.JobID], selectWaiting, id)
	if err != nil {
		return nil, fmt.Errorf("looking for jobs that need %s: %w", id, err)
	}
	return append(others, waiting...), nil
}

// advanceOne looks at one job again, now locked, and moves it on if it can be.
func (s *Service) advanceOne(ctx context.Context, id remit.JobID) error {
	var j row
	_, err := gate.Do(ctx, s.gate, advancer, gate.Op[struct{}]{
		Name: "job.advance",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			j, err = find(tx, id)
			return j.resource(), err
		},
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, s.advance(tx, &j) },
	})
	if isAbsent(err) && j.ID == "" {
		return nil // deleted in between
	}
	return err
}

func (s *Service) advance(tx *gate.Tx, j *row) error {
	if err := s.freeWaiting(tx, j); err != nil {
		return err
	}
	return s.advanceWorkflow(tx, j)
}

func (s *Service) unmark(ctx context.Context, d due) error {
	_, err := gate.Do(ctx, s.gate, advancer, gate.Op[struct{}]{Name: "job.advance", Apply: func(tx *gate.Tx) (struct{}, error) {
		_, err := tx.Exec(deleteDue, d.id, d.mark)
		return struct{}{}, err
	}})
	if err != nil {
		return fmt.Errorf("unmarking job %s: %w", d.id, err)
	}
	return nil
}
