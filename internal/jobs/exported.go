package jobs

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Readers are those under whose rights a job lists things: its runner with the
// caps of the key that was used and, if that is somebody else, its owner. They
// are asked for the node that holds the lease, each time anew (R26):
// remit.Denied says why one of them cannot act any more.
func (s *Service) Readers(ctx context.Context, who authz.Subject, l remit.Lease) ([]authz.Subject, error) {
	var j row
	return gate.View(ctx, s.gate, who, gate.Query[[]authz.Subject]{
		Name: "job.output",
		On:   func(r *gate.Reader) (authz.Resource, error) { return under(r, who, l, &j) },
		Read: func(r *gate.Reader) ([]authz.Subject, error) {
			people, reason, err := s.people(r, &j)
			if err == nil && reason != "" {
				err = remit.Errorf(remit.Denied, "The job cannot go on: %s", reason)
			}
			if len(people) == 2 && people[0].ID == people[1].ID {
				people = people[:1] // with the caps
			}
			return people, err
		},
	})
}

// Listed is one thing that an export is about to hold: a job, and what it is on;
// or a file or collection.
type Listed struct {
	Job remit.JobID
	On  remit.On
}

// exported is what things of an export have in common: who may read one may
// read all of them.
type exported struct {
	kind       string // "jobs", "files", "collections"
	collection remit.CollectionID
	owner      remit.UserID
}

// NoteExported notes what an export will hold, before it holds it: from then on
// only those may read its log and artifacts who may read all that was noted. It
// says which of the things it has noted: others are not there any more.
func (s *Service) NoteExported(ctx context.Context, who authz.Subject, l remit.Lease, things []Listed) (noted map[Listed]bool, err error) {
	return withLease(ctx, s, who, "job.output", l, func(tx *gate.Tx, j *row) (map[Listed]bool, error) {
		classes, noted, err := classesOf(tx, things)
		for c := range classes {
			if err == nil {
				_, err = tx.Exec(insertExported, j.ID, j.Attempt, c.kind, c.collection, c.owner)
			}
		}
		if err != nil {
			err = fmt.Errorf("noting what job %s exports: %w", j.ID, err)
		}
		return noted, err
	})
}

func classesOf(r db.Reader, things []Listed) (map[exported]bool, map[Listed]bool, error) {
	var ons []remit.On
	var ids []any
	for _, t := range things {
		if t.On != (remit.On{}) {
			ons = append(ons, t.On)
		}
		if t.Job != "" {
			ids = append(ids, t.Job)
		}
	}
	resources, err := archive.Resources(r, ons)
	if err != nil {
		return nil, nil, err
	}
	rows, err := db.Rows(r, scanExported, selectExportedJobs+db.In(1, len(ids)), ids...)
	if err != nil {
		return nil, nil, err
	}
	known := map[remit.JobID]exported{}
	for _, j := range rows {
		known[j.id] = j.exported
	}
	classes, noted := map[exported]bool{}, map[Listed]bool{}
	for _, t := range things {
		on, there := resources[t.On]
		job, listed := known[t.Job]
		if t.On != (remit.On{}) && !there || t.Job != "" && !listed {
			continue
		}
		noted[t] = true
		if there {
			classes[classOf(t.On, on)] = true
		}
		if listed {
			classes[job] = true
		}
	}
	return classes, noted, nil
}

func classOf(on remit.On, resource authz.Resource) exported {
	kind := "collections"
	if on.File != "" {
		kind = "files"
	}
	return exported{kind, remit.CollectionID(resource.Collection), remit.UserID(resource.Owner)}
}

// exportHidden are those of the jobs that are exports, of which the asker may not
// read all that they hold, by the rights and the visibility that there are now.
func exportHidden(r *gate.Reader, of []*row) (map[remit.JobID]bool, error) {
	hidden, projectOf := map[remit.JobID]bool{}, map[remit.JobID]remit.ProjectID{}
	for some := range slices.Chunk(of, jobsAtOnce) {
		var args []any
		for _, j := range some {
			args, projectOf[j.ID] = append(args, j.ID), j.Project
		}
		all, err := db.Rows(r, scanExported, selectExported+db.In(1, len(args)), args...)
		if err != nil {
			return nil, fmt.Errorf("reading what jobs exported: %w", err)
		}
		homes, err := homesOf(r, all)
		if err != nil {
			return nil, err
		}
		asked := map[exportedIn]bool{} // whether it is hidden
		for _, e := range all {
			c := exportedIn{e.exported, projectOf[e.id]}
			if _, known := asked[c]; !known {
				asked[c] = c.hidden(r, homes)
			}
			if asked[c] {
				hidden[e.id] = true
			}
		}
	}
	return hidden, nil
}

// homesOf are the collections of exported files and collections. Those that are
// not there any more are left out.
func homesOf(r db.Reader, all []exportedJob) (map[remit.On]authz.Resource, error) {
	var homes []remit.On
	for _, e := range all {
		if e.kind != "jobs" {
			homes = append(homes, remit.On{Collection: e.collection})
		}
	}
	return archive.Resources(r, homes)
}

// requireExported lets only those through who may read all that an export holds.
func requireExported(r *gate.Reader, j *row) error {
	hidden, err := exportHidden(r, []*row{j})
	if err == nil && hidden[j.ID] {
		err = remit.Errorf(remit.Denied, "This export holds what you may not read").WithCode("export_hidden").
			WithHint("Make an export of your own: it holds what you may read.")
	}
	return err
}

// exportedIn is what a job of a project exported.
type exportedIn struct {
	exported
	project remit.ProjectID
}

// hidden says whether the asker may not read it, or what it is in is not there any more.
func (c exportedIn) hidden(r *gate.Reader, homes map[remit.On]authz.Resource) bool {
	if c.kind == "jobs" {
		on := authz.Resource{Project: string(c.project), Owner: string(c.owner), Collection: string(c.collection)}
		return !r.Can("job.read", on).Allowed
	}
	on, there := homes[remit.On{Collection: c.collection}]
	operation := "collection.read"
	if c.kind == "files" {
		on.Owner, operation = string(c.owner), "file.read"
	}
	return !there || !r.Can(operation, on).Allowed
}
