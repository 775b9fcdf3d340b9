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

	"github.com/remit-server/remit/internal/audit"
)

// writeFile writes an archive file whole or not at all, and returns its SHA-256.
func (s *Service) writeFile(name string, lines []audit.Line) (hash string, err error) {
	if err := os.MkdirAll(s.opts.Dir, 0o700); err != nil {
		return "", fmt.Errorf("making the directory of archive files: %w", err)
	}
	root, err := os.OpenRoot(s.opts.Dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	draft := name + "." + rand.Text()
	if hash, err = writeLines(root, draft, lines); err == nil {
		err = root.Rename(draft, name)
	}
	if err != nil {
		return "", fmt.Errorf("writing archive file %s: %w", name, errors.Join(err, ignoreAbsent(root.Remove(draft))))
	}
	return hash, syncDir(root)
}

func ignoreAbsent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
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
