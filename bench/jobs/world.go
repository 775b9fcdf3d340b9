package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/server"
)

// Remit is an installation of one project, some job types, people that may run
// them, and nodes for the whole site. Each worker is one of the people and one
// of the nodes.
type Remit struct {
	*server.Server
	db *db.DB // the same data, to fill and to check it

	people  []authz.Subject
	nodes   []authz.Subject
	secrets []string // credentials of the nodes
	key     string   // of the first of the people
	offer   jobs.Want
	empty   bool // no jobs are there but those of a turn
	series  int  // of copies that were made
	mark    mark
}

const (
	project = "moths"
	role    = "runner"
	types   = 20
)

// typeKey is the i-th job type.
func typeKey(i int) string { return fmt.Sprintf("noop_%02d", i) }

// noop is a job of the i-th type that is on nothing.
func noop(i int) remit.JobSpec { return remit.JobSpec{Type: typeKey(i), Start: true} }

// OpenRemit makes an installation for so many workers, in which so many jobs
// are finished already.
func OpenRemit(ctx context.Context, at *Store, workers, finished int) (*Remit, error) {
	q := &Remit{offer: jobs.Want{Runners: []string{"process"}}, empty: finished == 0}
	var err error
	// Hashing a password costs next to nothing here: nobody signs in.
	q.Server, err = server.New(ctx, server.Options{Dir: at.Dir, DB: at.URL, LeaseTTL: time.Hour, Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		return nil, err
	}
	if q.db, err = db.Open(ctx, at.URL); err != nil {
		return nil, errors.Join(err, q.Server.Close())
	}
	if err = q.populate(ctx, workers); err == nil && finished > 0 {
		err = q.AddFinished(ctx, finished)
	}
	if err == nil {
		err = at.Settle(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

// Close ends it.
func (q *Remit) Close() error { return errors.Join(q.db.Close(), q.Server.Close()) }

func (q *Remit) populate(ctx context.Context, workers int) error {
	allow := []string{"project:view", "job:read", "job:create"}
	for i := range types {
		t := remit.JobType{Key: typeKey(i), Title: typeKey(i), On: []string{"none"}, Runner: "process", Command: []string{"true"}, MaxAttempts: 3}
		if err := q.Jobs.DeclareType(ctx, server.Setup, t); err != nil {
			return err
		}
		allow = append(allow, "job:run."+typeKey(i))
	}
	if err := q.Projects.PutRole(ctx, server.Setup, remit.Role{Name: role, Allow: allow}); err != nil {
		return err
	}
	if err := q.Projects.PutRole(ctx, server.Setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"key:create@own"}}); err != nil {
		return err
	}
	if _, err := q.Projects.Create(ctx, server.Setup, projects.NewProject{Slug: project}); err != nil {
		return err
	}
	for w := range workers {
		if err := q.worker(ctx, w); err != nil {
			return err
		}
	}
	k, err := q.Identity.CreateKey(ctx, q.people[0], identity.NewKey{Title: "bench"})
	q.key = k.Secret
	return err
}

// worker adds one of the people and one of the nodes.
func (q *Remit) worker(ctx context.Context, w int) error {
	name := fmt.Sprintf("worker-%d", w)
	u, err := q.Identity.Create(ctx, server.Setup, identity.NewUser{Name: name, Password: "correct horse battery staple"})
	if err != nil {
		return err
	}
	q.people = append(q.people, authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name})
	if _, err = q.Projects.AddMember(ctx, server.Setup, project, projects.NewMember{User: name, Roles: []string{role}}); err != nil {
		return err
	}
	n, err := q.Nodes.Register(ctx, server.Setup, nodes.NewNode{Name: name})
	if err != nil {
		return err
	}
	who, err := q.Nodes.Authenticate(ctx, n.Secret)
	q.nodes, q.secrets = append(q.nodes, who), append(q.secrets, n.Secret)
	return err
}
