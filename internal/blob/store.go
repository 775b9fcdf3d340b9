package blob

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/remit-server/remit"
)

// Ref names stored bytes.
type Ref struct {
	SHA256 string // lower-case hex, 64 digits
	Size   int64  // bytes
}

// Store is a directory of blobs. It is safe for concurrent use, also by
// several programs.
type Store struct{ root *os.Root }

// incoming holds the files that are still being written.
const incoming = "incoming"

// abandonedAfter is how long nobody wrote to an incoming file that a crash
// must have left. Until then it may be another program's.
const abandonedAfter = time.Hour

// Open opens the store in dir, makes it when it is absent (for the owner
// only), and removes what crashed programs left half written.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, broken("open", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, broken("open", err)
	}
	s := &Store{root}
	if err := errors.Join(root.MkdirAll(incoming, 0o700), s.sweep()); err != nil {
		return nil, errors.Join(broken("open", err), root.Close())
	}
	return s, nil
}

// Close lets the directory go. Files that are open stay open.
func (s *Store) Close() error { return s.root.Close() }

// Open returns the bytes of a blob and their number. remit.NotFound when
// there is none, remit.Invalid when sha is no hash.
func (s *Store) Open(sha string) (io.ReadSeekCloser, int64, error) {
	if err := checkHash(sha); err != nil {
		return nil, 0, err
	}
	f, err := s.root.Open(path(sha))
	if err != nil {
		return nil, 0, absentOr("open", sha, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(broken("open", err), f.Close())
	}
	return f, info.Size(), nil
}

// Stat returns the blob's name and size. Errors are those of Open.
func (s *Store) Stat(sha string) (Ref, error) {
	if err := checkHash(sha); err != nil {
		return Ref{}, err
	}
	info, err := s.root.Stat(path(sha))
	if err != nil {
		return Ref{}, absentOr("look at", sha, err)
	}
	return Ref{sha, info.Size()}, nil
}

// Has says whether there is such a blob.
func (s *Store) Has(sha string) (bool, error) {
	_, err := s.Stat(sha)
	if remit.KindOf(err) == remit.NotFound {
		return false, nil
	}
	return err == nil, err
}

// Delete removes a blob; one that is not there is fine. Those who have it open
// can read on.
func (s *Store) Delete(sha string) error {
	if err := checkHash(sha); err != nil {
		return err
	}
	err := s.root.Remove(path(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return broken("delete", errors.Join(err, s.syncDir(folder(sha))))
}

// path puts blobs into 256 folders by the first byte of their hash.
func path(sha string) string { return folder(sha) + "/" + sha }

func folder(sha string) string { return sha[:2] }

func checkHash(sha string) error {
	if len(sha) != 64 || strings.Trim(sha, "0123456789abcdef") != "" {
		return remit.Errorf(remit.Invalid, "%.80q is not a SHA-256 in lower-case hex.", sha)
	}
	return nil
}

func absentOr(doing, sha string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return remit.Errorf(remit.NotFound, "There is no blob %s.", sha)
	}
	return broken(doing, err)
}

// broken tells a full disk, which passes, from what is a fault.
func broken(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return remit.Errorf(remit.Unavailable, "There is no space left to keep the bytes: %w", err).
			WithHint("Make space where the server keeps its blobs, then try again.")
	}
	return fmt.Errorf("%s blob: %w", doing, err)
}
