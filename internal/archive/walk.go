package archive

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode/utf8"
)

// entry is a regular file found below a collection's directory.
type entry struct {
	path     string // below the collection, with slashes
	size     int64
	modified int64 // microseconds since 1970 UTC
}

// maxDepth bounds how deep directories are followed; each level keeps one open.
const maxDepth = 64

// listed is how many names of a directory are held at once.
const listed = 500

// walker lists directories below a root, never outside. What it will not go
// into it tells refuse.
type walker struct {
	root   *os.Root
	refuse func(path string, why error)
}

var (
	errLink      = errors.New("a link that leaves the data root or leads nowhere is not followed")
	errLinkToDir = errors.New("a link to a directory is not followed")
	errName      = errors.New("the name is not UTF-8 text")
	errLong      = errors.New("the path is too long")
	errDeep      = errors.New("directories nest too deep")
	errSpecial   = errors.New("it is no regular file")
)

// ignored are hidden names and files that are still being brought.
func ignored(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(strings.ToLower(name), ".part")
}

// each calls fn with the names in a directory ("" = the root), some at a time,
// without those that are ignored.
func (w walker) each(dir string, fn func([]os.DirEntry) error) error {
	f, err := w.root.Open(path.Join(".", dir))
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		names, err := f.ReadDir(listed)
		kept := names[:0]
		for _, d := range names {
			if !ignored(d.Name()) {
				kept = append(kept, d)
			}
		}
		if len(kept) > 0 {
			if err := fn(kept); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// files calls fn with the files below collection/dir, some at a time. An error
// of fn ends the walk; a directory that cannot be read is refused and passed.
func (w walker) files(collection, dir string, depth int, fn func([]entry) error) error {
	var stopped error
	at := path.Join(collection, dir)
	err := w.each(at, func(names []os.DirEntry) error {
		entries, dirs := w.sort(collection, dir, names)
		if len(entries) > 0 {
			stopped = fn(entries)
		}
		for _, sub := range dirs {
			if stopped == nil {
				stopped = w.deeper(collection, sub, depth, fn)
			}
		}
		return stopped
	})
	if err != nil && stopped == nil {
		w.refuse(at, err)
	}
	return stopped
}

func (w walker) deeper(collection, dir string, depth int, fn func([]entry) error) error {
	if depth >= maxDepth {
		w.refuse(path.Join(collection, dir), errDeep)
		return nil
	}
	return w.files(collection, dir, depth+1, fn)
}

// sort parts names into files and directories, and refuses the rest.
func (w walker) sort(collection, dir string, names []os.DirEntry) (entries []entry, dirs []string) {
	for _, d := range names {
		below := path.Join(dir, d.Name())
		e, isDir, err := w.look(path.Join(collection, below))
		e.path = below
		switch {
		case errors.Is(err, fs.ErrNotExist): // gone since it was listed
		case err != nil:
			w.refuse(path.Join(collection, below), err)
		case isDir:
			dirs = append(dirs, below)
		default:
			entries = append(entries, e)
		}
	}
	return entries, dirs
}

// look tells what is at a path below the root. It asks the root, not the
// directory entry, which would look the name up from the file system's own root.
func (w walker) look(at string) (e entry, isDir bool, err error) {
	if !utf8.ValidString(at) {
		return e, false, errName
	}
	if len(at) > maxPath {
		return e, false, errLong
	}
	info, err := w.root.Lstat(at)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		info, err = w.root.Stat(at)
		if err != nil {
			return e, false, errLink
		}
		if info.IsDir() {
			return e, false, errLinkToDir
		}
	}
	switch {
	case err != nil:
		return e, false, err
	case info.IsDir():
		return e, true, nil
	case !info.Mode().IsRegular():
		return e, false, errSpecial
	}
	return entry{size: info.Size(), modified: info.ModTime().UnixMicro()}, false, nil
}

// gone says whether no regular file is at a path any more. An error means that
// nobody can tell: a directory that cannot be read, a network that is down.
func (w walker) gone(at string) (bool, error) {
	_, isDir, err := w.look(at)
	switch {
	case err == nil:
		return isDir, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errLink), errors.Is(err, errLinkToDir), errors.Is(err, errSpecial), isNotDir(err):
		return true, nil
	}
	return false, err
}

// count is how many files are below dir.
func (w walker) count(ctx context.Context, dir string, depth int) (n int64) {
	if depth > maxDepth || ctx.Err() != nil {
		return 0
	}
	_ = w.each(dir, func(names []os.DirEntry) error {
		for _, d := range names {
			if d.IsDir() {
				n += w.count(ctx, path.Join(dir, d.Name()), depth+1)
			} else {
				n++
			}
		}
		return nil
	})
	return n
}
