package web

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// jobTable is a list of jobs that keeps itself fresh.
type jobTable struct {
	Rows        []jobRow
	ShowProject bool
	ShowOwner   bool
}

type jobRow struct {
	remit.Job
	Thing thing
}

// thing is what a job is on, with a name to read. The zero thing is nothing,
// or nothing that the asker may see.
type thing struct{ Name, Path, Preview string }

// How often a table is asked for again: soon while something goes on.
const (
	soon  = "2s"
	later = "20s"
)

// jobTable lists jobs; next is the cursor of what follows.
func (v *visit) jobTable(f jobs.Filter) (p part, next string, err error) {
	page, err := v.Jobs.Jobs(v.ctx(), v.who, f)
	if err != nil {
		return p, "", err
	}
	things, err := v.things(page.Items)
	if err != nil {
		return p, "", err
	}
	table := jobTable{Rows: make([]jobRow, len(page.Items)), ShowProject: f.Project == "", ShowOwner: f.Owner != "me"}
	for i, job := range page.Items {
		table.Rows[i] = jobRow{job, things[job.On]}
	}
	every := later
	if slices.ContainsFunc(page.Items, func(j remit.Job) bool { return !j.State.Finished() }) {
		every = soon
	}
	p, err = v.part("job-table", "jobs", "/jobs/live?"+written(f).Encode(), every, table)
	return p, page.Next, err
}

// liveJobs answers htmx with a table of jobs as it now is.
func (s *site) liveJobs(v *visit) error {
	f, err := read(v.r.URL.Query())
	if err != nil {
		return err
	}
	p, _, err := v.jobTable(f)
	if err != nil {
		return err
	}
	return v.freshen(p)
}

// written is a filter as the query of an address; read reads it back.
func written(f jobs.Filter) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"project": f.Project, "owner": f.Owner, "state": string(f.State), "type": f.Type,
		"file": string(f.File), "collection": string(f.Collection), "after": string(f.After)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Limit != 0 {
		q.Set("limit", strconv.Itoa(f.Limit))
	}
	return q
}

func read(q url.Values) (f jobs.Filter, err error) {
	f = jobs.Filter{Project: q.Get("project"), Owner: q.Get("owner"), State: remit.JobState(q.Get("state")), Type: q.Get("type"),
		File: remit.FileID(q.Get("file")), Collection: remit.CollectionID(q.Get("collection")), After: remit.JobID(q.Get("after"))}
	if text := q.Get("limit"); text != "" {
		if f.Limit, err = strconv.Atoi(text); err != nil {
			return f, remit.Errorf(remit.Invalid, "limit is %.20q; it is a number", text).WithField("limit")
		}
	}
	return f, nil
}

// things are the names of what jobs are on, in one look at the data. What the
// asker may not read, or is gone, has none.
func (v *visit) things(list []remit.Job) (map[remit.On]thing, error) {
	return gate.View(v.ctx(), v.Gate, v.who, gate.Query[map[remit.On]thing]{
		Name: "job.list",
		Read: func(r *gate.Reader) (map[remit.On]thing, error) {
			named := map[remit.On]thing{}
			for _, job := range list {
				if _, known := named[job.On]; known || job.On.IsZero() {
					continue
				}
				t, err := nameOf(r, job.On, job.Project)
				if err != nil && remit.KindOf(err) != remit.NotFound {
					return nil, err
				}
				named[job.On] = t
			}
			return named, nil
		},
	})
}

func nameOf(r *gate.Reader, on remit.On, slug string) (thing, error) {
	at := "/projects/" + slug
	if on.Collection != "" {
		c, err := archive.LocateCollection(r, on.Collection)
		if err != nil || !r.Can("collection.read", c.Resource()).Allowed {
			return thing{}, err
		}
		return thing{Name: c.Name, Path: at + "/collections/" + string(c.ID)}, nil
	}
	f, err := archive.LocateFile(r, on.File)
	if err != nil || !r.Can("file.read", f.Resource()).Allowed {
		return thing{}, err
	}
	t := thing{Name: f.CollectionName + "/" + f.Path, Path: at + "/files/" + string(f.ID)}
	if f.Preview == "ready" {
		t.Preview = previewPath(f.ID)
	}
	return t, nil
}

func previewPath(id remit.FileID) string { return "/api/v1/files/" + string(id) + "/preview" }
