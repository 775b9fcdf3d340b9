package jobs

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// operations are those that a job's permissions list.
var operations = []string{"job.read", "job.update", "job.run", "job.cancel", "job.retry", "job.requeue", "job.wrest", "job.expire", "job.extend", "job.delete"}

func (s *Service) present(r *gate.Reader, j row) (remit.Job, error) {
	all, err := s.presentAll(r, []row{j})
	if err != nil {
		return remit.Job{}, err
	}
	return all[0], nil
}

// presentAll shows jobs that the asker may read. What they are on, and files
// of parameters, are left out where the asker may not read them, and what came
// of them where it may show such a thing.
func (s *Service) presentAll(r *gate.Reader, rows []row) ([]remit.Job, error) {
	v, err := viewOf(r, rows)
	if err != nil {
		return nil, err
	}
	jobs := make([]remit.Job, len(rows))
	for i, j := range rows {
		slug, err := s.known.slug(r, j.Project)
		if err != nil {
			return nil, fmt.Errorf("looking up the projects of jobs: %w", err)
		}
		off, err := s.known.isOff(r, j.Project, j.Type)
		if err != nil {
			return nil, err
		}
		jobs[i] = describe(r, j, slug)
		jobs[i].Permissions = append([]string{}, r.Actions(j.resource(), operations...)...)
		if !v.seen[j.on()] {
			jobs[i].On = remit.On{}
		}
		if jobs[i].Params, err = s.shownParams(r, j, v.seen); err != nil {
			return nil, err
		}
		if !v.open[j.ID] {
			jobs[i].Result, jobs[i].Error = nil, ""
			if !j.Workflow { // whose stages are its steps
				jobs[i].Progress.Stages = nil
			}
			if j.Parent != "" {
				jobs[i].Params = nil // of results of other steps
			}
		}
		jobs[i].Permissions = slices.DeleteFunc(jobs[i].Permissions, func(verb string) bool {
			return v.keepsFrom(verb, &j) != "" || off && readsInputs(verb)
		})
	}
	if err := showNeeds(r, rows, jobs); err != nil {
		return nil, err
	}
	showSteps(r, v, rows, jobs)
	return jobs, showExpiry(r, rows, jobs)
}

// actorName is the name of who acted: of what actor made.
func actorName(r *gate.Reader, stored string) string {
	if name, ok := cutSystem(stored); ok {
		return "system " + name
	}
	return r.UserName(remit.UserID(stored))
}

func describe(r *gate.Reader, j row, slug string) remit.Job {
	return remit.Job{
		ID: j.ID, Project: slug, Type: j.Type, Name: j.Name, State: j.State, Held: j.Held,
		Owner: r.UserName(j.Owner), Runner: actorName(r, j.Runner), CancelledBy: actorName(r, j.CancelledBy),
		On: j.on(), SecretParams: j.Secrets, Args: j.Args, Priority: j.Priority,
		Attempt: j.Attempt, MaxAttempts: j.MaxAttempts + j.Spared, Node: j.NodeName,
		Progress: j.Progress, Result: j.Result, Error: j.Error, RequeuedFrom: j.RequeuedFrom, Parent: j.Parent, Step: j.Step,
		CreatedAt: j.CreatedAt, QueuedAt: j.QueuedAt, StartedAt: j.StartedAt, FinishedAt: j.FinishedAt,
	}
}
