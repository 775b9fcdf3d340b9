package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/remit-server/remit"
)

// Names inside an attempt's directory.
const (
	inputsDir  = "inputs"
	outputsDir = "outputs"
	paramsFile = "params.json"
)

// prepare makes the attempt's directory and fetches its inputs.
func (t *task) prepare(ctx context.Context) error {
	if err := os.RemoveAll(t.dir); err != nil {
		return fmt.Errorf("clearing the attempt's directory: %w", err)
	}
	for _, d := range []string{inputsDir, outputsDir} {
		if err := os.MkdirAll(filepath.Join(t.dir, d), 0o700); err != nil {
			return fmt.Errorf("making the attempt's directory: %w", err)
		}
	}
	params := t.Params
	if len(params) == 0 {
		params = []byte("{}")
	}
	if err := os.WriteFile(filepath.Join(t.dir, paramsFile), params, 0o600); err != nil {
		return fmt.Errorf("writing the parameters: %w", err)
	}
	root, err := os.OpenRoot(filepath.Join(t.dir, inputsDir))
	if err != nil {
		return fmt.Errorf("opening the inputs' directory: %w", err)
	}
	defer root.Close()
	for _, in := range t.Inputs {
		if err := t.persist(ctx, func() error { return t.fetch(ctx, root, in) }); err != nil {
			return fmt.Errorf("fetching input %s: %w", in.Name, err)
		}
	}
	return nil
}

// fetch downloads one input and compares its size and hash: what changed under
// way is not worked on. It never writes over another input.
func (t *task) fetch(ctx context.Context, root *os.Root, in remit.Input) error {
	name := filepath.FromSlash(in.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	body, err := t.client.Open(ctx, in.URL)
	if err != nil {
		return err
	}
	defer body.Close()
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(receive(f, body, in), f.Close()); err != nil {
		return errors.Join(err, root.Remove(name)) // it may be fetched again
	}
	return nil
}

// receive writes the bytes of an input, no more of them than were promised.
func receive(to io.Writer, body io.Reader, in remit.Input) error {
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, hash), io.LimitReader(body, in.Size+1))
	if err != nil {
		return remit.Errorf(remit.Unavailable, "the download broke off: %w", err)
	}
	got := hex.EncodeToString(hash.Sum(nil))
	if n == in.Size && (in.SHA256 == "" || got == in.SHA256) {
		return nil
	}
	changed := remit.Errorf(remit.Conflict, "its content is not the one that was recorded (%d bytes with SHA-256 %s, expected %d with %s)", n, got, in.Size, in.SHA256)
	if in.File != "" {
		changed = changed.WithHint("Scan the data root again.")
	}
	return changed
}

// upload sends everything that the program left under outputs/. Only regular
// files count, and said is told of the others: a link could point anywhere.
func (t *task) upload(ctx context.Context, said io.Writer) error {
	root, err := os.OpenRoot(filepath.Join(t.dir, outputsDir))
	if err != nil {
		return fmt.Errorf("opening the outputs' directory: %w", err)
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			fmt.Fprintf(said, "remit: left out outputs/%s: it is %s, not a file\n", name, kindOf(entry.Type()))
			return nil
		}
		return t.persist(ctx, func() error { return t.put(ctx, root, name) })
	})
}

func (t *task) put(ctx context.Context, root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return fmt.Errorf("reading output %s: %w", name, err)
	}
	defer f.Close()
	if _, err := t.client.PutArtifact(ctx, t.Lease, name, f); err != nil {
		return fmt.Errorf("uploading output %s: %w", name, err)
	}
	return nil
}
