package builtin

import (
	"context"
	"encoding/json"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

// cleanupType: nobody can reach what has expired, so letting it go comes with
// the right to run a cleanup (R28). Logs and secrets go only where owner and runner
// may delete the job.
var cleanupType = remit.JobType{
	Key:   "cleanup",
	Title: "Clean up",
	Description: "Removes the bytes of expired artifacts, secret parameters of jobs that failed long ago and, if asked to, old logs; what they were of stays recorded. " +
		"In the project of the site: in all projects, and bytes that nothing refers to.",
	On: []string{"none"},
	Params: json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{
		"dry_run":{"type":"boolean","default":false,"title":"Say what would be removed, and remove nothing"},
		"secrets_older_than_days":{"type":"integer","minimum":1,"maximum":36500,"default":90,"title":"Forget the secret parameters of jobs that failed or were cancelled longer ago, in days"},
		"logs_older_than_days":{"type":"integer","minimum":1,"maximum":36500,"title":"Remove the logs of jobs that ended longer ago, in days"}}}`),
	Runner:      "builtin",
	MaxAttempts: 3,
	BackoffS:    10,
	Lends:       []remit.Lend{{Permission: jobs.CleanPermission, Of: "type"}},
	Permissions: []string{},
}

// Cleanup is the result of a cleanup: what was removed, or would be.
type Cleanup struct {
	DryRun    bool         `json:"dry_run"`
	Artifacts jobs.Cleaned `json:"artifacts"`
	Secrets   jobs.Cleaned `json:"secrets"`
	Logs      jobs.Cleaned `json:"logs"`
	Blobs     jobs.Cleaned `json:"blobs"` // of the site's cleanup: what is free on the disk now
}

// cleanup removes in this order, so that what artifacts let go can be freed.
func (f *Functions) cleanup(ctx context.Context, w work) (any, error) {
	var p struct {
		DryRun  bool `json:"dry_run"`
		Secrets int  `json:"secrets_older_than_days"`
		Logs    int  `json:"logs_older_than_days"`
	}
	if err := w.params(&p); err != nil {
		return nil, err
	}
	c := jobs.Cleaning{Who: f.opts.Node, Lease: w.Lease, DryRun: p.DryRun}
	done := Cleanup{DryRun: p.DryRun}
	for _, step := range []func() error{
		func() (err error) {
			done.Artifacts, err = f.opts.Jobs.CleanArtifacts(ctx, c, w.removing("Artifacts", 0))
			return err
		},
		func() (err error) {
			if p.Secrets > 0 {
				done.Secrets, err = f.opts.Jobs.CleanSecrets(ctx, c, days(p.Secrets), w.removing("Secrets", 0.2))
			}
			return err
		},
		func() (err error) {
			if p.Logs > 0 {
				done.Logs, err = f.opts.Jobs.CleanLogs(ctx, c, days(p.Logs), w.removing("Logs", 0.3))
			}
			return err
		},
		func() (err error) {
			told := w.removing("Bytes without use", 0.5)
			done.Blobs, err = f.opts.Jobs.CleanBlobs(ctx, c, func(_ int, n jobs.Cleaned) { told(n) })
			return err
		},
	} {
		if err := step(); err != nil {
			return done, err
		}
	}
	return done, nil
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// removing tells how much one kind of thing there was so far. How much is left
// nobody knows, so the fraction is that of the kinds.
func (w work) removing(label string, fraction float64) func(jobs.Cleaned) {
	return func(n jobs.Cleaned) {
		w.progress(remit.Progress{Fraction: fraction, Stages: []remit.Stage{{Label: label, Done: n.Bytes, Unit: "bytes"}}})
	}
}
