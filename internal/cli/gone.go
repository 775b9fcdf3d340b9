package cli

import (
	"time"

	"github.com/remit-server/remit"
)

// listArtifacts lists what a job made and, of what is gone, since when.
func (a *app) listArtifacts(job remit.Job, page remit.Page[remit.Artifact]) error {
	columns := []column[remit.Artifact]{
		{"NAME", func(x remit.Artifact) string { return x.Name }},
		{"SIZE", func(x remit.Artifact) string { return bytesText(x.Size) }},
		{"TYPE", func(x remit.Artifact) string { return x.MediaType }},
		{"SHA-256", func(x remit.Artifact) string { return x.SHA256 }},
	}
	if goneSince(job, page.Items) != nil {
		columns = append(columns, column[remit.Artifact]{"GONE", func(x remit.Artifact) string { return goneText(job, x) }})
		a.tell("They are gone: this is a list of what there was. Requeue the job to make them again.")
	}
	if len(job.Steps) > 0 && len(page.Items) == 0 && !a.json && !a.jsonl {
		return nil // its steps have them
	}
	return list(a, page, columns...)
}

// goneText says of one artifact whether it can still be fetched.
func goneText(job remit.Job, x remit.Artifact) string {
	switch {
	case x.RemovedAt != nil:
		return "removed " + moment(x.RemovedAt)
	case job.ExpiredAt != nil:
		return "expired " + moment(job.ExpiredAt)
	}
	return "-"
}

// goneSince is since when some of the artifacts cannot be fetched, nil for none.
func goneSince(job remit.Job, made []remit.Artifact) *time.Time {
	if job.ExpiredAt != nil && len(made) > 0 {
		return job.ExpiredAt
	}
	for _, x := range made {
		if x.RemovedAt != nil {
			return x.RemovedAt
		}
	}
	return nil
}

func tellGone(job remit.Job, made []remit.Artifact) error {
	return remit.Errorf(remit.Gone, "the artifacts of %s are gone since %s; nothing was written", job.ID, moment(goneSince(job, made))).
		WithHint("Requeue the job to make them again.")
}
