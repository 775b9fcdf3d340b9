package jobs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// noticesAtOnce is how many jobs are held in memory, with all that is stored of them.
const noticesAtOnce = 50

// Notices are jobs as messages tell of them, of those that who may read: without
// parameters, arguments, results and what they are on. Of the error it has the
// first line, and none for whoever may not read the job's inputs, which an error
// may quote. How many queries it takes does not grow with each job.
func (s *Service) Notices(r *gate.Reader, who authz.Subject, of []remit.JobID) (map[remit.JobID]remit.Job, error) {
	all := map[remit.JobID]remit.Job{}
	r = r.As(who)
	for some := range slices.Chunk(of, noticesAtOnce) {
		rows, err := jobsByID(r, some)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(j row) bool { return !r.Can("job.read", j.resource()).Allowed })
		open, err := outcomesOf(r, rows)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if all[rows[i].ID], err = s.notice(r, &rows[i], open[rows[i].ID]); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// outcomesOf says of which of the jobs the asker may learn what came of them.
func outcomesOf(r *gate.Reader, rows []row) (map[remit.JobID]bool, error) {
	workflows, err := workflowsOf(r, withParents(rows))
	if err != nil {
		return nil, err
	}
	steps := stepsIn(workflows)
	seen, err := sightOf(r, slices.Concat(rows, steps))
	if err != nil {
		return nil, fmt.Errorf("looking up what jobs read: %w", err)
	}
	return outcomesSeen(r, rows, steps, seen)
}

func (s *Service) notice(r *gate.Reader, j *row, open bool) (remit.Job, error) {
	slug, err := s.known.slug(r, j.Project)
	if err != nil {
		return remit.Job{}, fmt.Errorf("looking up the project of job %s: %w", j.ID, err)
	}
	shown := remit.Job{ID: j.ID, Project: slug, Type: j.Type, Name: j.Name, State: j.State, Owner: r.UserName(j.Owner), Attempt: j.Attempt, Held: j.Held}
	if open {
		shown.Error, _, _ = strings.Cut(j.Error, "\n")
	}
	return shown, nil
}

// Kind is what jobs have in common that are counted together.
type Kind struct {
	Project string // its slug
	Type    string // its key
}

// Kinds are those of the jobs that who may read (R19).
func Kinds(r *gate.Reader, who authz.Subject, of []remit.JobID) (map[remit.JobID]Kind, error) {
	all := map[remit.JobID]Kind{}
	r = r.As(who)
	for some := range slices.Chunk(of, jobsAtOnce) {
		query, args := selectKinds(r, some)
		found, err := db.Rows(r, scanKind, query, args...)
		if err != nil {
			return nil, fmt.Errorf("looking up which jobs may be told of: %w", err)
		}
		for _, k := range found {
			all[k.id] = k.Kind
		}
	}
	return all, nil
}
