package archive

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// FileFilter narrows a list of files; each field that is set must hold.
type FileFilter struct {
	Project    string // slug; "" = all projects
	Collection remit.CollectionID
	State      string // "present", "missing", "unreadable"
	MediaType  string // "image/fits", or its beginning: "image/"
	Name       string // a part of the path, whatever its case
	Limit      int
	After      string // Next of the page before
}

// maxMediaType bounds the media type that a list is asked for, in bytes:
// RFC 6838 allows two names of 127 characters each.
const maxMediaType = 255

func (f FileFilter) check() error {
	switch {
	case f.Collection != "" && !remit.IsID[remit.CollectionID](string(f.Collection)):
		return gate.NotFound("collections")
	case f.State != "" && f.State != remit.FilePresent && f.State != remit.FileMissing && f.State != remit.FileUnreadable:
		return remit.Errorf(remit.Invalid, "State %q is not known", f.State).
			WithField("state").WithHint("It is present, missing or unreadable.")
	case !remit.IsText(f.MediaType) || len(f.MediaType) > maxMediaType:
		return remit.Errorf(remit.Invalid, "The media type is no text, or longer than %d bytes", maxMediaType).WithField("file_type")
	case !remit.IsText(f.Name) || len(f.Name) > maxPath:
		return remit.Errorf(remit.Invalid, "The name is no text, or longer than %d bytes", maxPath).WithField("name")
	}
	return nil
}

// Files lists those that the asker may see, in the order they were found. The
// headers are left out; File has them.
func (s *Service) Files(ctx context.Context, who authz.Subject, f FileFilter) (remit.Page[remit.File], error) {
	limit, err := bounds[remit.FileID](f.Limit, f.After)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return remit.Page[remit.File]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.File]]{
		Name: "file.list",
		Read: func(r *gate.Reader) (remit.Page[remit.File], error) { return s.listFiles(r, f, limit) },
	})
}

func (s *Service) listFiles(r *gate.Reader, f FileFilter, limit int) (none remit.Page[remit.File], err error) {
	in, err := narrowed(r, f.Project)
	if err != nil {
		return none, err
	}
	set, err := openSet(r, f.Collection)
	if err != nil {
		return none, err
	}
	if set == hiddenSet {
		return none, filesUnlessHidden(r, in, f.Collection, 0)
	}
	found, err := visibleFiles(r, in.ID, f, set == shownSet, limit+1)
	if err != nil {
		return none, fmt.Errorf("listing files: %w", err)
	}
	if err := filesUnlessHidden(r, in, f.Collection, len(found)); err != nil {
		return none, err
	}
	rows, next := cut(found, limit, func(f FileRow) string { return string(f.ID) })
	items, err := s.describeFiles(r, rows)
	return remit.Page[remit.File]{Items: items, Next: next, Permissions: []string{}}, err
}

// filesUnlessHidden is unlessHidden for lists narrowed to a collection, too.
func filesUnlessHidden(r *gate.Reader, in projects.Row, id remit.CollectionID, found int) error {
	if err := unlessHidden(r, in, found); err != nil || id == "" || found > 0 {
		return err
	}
	collection, err := LocateCollection(r, id)
	if err != nil {
		return err
	}
	return r.Require("collection.read", collection.Resource())
}

// File is one file with its whole header, or gate.NotFound when the asker may
// not know of it.
func (s *Service) File(ctx context.Context, who authz.Subject, id remit.FileID) (remit.File, error) {
	var row FileRow
	return gate.View(ctx, s.gate, who, gate.Query[remit.File]{
		Name: "file.read",
		On:   row.locate(id),
		Read: func(r *gate.Reader) (remit.File, error) {
			if err := readHeader(r, &row); err != nil {
				return remit.File{}, fmt.Errorf("reading the header of file %s: %w", id, err)
			}
			return s.describeFile(r, row)
		},
	})
}

// locate reads the row of the file with the id, for a query about it.
func (f *FileRow) locate(id remit.FileID) func(*gate.Reader) (authz.Resource, error) {
	return func(r *gate.Reader) (on authz.Resource, err error) {
		*f, err = LocateFile(r, id)
		return f.Resource(), err
	}
}

func (s *Service) describeFile(r *gate.Reader, row FileRow) (remit.File, error) {
	items, err := s.describeFiles(r, []FileRow{row})
	if err != nil {
		return remit.File{}, err
	}
	return items[0], nil
}

// describeFiles fills what rows do not hold: names and permissions.
func (s *Service) describeFiles(r *gate.Reader, rows []FileRow) ([]remit.File, error) {
	in := make([]remit.ProjectID, len(rows))
	for i, row := range rows {
		in[i] = row.ProjectID
	}
	slugs, err := projects.Slugs(r, in...)
	if err != nil {
		return nil, fmt.Errorf("looking up projects: %w", err)
	}
	types, err := s.opts.RunsOn(r, "file")
	if err != nil {
		return nil, err
	}
	items := make([]remit.File, len(rows))
	for i, row := range rows {
		items[i] = row.File
		items[i].Project, items[i].Owner = slugs[row.ProjectID], r.UserName(row.OwnerID)
		verbs := r.Actions(row.Resource(), "file.read", "file.download")
		items[i].Permissions = append(slices.Clip(verbs), runnable(r, row.ProjectID, row.Collection, types, true)...)
	}
	return items, nil
}
