package jobs

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Find is a job by its id, or one of the asker's by its name: the live one, else
// the latest that had it. With a project, it is of that one.
func (s *Service) Find(ctx context.Context, who authz.Subject, ref string) (remit.Job, error) {
	return s.FindIn(ctx, who, "", ref)
}

// FindIn is Find in the project called slug; "" = in all.
func (s *Service) FindIn(ctx context.Context, who authz.Subject, slug, ref string) (remit.Job, error) {
	return lookAt(ctx, s, who, func(r *gate.Reader) (j row, err error) { return findRef(r, slug, ref) }, (*row).shownTo, s.present)
}

func findRef(r *gate.Reader, slug, ref string) (j row, err error) {
	var in remit.ProjectID
	if slug != "" {
		project, err := projects.Locate(r, slug)
		if err != nil {
			return row{}, absentJob(err)
		}
		in = project.ID
	}
	if !remit.IsID[remit.JobID](ref) {
		return findNamed(r, in, ref)
	}
	if j, err = find(r, remit.JobID(ref)); err == nil && in != "" && j.Project != in {
		err = gate.NotFound("jobs")
	}
	return j, err
}

// absentJob tells nothing of why a project has no such job.
func absentJob(err error) error {
	if isAbsent(err) {
		return gate.NotFound("jobs")
	}
	return err
}

// findNamed finds a job of the asker's by its name: of those that they may read,
// as if there were no others. It takes no lock.
func findNamed(r *gate.Reader, in remit.ProjectID, name string) (row, error) {
	if !nameForm.MatchString(name) || owner(r.Who()) == "" {
		return row{}, gate.NotFound("jobs")
	}
	found, err := named(r, in, name)
	switch {
	case err != nil:
		return row{}, fmt.Errorf("looking for job %s: %w", name, err)
	case len(found) == 0:
		return row{}, gate.NotFound("jobs")
	case len(found) > 1:
		return row{}, remit.Errorf(remit.Conflict, "You have live jobs named %s in %d projects", name, len(found)).
			WithCode("ambiguous").WithHint("Name it by its id, or say the project.")
	}
	return found[0], nil
}

// named are the live jobs of that name, else the latest. Where the asker may
// read none it is the latest that they may not, which the gate refuses.
func named(r *gate.Reader, in remit.ProjectID, name string) (found []row, err error) {
	where, args := "TRUE", []any{owner(r.Who()), name}
	if in != "" {
		where, args = namedIn, append(args, in)
	}
	visible, more := gate.Where(r.Scope("job.list"), Table.Columns, len(args)+1)
	seen, all := where+" AND "+visible, append(slices.Clone(args), more...)
	found, err = db.Rows(r, scanJob, selectByName(true, seen), all...)
	if err == nil && len(found) == 0 {
		found, err = db.Rows(r, scanJob, selectByName(false, seen), all...)
	}
	if err == nil && len(found) == 0 {
		found, err = db.Rows(r, scanJob, selectByName(false, where), args...)
	}
	return found, err
}
