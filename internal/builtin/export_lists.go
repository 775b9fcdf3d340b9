package builtin

import (
	"context"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/jobs"
)

// exportedAtOnce is how many lines are held in memory.
const exportedAtOnce = 500

// listOf is the list of a project that was asked for.
func (f *Functions) listOf(project string, p exportParams) (list, error) {
	switch p.What {
	case "jobs":
		return f.jobList(project, p.Filter), nil
	case "files":
		return f.fileList(project, p.Filter), nil
	case "collections":
		return f.collectionList(project), nil
	}
	return list{}, remit.Errorf(remit.Invalid, "There is no list of %.40q", p.What).WithField("params.what").WithHint("There are jobs, files and collections.")
}

func (f *Functions) jobList(project string, words map[string]string) list {
	filter := jobs.Filter{Project: project, Owner: words["owner"], State: remit.JobState(words["state"]), Type: words["type"],
		File: remit.FileID(words["file"]), Collection: remit.CollectionID(words["collection"]), Limit: exportedAtOnce}
	return list{
		columns: []string{"id", "project", "type", "name", "state", "owner", "runner", "on_file", "on_collection", "priority", "attempt",
			"created_at", "queued_at", "started_at", "finished_at"},
		page: func(ctx context.Context, who authz.Subject, after string) ([]line, string, error) {
			filter.After = remit.JobID(after)
			page, err := f.opts.Jobs.Jobs(ctx, who, filter)
			return each(page.Items, jobLine), page.Next, err
		},
		one: func(ctx context.Context, who authz.Subject, l line) (line, error) {
			job, err := f.opts.Jobs.Job(ctx, who, l.Job)
			return jobLine(job), err
		},
	}
}

func jobLine(j remit.Job) line {
	return line{jobs.Listed{Job: j.ID, On: j.On}, []any{j.ID, j.Project, j.Type, j.Name, string(j.State), j.Owner, j.Runner, string(j.On.File), string(j.On.Collection),
		j.Priority, j.Attempt, at(&j.CreatedAt), at(j.QueuedAt), at(j.StartedAt), at(j.FinishedAt)}}
}

func (f *Functions) fileList(project string, words map[string]string) list {
	filter := archive.FileFilter{Project: project, Collection: remit.CollectionID(words["collection"]), State: words["state"],
		MediaType: words["file_type"], Name: words["name"], Limit: exportedAtOnce}
	return list{
		columns: []string{"id", "project", "collection", "path", "size", "modified_at", "sha256", "media_type", "state", "problem", "owner", "created_at",
			"taken_at", "exposure_s", "exposure_type", "instrument", "telescope", "filter", "object", "ra_deg", "dec_deg", "width", "height",
			"camera", "ccd_temp_c", "gain", "binning"},
		page: func(ctx context.Context, who authz.Subject, after string) ([]line, string, error) {
			filter.After = after
			page, err := f.opts.Archive.Files(ctx, who, filter)
			return each(page.Items, fileLine), page.Next, err
		},
		one: func(ctx context.Context, who authz.Subject, l line) (line, error) {
			file, err := f.opts.Archive.File(ctx, who, l.On.File)
			return fileLine(file), err
		},
	}
}

func fileLine(f remit.File) line {
	m := remit.Metadata{}
	if f.Metadata != nil {
		m = *f.Metadata
	}
	return line{jobs.Listed{On: remit.On{File: f.ID}}, []any{f.ID, f.Project, f.Collection, f.Path, f.Size, at(&f.ModifiedAt), f.SHA256, f.MediaType,
		f.State, f.Problem, f.Owner, at(&f.CreatedAt), at(m.TakenAt), number(m.ExposureS), string(m.ExposureType), m.Instrument, m.Telescope,
		m.Filter, m.Object, number(m.RADeg), number(m.DecDeg), number(m.Width), number(m.Height), m.Camera, number(m.CCDTempC), number(m.Gain), m.Binning}}
}

// collectionList leaves out how many files there are: that differs from one
// reader to the next.
func (f *Functions) collectionList(project string) list {
	filter := archive.CollectionFilter{Project: project, Limit: exportedAtOnce}
	return list{
		columns: []string{"id", "project", "name", "kind", "visibility", "owner", "created_at", "updated_at"},
		page: func(ctx context.Context, who authz.Subject, after string) ([]line, string, error) {
			filter.After = after
			page, err := f.opts.Archive.Collections(ctx, who, filter)
			return each(page.Items, collectionLine), page.Next, err
		},
		one: func(ctx context.Context, who authz.Subject, l line) (line, error) {
			collection, err := f.opts.Archive.Collection(ctx, who, l.On.Collection)
			return collectionLine(collection), err
		},
	}
}

func collectionLine(c remit.Collection) line {
	return line{jobs.Listed{On: remit.On{Collection: c.ID}}, []any{c.ID, c.Project, c.Name, c.Kind, c.Visibility, c.Owner, at(&c.CreatedAt), at(&c.UpdatedAt)}}
}

func each[T any](items []T, make func(T) line) []line {
	lines := []line{}
	for _, item := range items {
		lines = append(lines, make(item))
	}
	return lines
}

// at is a moment in UTC as ISO 8601 writes it.
func at(t *time.Time) any {
	if t == nil || t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999Z")
}

func number[T int | float64](n *T) any {
	if n == nil {
		return nil
	}
	return *n
}
