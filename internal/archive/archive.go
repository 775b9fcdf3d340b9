// Package archive knows the data: roots on disk, the collections and files
// found in them, their headers and their pictures.
//
// Its one invariant: the bytes are the truth and are never written. A scan
// makes the rows agree with the directories, below a root and nowhere else;
// a row outlives its bytes (state "missing") and knows them again when they
// come back, also under another name.
//
//	root, err := files.AddRoot(ctx, who, "moths", "/data/moths")
//	report, err := files.Scan(ctx, archive.ScanRequest{Who: node, Lending: lent})
//	page, err := files.Files(ctx, who, archive.FileFilter{Project: "moths", Name: "trap7"})
//	file, bytes, err := files.OpenFile(ctx, who, page.Items[0].ID)
package archive

import (
	"sync"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Options is what the archive needs besides the gate.
type Options struct {
	Previews  *blob.Store // where pictures are kept
	Forbidden []string    // directories that no root may touch: Remit's own data
	Under     []string    // directories that roots must lie in; none = anywhere else
	RunsOn    RunsOn      // what jobs things can be the input of; nil = none
	Uses      []Uses      // who else may need a set
}

// Service is the archive. It is safe for concurrent use.
type Service struct {
	gate     *gate.Gate
	opts     Options
	scanning sync.Map // remit.RootID → nothing: roots being scanned by this process
}

// New makes the archive.
func New(g *gate.Gate, opts Options) *Service {
	if opts.RunsOn == nil {
		opts.RunsOn = func(db.Reader, string) (func(remit.ProjectID) []string, error) {
			return func(remit.ProjectID) []string { return nil }, nil
		}
	}
	return &Service{gate: g, opts: opts}
}

// project locates a project for the operations that are about one.
func project(r db.Reader, slug string) (projects.Row, authz.Resource, error) {
	row, err := projects.Locate(r, slug)
	return row, authz.Resource{Project: string(row.ID)}, err
}

// narrowed is the project that a list is narrowed to, the zero one for none.
func narrowed(r db.Reader, slug string) (projects.Row, error) {
	if slug == "" {
		return projects.Row{}, nil
	}
	return projects.Locate(r, slug)
}

// unlessHidden refuses an empty list of a project that the asker may not know
// of: it must read like that of an absent one (R21).
func unlessHidden(r *gate.Reader, in projects.Row, found int) error {
	if in.ID == "" || found > 0 {
		return nil
	}
	return r.Require("project.read", authz.Resource{Project: string(in.ID)})
}

// bounds checks what pages a list: the limit, and a cursor that is an id or empty.
func bounds[T ~string](limit int, after string) (int, error) {
	if after != "" && !remit.IsID[T](after) {
		return 0, remit.Errorf(remit.Invalid, "%q is no cursor of this list", after).
			WithField("after").WithHint("Use the `next` of the page before.")
	}
	return remit.Limit(limit)
}

// cut takes the page out of the rows found with one too many, and says where
// the next one begins.
func cut[T any](found []T, limit int, id func(T) string) (page []T, next string) {
	if len(found) <= limit {
		return found, ""
	}
	return found[:limit], id(found[limit-1])
}
