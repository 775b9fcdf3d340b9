package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// OpenFile opens the bytes of a file for reading; the caller closes them.
// Errors besides the refusals: those of FileRow.Open.
func (s *Service) OpenFile(ctx context.Context, who authz.Subject, id remit.FileID) (remit.File, io.ReadSeekCloser, error) {
	var row FileRow
	file, err := gate.View(ctx, s.gate, who, gate.Query[remit.File]{
		Name: "file.download",
		On:   row.locate(id),
		Read: func(r *gate.Reader) (remit.File, error) { return s.describeFile(r, row) },
	})
	if err != nil {
		return remit.File{}, nil, err
	}
	bytes, err := row.Open()
	if err != nil {
		return remit.File{}, nil, err
	}
	return file, bytes, nil
}

// Open opens the bytes of a located file, for callers that have checked the
// right to download it. Kind Gone when they are missing, Conflict with the
// code "file_changed" when they are not those that were scanned, Unavailable
// when they cannot be read.
func (f FileRow) Open() (io.ReadSeekCloser, error) {
	if f.State == remit.FileMissing {
		return nil, remit.Errorf(remit.Gone, "%s is missing: the last scan did not find it on disk", f.Path).WithCode("file_missing")
	}
	root, err := openRoot(f.root)
	if err != nil {
		return nil, err
	}
	defer root.Close() // the open file stays
	file, info, err := openRegular(root, f.CollectionName+"/"+f.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, remit.Errorf(remit.Gone, "%s is not on disk any more", f.Path).WithCode("file_missing")
	case err != nil:
		return nil, remit.Errorf(remit.Unavailable, "%s cannot be read: %s", f.Path, reason(err)).WithCode("file_unreadable")
	case info.Size() != f.Size || info.ModTime().UnixMicro() != f.ModifiedAt.UnixMicro():
		file.Close()
		return nil, remit.Errorf(remit.Conflict, "%s has changed on disk since it was scanned", f.Path).
			WithCode("file_changed").WithHint("Scan the data roots, then try again.")
	}
	return file, nil
}

var errNotRegular = errors.New("it is no regular file")

// openRegular opens a regular file below root and nothing else. Without
// O_NONBLOCK a named pipe put in its place would stop us for ever.
func openRegular(root *os.Root, path string) (*os.File, os.FileInfo, error) {
	f, err := root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Preview opens the picture of a file, a PNG; sha is the SHA-256 of that
// picture. A file without one is NotFound with the code "no_preview".
func (s *Service) Preview(ctx context.Context, who authz.Subject, id remit.FileID) (sha string, png io.ReadSeekCloser, err error) {
	var row FileRow
	sha, err = gate.View(ctx, s.gate, who, gate.Query[string]{
		Name: "file.read",
		On:   row.locate(id),
		Read: func(r *gate.Reader) (string, error) { return previewOf(r, row) },
	})
	if err != nil {
		return "", nil, err
	}
	if png, _, err = s.opts.Previews.Open(sha); err != nil {
		return "", nil, fmt.Errorf("opening the preview of file %s: %w", id, err)
	}
	return sha, png, nil
}

func previewOf(r db.Reader, row FileRow) (string, error) {
	none := remit.Errorf(remit.NotFound, "%s has no preview", row.Path).WithCode("no_preview")
	if row.File.Preview != previewReady {
		return "", none
	}
	sha, err := db.One(r, db.Value[string], selectPreview, row.SHA256)
	if errors.Is(err, db.ErrNoRows) {
		return "", none
	}
	if err != nil {
		return "", fmt.Errorf("looking up the preview of file %s: %w", row.ID, err)
	}
	return sha, nil
}
