package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// waiting are the flags of commands that can wait for the end of a job.
type waiting struct {
	wait    bool
	timeout time.Duration // 0 = as long as it takes
}

func (w *waiting) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&w.wait, "wait", false, "wait for the end; exit 0 only when the job succeeded")
	f.DurationVar(&w.timeout, "timeout", 0, "with --wait: how long, like 10m; then exit 1, and the job goes on")
}

func (w *waiting) check(noStart bool) error {
	switch {
	case w.timeout < 0:
		return usage("--timeout is %v; it is longer than nothing", w.timeout)
	case w.timeout > 0 && !w.wait:
		return usage("--timeout goes with --wait")
	case w.wait && noStart:
		return usage("--wait waits for the end of a job, and with --no-start it does not begin")
	}
	return nil
}

// queued tells of a new job and waits for it when asked to.
func (a *app) queued(ctx context.Context, server *client.Client, job remit.Job, w waiting) error {
	if !w.wait {
		return one(a, job, a.sayState)
	}
	a.tell("%s  %s  %s", job.ID, job.Type, job.State)
	a.tellNewlyHeld(remit.Job{}, job)
	job, err := a.await(ctx, server, job, w.timeout)
	if err != nil {
		return err
	}
	if err := one(a, job, a.sayState); err != nil || job.State == remit.JobSucceeded {
		return err
	}
	a.tellEnd(job)
	return errNo
}

func (a *app) sayState(j remit.Job) { a.say("%s  %s  %s", j.ID, j.Type, j.State) }

// tellEnd tells why a job did not succeed, or that it is still to end.
func (a *app) tellEnd(job remit.Job) {
	switch {
	case job.State == remit.JobCreated:
		a.tell("Nobody has asked it to run; do it with `remit run %s`.", job.ID)
	case !job.State.Finished():
		a.tell("It has not ended in this time.")
		a.tellGoesOn(job.ID)
	case job.State == remit.JobCancelled && job.CancelledBy != "":
		a.tell("cancelled by %s", printable(job.CancelledBy))
	case job.Error != "":
		a.tell("%s", printable(job.Error))
	}
}

// tellGoesOn tells who stops watching how to go on, and how to end the job.
func (a *app) tellGoesOn(id remit.JobID) {
	a.tell("The job goes on: watch it with `remit logs -f %s`, see it with `remit status %s`, end it with `remit cancel %s`.", id, id, id)
}

// await follows a job to its end, or until the time is up. An interrupt leaves
// the job running. A server that cannot be reached is asked again.
func (a *app) await(ctx context.Context, server *client.Client, job remit.Job, timeout time.Duration) (remit.Job, error) {
	var up <-chan time.Time // never
	if timeout > 0 {
		up = time.After(timeout)
	}
	pause, away := 200*time.Millisecond, false
	for !job.State.Finished() && job.State != remit.JobCreated {
		select {
		case <-ctx.Done():
			a.tellGoesOn(job.ID)
			return job, ctx.Err()
		case <-up:
			return job, nil
		case <-time.After(pause):
		}
		pause = min(pause*3/2, 2*time.Second)
		now, err := server.Job(ctx, string(job.ID))
		switch {
		case err == nil:
			a.progressed(job, now)
			job, away = now, false
		case ctx.Err() != nil:
		case remit.KindOf(err) != remit.Unavailable:
			return job, err
		case !away:
			away = true
			a.tell("%v; asking again until it answers", err)
		}
	}
	return job, nil
}

// progressed tells what changed: to everybody what the job waits for and that it
// is tried again, on a terminal all of it.
func (a *app) progressed(before, now remit.Job) {
	a.tellNewlyHeld(before, now)
	if now.Attempt != before.Attempt && before.Attempt > 0 {
		a.tell("attempt %d of at most %d", now.Attempt, now.MaxAttempts)
	}
	if !a.terminal() || (before.State == now.State && before.Progress.Fraction == now.Progress.Fraction) {
		return
	}
	a.tell("%s  %3.0f %%  %s", now.State, 100*now.Progress.Fraction, stageNow(now))
}
