package schedules

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

// Controls are the buttons that fit a schedule: each works, or says why it does
// not for the asker. Those that work are among its permissions; to go on after a
// pause is an update.
func (s *Service) Controls(ctx context.Context, who authz.Subject, id remit.ScheduleID) ([]remit.Control, error) {
	return look(ctx, s, who, id, func(r *gate.Reader, one row) ([]remit.Control, error) {
		shown, err := s.jobs.ShownSpecs(r, []remit.JobSpec{one.Spec})
		if err != nil {
			return nil, err
		}
		change := r.Control("schedule.pause", one.resource())
		if one.Paused {
			change = r.Control("schedule.update", one.resource())
			if err := one.ownedBy(r.Who()); change.Allowed && err != nil {
				change.Allowed, change.Reason = false, err.Error()
			}
		}
		run := r.Control("schedule.run", one.resource())
		if reason := keepsFromRun(shown[0]); run.Allowed && reason != "" {
			run.Allowed, run.Reason = false, reason
		}
		return []remit.Control{change, run, r.Control("schedule.delete", one.resource())}, nil
	})
}

// keepsFromRun is why the asker cannot run a schedule's job, rights aside; "" = nothing does.
func keepsFromRun(job jobs.ShownSpec) string {
	switch {
	case job.Secrets:
		return takesSecrets
	case !job.Whole:
		return "You cannot read what its jobs are on"
	}
	return ""
}

// CreateControl is the button that makes a schedule of a job: whether it works for
// the asker and, if not, why. What the job is on is asked when it is made.
func (s *Service) CreateControl(ctx context.Context, who authz.Subject, slug string, job remit.JobSpec) (remit.Control, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.Control]{
		Name: "schedule.list",
		Read: func(r *gate.Reader) (remit.Control, error) {
			project, err := projects.Locate(r, slug)
			if err == nil {
				err = r.Require("project.read", project.Resource())
			}
			if err != nil {
				return remit.Control{}, err
			}
			plan, err := s.jobs.Plan(r, r.Who(), slug, job)
			if err != nil {
				return remit.Control{}, err
			}
			may := r.Control("schedule.create", plan.On)
			if may.Allowed && plan.HasSecrets() {
				may = remit.Control{Verb: may.Verb, Reason: takesSecrets}
			}
			return may, nil
		},
	})
}
