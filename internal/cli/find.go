package cli

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// find is a job by its id, or one of the asker's by its name: the live one, else
// the latest that had it.
func find(ctx context.Context, server *client.Client, ref string) (remit.Job, error) {
	return findIn(ctx, server, "", ref)
}

// findIn is find in one project, "" for all.
func findIn(ctx context.Context, server *client.Client, project, ref string) (remit.Job, error) {
	if project == "" && remit.IsID[remit.JobID](ref) {
		return remit.Job{ID: remit.JobID(ref)}, nil // what is done with it finds it
	}
	return server.JobIn(ctx, project, ref)
}

// findLive is find of what has not ended: what would be done must not be done
// to another job than the one that is meant.
func findLive(ctx context.Context, server *client.Client, ref string) (remit.Job, error) {
	job, err := find(ctx, server, ref)
	if err != nil || job.State == "" || !job.State.Finished() {
		return job, err
	}
	return job, remit.Errorf(remit.NotFound, "you have no live job named %s; the latest, %s, has %s", ref, job.ID, endedAs(job.State)).
		WithHint("Here a name means a live job. Name that one by its id.")
}

// endedAs follows the word "has".
func endedAs(s remit.JobState) string {
	if s == remit.JobCancelled {
		return "been cancelled"
	}
	return string(s)
}
