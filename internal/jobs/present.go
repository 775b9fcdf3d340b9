package jobs

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// operations are those that a job's permissions list.
var operations = []string{"job.read", "job.update", "job.run", "job.cancel", "job.retry", "job.requeue", "job.wrest", "job.delete"}

func present(r *gate.Reader, j row) (remit.Job, error) {
	all, err := presentAll(r, []row{j})
	if err != nil {
		return remit.Job{}, err
	}
	return all[0], nil
}

// presentAll shows jobs that the asker may read. What they are on is left out
// where the asker may not read that.
func presentAll(r *gate.Reader, rows []row) ([]remit.Job, error) {
	n, err := namesOf(r, rows)
	if err != nil {
		return nil, fmt.Errorf("looking up names of jobs: %w", err)
	}
	seen, err := sightOf(r, rows)
	if err != nil {
		return nil, fmt.Errorf("looking up what jobs are on: %w", err)
	}
	jobs := make([]remit.Job, len(rows))
	for i, j := range rows {
		jobs[i] = n.job(j)
		jobs[i].Permissions = append([]string{}, r.Actions(j.resource(), operations...)...)
		if !seen[j.on()] {
			jobs[i].On = remit.On{}
			jobs[i].Permissions = slices.DeleteFunc(jobs[i].Permissions, readsInputs)
		}
	}
	return jobs, nil
}

// readsInputs says whether a verb makes the job run, which takes that the
// asker may read what it is on (R26).
func readsInputs(verb string) bool { return verb == "run" || verb == "retry" || verb == "requeue" }

// names translates ids for the outside.
type names struct {
	users map[remit.UserID]string
	slugs map[remit.ProjectID]string
}

func namesOf(r db.Reader, rows []row) (n names, err error) {
	var users []remit.UserID
	var inProjects []remit.ProjectID
	for _, j := range rows {
		users = append(users, j.Owner, userIn(j.Runner), userIn(j.CancelledBy))
		inProjects = append(inProjects, j.Project)
	}
	if n.users, err = identity.Names(r, distinct(users)...); err != nil {
		return n, err
	}
	n.slugs, err = projects.Slugs(r, distinct(inProjects)...)
	return n, err
}

func distinct[T ~string](ids []T) []T {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return slices.DeleteFunc(ids, func(id T) bool { return id == "" })
}

// actor is the name of who acted.
func (n names) actor(stored string) string {
	if name, ok := cutSystem(stored); ok {
		return "system " + name
	}
	return n.users[remit.UserID(stored)]
}

func (n names) job(j row) remit.Job {
	return remit.Job{
		ID: j.ID, Project: n.slugs[j.Project], Type: j.Type, Name: j.Name, State: j.State, Held: j.Held,
		Owner: n.users[j.Owner], Runner: n.actor(j.Runner), CancelledBy: n.actor(j.CancelledBy),
		On: j.on(), Params: j.Params, Args: j.Args, Priority: j.Priority,
		Attempt: j.Attempt, MaxAttempts: j.MaxAttempts, Node: j.NodeName,
		Progress: j.Progress, Result: j.Result, Error: j.Error, RequeuedFrom: j.RequeuedFrom, Parent: j.Parent,
		CreatedAt: j.CreatedAt, QueuedAt: j.QueuedAt, StartedAt: j.StartedAt, FinishedAt: j.FinishedAt,
	}
}
