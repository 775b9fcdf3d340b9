package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) logs() *cobra.Command {
	var follow bool
	var attempt int
	var project string
	cmd := &cobra.Command{
		Use: "logs JOB", Short: "Print a job's log", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			job, err := server.JobIn(c.Context(), project, args[0])
			if err != nil {
				return err
			}
			a.tellNoLog(job)
			quiet := func() {}
			if follow {
				quiet = a.tellHeld(c.Context(), server, job)
			}
			err = a.copyLog(c.Context(), server, job.ID, attempt, follow)
			quiet()
			switch {
			case follow && c.Context().Err() != nil:
				a.tellGoesOn(job.ID)
			case follow && err == nil && attempt == 0:
				return a.ended(c.Context(), server, job.ID)
			}
			return err
		}),
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the job has finished, through all attempts")
	cmd.Flags().StringVarP(&project, "project", "p", "", "of this project, for a name")
	cmd.Flags().IntVar(&attempt, "attempt", 0, "of one attempt (default: the latest)")
	return cmd
}

func (a *app) copyLog(ctx context.Context, server *client.Client, id remit.JobID, attempt int, follow bool) error {
	text, err := server.Log(ctx, id, attempt, follow)
	if err != nil {
		return err
	}
	defer text.Close()
	screen := a.screen()
	_, err = io.Copy(screen, text)
	if err != nil && ctx.Err() == nil {
		err = remit.Errorf(remit.Unavailable, "the log of %s broke off: %w", id, err).WithHint("Read it anew with `remit logs %s`.", id)
	}
	return errors.Join(err, screen.Close())
}

// ended tells how a followed job ended when it did not succeed. A log that
// ends before its job, because a server stopped, is no end.
func (a *app) ended(ctx context.Context, server *client.Client, id remit.JobID) error {
	job, err := server.Job(ctx, string(id))
	if err != nil {
		return err
	}
	if !job.State.Finished() {
		return remit.Errorf(remit.Unavailable, "the log ended before the job did; it is %s", job.State).WithHint("Go on with `remit logs -f %s`.", id)
	}
	if job.State != remit.JobSucceeded {
		a.tell("%s  %s  %s", job.ID, job.Type, job.State)
		a.tellEnd(job)
	}
	return nil
}

// tellNoLog tells why a log is empty, and where there are others.
func (a *app) tellNoLog(job remit.Job) {
	switch {
	case len(job.Steps) > 0:
		a.tellOfSteps("log", "logs", job)
	case job.State == remit.JobHeld:
		a.tell("held: %s", printable(job.Held))
	case job.State == remit.JobCreated:
		a.tellEnd(job)
	case job.Attempt == 0:
		a.tell("It is %s and has no log yet.", job.State)
	}
}

// tellOfSteps tells who looks at a workflow for what only its steps have where it is.
func (a *app) tellOfSteps(what, command string, job remit.Job) {
	a.tell("A workflow has no %s of its own; its steps have:", what)
	for _, s := range job.Steps {
		if s.Job != "" {
			a.tell("  remit %s %s    %s, %s", command, s.Job, printable(s.Name), strings.ReplaceAll(string(s.State), "_", " "))
		}
	}
	a.tellNewlyHeld(remit.Job{}, remit.Job{Steps: job.Steps})
}

// lookAgain is how often somebody who follows is told what a job waits for.
const lookAgain = 2 * time.Second

// tellHeld tells whoever follows a job each time when it is held for another
// reason, until the result is called.
func (a *app) tellHeld(ctx context.Context, server *client.Client, job remit.Job) (quiet func()) {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookAgain):
			}
			now, err := server.Job(ctx, string(job.ID))
			if err != nil {
				continue
			}
			a.tellNewlyHeld(job, now)
			job = now
		}
	}()
	return func() { cancel(); <-over }
}
