package builtin

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/jobs"
)

const ingest = "collection:ingest"

// scanType: writing what was found comes with the right to run a scan, since
// nobody has it of their own (R28).
var scanType = remit.JobType{
	Key:         jobs.ScanKey,
	Title:       "Scan the data roots",
	Description: "Finds new, changed, moved and vanished files, reads their headers and makes previews.",
	On:          []string{"none"},
	Runner:      "builtin",
	MaxAttempts: 3,
	BackoffS:    10,
	Lends:       []remit.Lend{{Permission: ingest, Of: "type"}},
	Permissions: []string{},
}

// scan takes in the data roots of the job's project; its result is the report. That
// is for those who may read all folders (R31), so it names nothing that is in none.
func (f *Functions) scan(ctx context.Context, w work) (any, error) {
	return f.opts.Archive.Scan(ctx, archive.ScanRequest{
		Who:     f.opts.Node,
		Lending: f.opts.Jobs.Lending(w.Lease, ingest),
		Log:     w.log,
		Progress: func(done, total int64, _ string) {
			w.progress(remit.Progress{Fraction: fraction(done, total),
				Stages: []remit.Stage{{Label: "Files", Done: done, Total: total, Unit: "items"}}})
		},
	})
}

// fraction leaves something to do until the job has ended: after the files
// come the moved and the vanished ones.
func fraction(done, total int64) float64 {
	if total == 0 {
		return 0
	}
	return 0.95 * float64(done) / float64(total)
}
