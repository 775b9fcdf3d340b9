package schedules

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Controls are the buttons that fit a schedule: each works, or says why it does
// not for the asker. Those that work are among its permissions; to go on after a
// pause is an update.
func (s *Service) Controls(ctx context.Context, who authz.Subject, id remit.ScheduleID) ([]remit.Control, error) {
	return look(ctx, s, who, id, func(r *gate.Reader, one row) ([]remit.Control, error) {
		_, whole, err := s.jobs.ShownSpecs(r, []remit.JobSpec{one.Spec})
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
		if run.Allowed && !whole[0] {
			run.Allowed, run.Reason = false, "You cannot read what its jobs are on"
		}
		return []remit.Control{change, run, r.Control("schedule.delete", one.resource())}, nil
	})
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
			if plan.HasSecrets() {
				return remit.Control{Verb: "create", Reason: "Jobs of this type take secrets, which schedules do not keep"}, nil
			}
			return r.Control("schedule.create", plan.On), nil
		},
	})
}
