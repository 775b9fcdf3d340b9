package auditor

import (
	"bufio"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/audit"
)

// writeFile writes an archive file whole or not at all, after check has read
// it, and returns its SHA-256. A file of that name is never overwritten: it may
// hold what the table no longer does.
func (s *Service) writeFile(name string, lines []audit.Line, check func(io.Reader) error) (hash string, err error) {
	if err := os.MkdirAll(s.opts.Dir, 0o700); err != nil {
		return "", fmt.Errorf("making the directory of archive files: %w", err)
	}
	root, err := os.OpenRoot(s.opts.Dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	draft := name + "." + rand.Text()
	defer func() { _ = root.Remove(draft) }() // it is gone already when all went well
	if hash, err = writeLines(root, draft, lines); err != nil {
		return "", fmt.Errorf("writing archive file %s: %w", name, err)
	}
	body, again, err := s.openFile(draft)
	if err != nil {
		return "", fmt.Errorf("reading archive file %s again: %w", name, err)
	}
	defer body.Close()
	if again != hash {
		return "", remit.Errorf(remit.Unavailable, "Archive file %s is read otherwise than it was written", name).WithHint("Is the disk sound?")
	}
	if err := check(body); err != nil {
		return "", err
	}
	return hash, s.place(root, draft, name, hash)
}

// place gives a draft its name. One that is there already with the same bytes
// was left by an attempt that got no further.
func (s *Service) place(root *os.Root, draft, name, hash string) error {
	body, there, err := s.openFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := root.Rename(draft, name); err != nil {
			return fmt.Errorf("naming archive file %s: %w", name, err)
		}
		return syncDir(root)
	case err != nil:
		return fmt.Errorf("looking at archive file %s: %w", name, err)
	}
	if err := body.Close(); err != nil || there == hash {
		return err
	}
	return remit.Errorf(remit.Conflict, "There is another archive file %s already", name).WithCode("audit_archive_exists").
		WithHint("See what is wrong with `remit audit verify`; nothing was archived.")
}

func writeLines(root *os.Root, name string, lines []audit.Line) (hash string, err error) {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	packed := gzip.NewWriter(io.MultiWriter(f, sum))
	enc := json.NewEncoder(packed)
	for i := range lines {
		if err := enc.Encode(&lines[i]); err != nil {
			return "", err
		}
	}
	if err := packed.Close(); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), f.Sync()
}

// syncDir makes the file's name as durable as its bytes.
func syncDir(root *os.Root) error {
	d, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// openFile opens an archive file by its name and returns the SHA-256 of its bytes.
func (s *Service) openFile(name string) (body io.ReadCloser, hash string, err error) {
	root, err := os.OpenRoot(s.opts.Dir)
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.New()
	if _, err = io.Copy(sum, f); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, "", errors.Join(err, f.Close())
	}
	return &unpacked{f: f}, hex.EncodeToString(sum.Sum(nil)), nil
}

// unpacked reads a packed file, from its first read on.
type unpacked struct {
	f    *os.File
	body io.Reader
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.body == nil {
		body, err := gzip.NewReader(bufio.NewReader(u.f))
		if err != nil {
			return 0, err
		}
		u.body = body
	}
	return u.body.Read(p)
}

func (u *unpacked) Close() error { return u.f.Close() }
