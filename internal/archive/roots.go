package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// rootRow is a data root as it is stored.
type rootRow struct {
	ID            remit.RootID
	Project       remit.ProjectID
	Path          string
	CreatedAt     time.Time
	LastScannedAt *time.Time
}

// AddRoot registers a directory of the server as a data root of a project. It
// must exist, lie where the site allows and not overlap another root or
// Remit's own data; else the error is Invalid or Conflict.
func (s *Service) AddRoot(ctx context.Context, who authz.Subject, slug, path string) (remit.DataRoot, error) {
	if !filepath.IsAbs(path) || !fits(path) {
		return remit.DataRoot{}, badRoot("The path of a data root is absolute, text and at most %d bytes long", maxPath)
	}
	var in remit.ProjectID
	return gate.Do(ctx, s.gate, who, gate.Op[remit.DataRoot]{
		Name: "root.create",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			row, on, err := project(tx, slug)
			in = row.ID
			return on, err
		},
		Apply: func(tx *gate.Tx) (remit.DataRoot, error) { return s.addRoot(tx, in, slug, path) },
	})
}

// addRoot looks at the disk only here, after the check: answers about paths
// are for those who may register them.
func (s *Service) addRoot(tx *gate.Tx, in remit.ProjectID, slug, path string) (remit.DataRoot, error) {
	resolved, err := s.directory(path)
	if err != nil {
		return remit.DataRoot{}, err
	}
	if err := takeTurns(tx); err != nil {
		return remit.DataRoot{}, fmt.Errorf("locking the data roots: %w", err)
	}
	others, err := db.Rows(tx, db.Value[string], selectRootPaths)
	if err != nil {
		return remit.DataRoot{}, fmt.Errorf("reading the data roots: %w", err)
	}
	for _, other := range others {
		if overlap(other, resolved) {
			return remit.DataRoot{}, remit.Errorf(remit.Conflict, "%s overlaps the data root %s", resolved, other).
				WithCode("root_overlaps").WithField("path").WithHint("One file belongs to one collection: choose a directory beside it.")
		}
	}
	row := rootRow{ID: remit.NewID[remit.RootID](tx.Now()), Project: in, Path: resolved, CreatedAt: stored(tx.Now())}
	if err := insertRoot(tx, row); err != nil {
		return remit.DataRoot{}, fmt.Errorf("registering the data root: %w", err)
	}
	tx.About(string(row.ID))
	tx.Note("registered %s", resolved)
	return row.noun(slug), nil
}

// directory is path with its links resolved, when a root may be there.
func (s *Service) directory(path string) (string, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", badRoot("%s cannot be used: %s", path, reason(err))
	}
	info, err := os.Stat(resolved)
	if err != nil || !info.IsDir() || !fits(resolved) {
		return "", badRoot("%s is no directory that the server can read", path)
	}
	for _, forbidden := range s.opts.Forbidden {
		if overlap(resolvedOr(forbidden), resolved) {
			return "", badRoot("%s overlaps a directory of Remit's own data", path)
		}
	}
	for _, under := range s.opts.Under {
		if within(resolvedOr(under), resolved) {
			return resolved, nil
		}
	}
	if len(s.opts.Under) > 0 {
		return "", badRoot("%s is not in a directory that data roots may be in: %s", path, strings.Join(s.opts.Under, ", "))
	}
	return resolved, nil
}

// Roots lists the data roots of a project that the asker may see.
func (s *Service) Roots(ctx context.Context, who authz.Subject, slug string) (remit.Page[remit.DataRoot], error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.DataRoot]]{
		Name: "root.list",
		Read: func(r *gate.Reader) (remit.Page[remit.DataRoot], error) {
			in, on, err := project(r, slug)
			if err != nil {
				return remit.Page[remit.DataRoot]{}, err
			}
			found, err := visibleRoots(r, in.ID)
			if err != nil {
				return remit.Page[remit.DataRoot]{}, fmt.Errorf("listing data roots: %w", err)
			}
			page := remit.Page[remit.DataRoot]{Items: make([]remit.DataRoot, len(found)), Permissions: r.Actions(on, "root.create")}
			for i, row := range found {
				page.Items[i] = row.noun(in.Slug)
			}
			return page, unlessHidden(r, in, len(found))
		},
	})
}

func (row rootRow) noun(slug string) remit.DataRoot {
	return remit.DataRoot{ID: row.ID, Project: slug, Path: row.Path, CreatedAt: row.CreatedAt,
		LastScannedAt: row.LastScannedAt, Permissions: []string{}}
}

// openRoot opens a data root for reading. A path whose links lead elsewhere
// than when it was registered could overlap another root, and is refused.
func openRoot(path string) (*os.Root, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, remit.Errorf(remit.Unavailable, "The data root %s cannot be read: %s", path, reason(err)).
			WithCode("root_unavailable").WithHint("See that its disk is mounted and that the server may read it.")
	}
	if resolved != path {
		return nil, remit.Errorf(remit.Conflict, "The data root %s has become a link to %s", path, resolved).WithCode("root_moved")
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, remit.Errorf(remit.Unavailable, "The data root %s cannot be read: %s", path, reason(err)).
			WithCode("root_unavailable").WithHint("See that its disk is mounted and that the server may read it.")
	}
	return root, nil
}

// fits says whether a path can be stored.
func fits(path string) bool { return len(path) <= maxPath && remit.IsText(path) }

func overlap(a, b string) bool { return within(a, b) || within(b, a) }

// within says whether path is dir or below it; both are clean and absolute.
func within(dir, path string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// resolvedOr is path with its links resolved, or as it is when it is not there yet.
func resolvedOr(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return filepath.Clean(path)
}

// reason is why an operation on a path failed, without the path, fit to be stored.
func reason(err error) string {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	return storable(err.Error())
}

func badRoot(format string, args ...any) error {
	return remit.Errorf(remit.Invalid, format, args...).WithField("path")
}
