package jobs

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// Filter narrows a list of jobs; zero fields do not.
type Filter struct {
	Project    string // slug
	Owner      string // user name, or "me"
	State      remit.JobState
	Type       string
	File       remit.FileID
	Collection remit.CollectionID // jobs on the collection itself, not on its files
	Parent     remit.JobID        // the steps of this workflow
	Steps      bool               // the steps of workflows as well
	Limit      int
	After      remit.JobID // the last one of the page before
}

// Job is one job, or gate.NotFound("jobs").
func (s *Service) Job(ctx context.Context, who authz.Subject, id remit.JobID) (remit.Job, error) {
	return look(ctx, s, who, id, s.present)
}

// look is a read of one job.
func look[R any](ctx context.Context, s *Service, who authz.Subject, id remit.JobID, read func(*gate.Reader, row) (R, error)) (R, error) {
	return lookAt(ctx, s, who, func(r *gate.Reader) (row, error) { return find(r, id) }, (*row).shownTo, read)
}

// lookInto is a read of what a job's attempts left behind.
func lookInto[R any](ctx context.Context, s *Service, who authz.Subject, id remit.JobID, read func(*gate.Reader, row) (R, error)) (R, error) {
	return lookAt(ctx, s, who, func(r *gate.Reader) (row, error) { return find(r, id) }, (*row).openTo, read)
}

func lookAt[R any](ctx context.Context, s *Service, who authz.Subject, find func(*gate.Reader) (row, error),
	on func(*row, db.Reader, authz.Subject) (authz.Resource, error), read func(*gate.Reader, row) (R, error)) (R, error) {
	var j row
	return gate.View(ctx, s.gate, who, gate.Query[R]{
		Name: "job.read",
		On: func(r *gate.Reader) (_ authz.Resource, err error) {
			if j, err = find(r); err != nil {
				return authz.Resource{}, err
			}
			return on(&j, r, r.Who())
		},
		Read: func(r *gate.Reader) (R, error) { return read(r, j) },
	})
}

// Jobs lists those that the asker may see, newest first.
func (s *Service) Jobs(ctx context.Context, who authz.Subject, f Filter) (remit.Page[remit.Job], error) {
	limit, err := f.check()
	if err != nil {
		return remit.Page[remit.Job]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Job]]{
		Name: "job.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Job], error) { return s.listed(r, f, limit) },
	})
}

func (f Filter) check() (limit int, err error) {
	if _, known := situation[f.State]; f.State != "" && !known {
		return 0, noState("state", f.State)
	}
	if f.After != "" && !remit.IsID[remit.JobID](string(f.After)) {
		return 0, invalid("after", "%.80q is no cursor of this list", f.After).WithHint("Use the `next` of the page before.")
	}
	if f.Parent != "" && !remit.IsID[remit.JobID](string(f.Parent)) {
		return 0, invalid("parent", "%.80q is no id of a job", f.Parent)
	}
	return remit.Limit(f.Limit)
}

func (s *Service) listed(r *gate.Reader, f Filter, limit int) (page remit.Page[remit.Job], err error) {
	page = remit.Page[remit.Job]{Items: []remit.Job{}, Permissions: []string{}}
	c := conditions{}
	if f.Project != "" {
		project, err := projects.Locate(r, f.Project)
		if err != nil {
			return page, err
		}
		if err := r.Require("project.read", project.Resource()); err != nil {
			return page, err
		}
		page.Permissions = append(page.Permissions, r.Actions(ownIn(r, project), "job.create")...)
		c.add(whereProject, project.ID)
	}
	if empty, err := f.narrow(r, &c); err != nil || empty {
		return page, err
	}
	rows, err := c.rows(r, limit+1)
	if err != nil {
		return page, fmt.Errorf("listing jobs: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = string(rows[limit-1].ID)
	}
	page.Items, err = s.presentAll(r, rows)
	return page, err
}

// ownIn is a new job of the asker in a project.
func ownIn(r *gate.Reader, project projects.Row) authz.Resource {
	return authz.Resource{Project: string(project.ID), Owner: string(owner(r.Who()))}
}

// narrow adds the filter's conditions. empty: nothing can meet them.
func (f Filter) narrow(r *gate.Reader, c *conditions) (empty bool, err error) {
	if f.Owner != "" {
		id, err := f.owner(r)
		if id == "" || err != nil {
			return true, err
		}
		c.add(whereOwner, id)
	}
	if err := f.requireThing(r); err != nil {
		return true, err
	}
	for _, w := range []struct{ condition, value string }{{whereState, string(f.State)}, {whereType, f.Type},
		{whereFile, string(f.File)}, {whereCollection, string(f.Collection)}, {whereBefore, string(f.After)}} {
		if w.value != "" {
			c.add(w.condition, w.value)
		}
	}
	if f.Parent != "" || !f.Steps {
		c.add(whereParent, string(f.Parent))
	}
	return f.Type != "" && !typeKey.MatchString(f.Type), nil
}

// owner is the id that the filter names, "" when nobody is called so.
func (f Filter) owner(r *gate.Reader) (remit.UserID, error) {
	if f.Owner == "me" {
		return owner(r.Who()), nil
	}
	id, err := identity.IDOf(r, f.Owner)
	if isAbsent(err) {
		return "", nil
	}
	return id, err
}

// requireThing lets nobody learn by filtering what a job is on (R20).
func (f Filter) requireThing(r *gate.Reader) error {
	for _, on := range []remit.On{{File: f.File}, {Collection: f.Collection}} {
		t, err := locate(r, on)
		if err != nil {
			return err
		}
		if err := t.requireRead(r, r.Who()); err != nil {
			return err
		}
	}
	return nil
}
