package jobs

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Controls are the buttons that fit the job's state: each works, or says why
// it does not for the asker.
func (s *Service) Controls(ctx context.Context, who authz.Subject, id remit.JobID) ([]remit.Control, error) {
	return look(ctx, s, who, id, func(r *gate.Reader, j row) ([]remit.Control, error) {
		var controls []remit.Control
		v, err := viewOf(r, []row{j})
		if err != nil {
			return nil, err
		}
		off, err := s.known.isOff(r, j.Project, j.Type)
		if err != nil {
			return nil, err
		}
		for _, operation := range j.fitting() {
			c := r.Control(operation, j.resource())
			if reason := v.keepsFrom(c.Verb, &j); c.Allowed && reason != "" {
				c.Allowed, c.Reason = false, reason
			}
			if c.Allowed && readsInputs(c.Verb) && off {
				c.Allowed, c.Reason = false, offHere(j.Type)
			}
			controls = append(controls, c)
		}
		return controls, nil
	})
}

// fitting are the operations that can do something to the job as it is.
func (j *row) fitting() []string {
	fits := func(e Event) bool { _, err := Next(j.State, e); return err == nil }
	var operations []string
	for _, o := range []struct {
		name string
		fits bool
	}{
		{"job.run", fits(Run) && (j.State != remit.JobHeld || j.HeldFor == heldForRight)},
		{"job.cancel", !j.State.Finished() && j.State != remit.JobCancelling},
		{"job.retry", fits(Retry)},
		{"job.requeue", true},
		{"job.wrest", j.State.Leased() && !j.Workflow},
		{"job.delete", j.State.Finished()},
	} {
		if o.fits {
			operations = append(operations, o.name)
		}
	}
	return operations
}
