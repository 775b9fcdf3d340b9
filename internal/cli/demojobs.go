package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// firstJobs runs one job of each kind in a demo that has none yet: a scan of
// each project, a job on one file, and one on a whole collection.
func (d *demoRun) firstJobs(ctx context.Context) error {
	for _, slug := range d.demo.Projects {
		if err := d.firstScan(ctx, slug); err != nil {
			return fmt.Errorf("%s: %w", slug, err)
		}
	}
	return d.firstDetections(ctx)
}

// firstScan finds the project's files. Every start does it, for files may
// have come since.
func (d *demoRun) firstScan(ctx context.Context, slug string) error {
	root, err := d.account("root")
	if err != nil {
		return err
	}
	job, err := root.Submit(ctx, slug, remit.JobSpec{Type: "scan", Start: true})
	if err != nil {
		return err
	}
	for !job.State.Finished() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if job, err = root.Job(ctx, string(job.ID)); err != nil {
			return err
		}
	}
	if job.State != remit.JobSucceeded {
		return fmt.Errorf("the scan %s: %s", job.State, job.Error)
	}
	return nil
}

// firstDetections shows the two run rights at work: a member on one picture, a
// manager on a night.
func (d *demoRun) firstDetections(ctx context.Context) error {
	member, err := d.account("moths-basic_member")
	if err != nil {
		return err
	}
	manager, err := d.account("moths-ml_data_manager")
	if err != nil {
		return err
	}
	before, err := member.Jobs(ctx, client.Query{"project": "moths", "type": "ml", "limit": "1"})
	if err != nil || len(before.Items) > 0 {
		return err
	}
	collections, err := manager.Collections(ctx, "moths", client.Query{"limit": "1"})
	if err != nil || len(collections.Items) == 0 {
		return err
	}
	night := collections.Items[0].ID
	files, err := member.Files(ctx, client.Query{"collection": string(night), "limit": "1"})
	if err != nil || len(files.Items) == 0 {
		return err
	}
	if _, err = member.Submit(ctx, "moths", remit.JobSpec{Type: "ml", On: remit.On{File: files.Items[0].ID}, Start: true}); err != nil {
		return err
	}
	_, err = manager.Submit(ctx, "moths", remit.JobSpec{Type: "ml", On: remit.On{Collection: night}, Start: true})
	return err
}

// quietLog says only what went wrong, unless more was asked for.
func (a *app) quietLog() *slog.Logger {
	if a.verbose {
		return a.log()
	}
	return slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// nodeLog is where the demo's node says what it does.
func (d *demoRun) nodeLog() io.Writer {
	if d.verbose {
		return d.Err
	}
	return io.Discard
}
