package web

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
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

// things are what jobs are on, with their names. What the asker may not see,
// or is gone, is left out.
func (v *visit) things(list []remit.Job) (map[remit.On]thing, error) {
	ons := make([]remit.On, len(list))
	for i, job := range list {
		ons[i] = job.On
	}
	names, err := v.Archive.Names(v.ctx(), v.who, ons)
	if err != nil {
		return nil, err
	}
	found := map[remit.On]thing{}
	for _, job := range list {
		if name, ok := names[job.On]; ok {
			found[job.On] = thingOf(job, name)
		}
	}
	return found, nil
}

func thingOf(job remit.Job, name archive.Name) thing {
	at := "/projects/" + job.Project
	if job.On.Collection != "" {
		return thing{Name: name.Text, Path: at + "/collections/" + string(job.On.Collection)}
	}
	t := thing{Name: name.Text, Path: at + "/files/" + string(job.On.File)}
	if name.Preview {
		t.Preview = previewPath(job.On.File)
	}
	return t
}

func previewPath(id remit.FileID) string { return "/api/v1/files/" + string(id) + "/preview" }
