package builtin

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/jobs"
)

const fill = "collection:update"

// populateType lends what owner and runner may do themselves, and the files are
// those that both see.
var populateType = remit.JobType{
	Key:         jobs.PopulateKey,
	Title:       "Fill a set",
	Description: "Makes the files of a set those that its definition asks for, of the files that owner and runner see.",
	On:          []string{"collection"},
	Params: json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{
		"dry_run":{"type":"boolean","default":false,"title":"Say what would change, and change nothing"}}}`),
	Runner:      "builtin",
	MaxAttempts: 3,
	BackoffS:    10,
	Lends:       []remit.Lend{{Permission: fill, Of: "person"}},
	Permissions: []string{},
}

// Populated is the result of a populate job. How many files came and went stands
// in its log, which only those may read who may read all of them.
type Populated struct {
	DryRun bool `json:"dry_run"`
}

func (f *Functions) populate(ctx context.Context, w work) (any, error) {
	var p struct {
		DryRun bool `json:"dry_run"`
	}
	if err := w.params(&p); err != nil {
		return nil, err
	}
	done, err := f.opts.Archive.Populate(ctx, archive.PopulateRequest{
		Who: f.opts.Node, Set: w.On.Collection, DryRun: p.DryRun,
		Lending: f.opts.Jobs.Lending(w.Lease, fill),
		Readers: func(ctx context.Context) ([]authz.Subject, error) {
			return f.opts.Jobs.Readers(ctx, f.opts.Node, w.Lease)
		},
		Note: func(ctx context.Context, files []remit.FileID) error {
			things := make([]jobs.Listed, len(files))
			for i, id := range files {
				things[i].On.File = id
			}
			_, err := f.opts.Jobs.NoteExported(ctx, f.opts.Node, w.Lease, things)
			return err
		},
		Progress: func(done, total int) {
			w.progress(remit.Progress{Fraction: fraction(int64(done), int64(total)), Stages: []remit.Stage{{Label: "Filling"}}})
		},
	})
	fmt.Fprintf(w.log, "added %d, removed %d, kept %d\n", done.Added, done.Removed, done.Kept)
	return Populated{p.DryRun}, err
}
