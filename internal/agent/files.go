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

// fetch downloads one input and compares its hash: a file that changed under
// way is not worked on.
func (t *task) fetch(ctx context.Context, root *os.Root, in remit.Input) error {
	if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(in.Name)), 0o700); err != nil {
		return err
	}
	body, err := t.client.Open(ctx, in.URL)
	if err != nil {
		return err
	}
	defer body.Close()
	f, err := root.Create(filepath.FromSlash(in.Name))
	if err != nil {
		return err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, hash), body)
	if err := errors.Join(err, f.Close()); err != nil {
		return remit.Errorf(remit.Unavailable, "the download broke off: %w", err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); in.SHA256 != "" && got != in.SHA256 {
		return remit.Errorf(remit.Conflict, "its content is not the one that was recorded (SHA-256 %s, expected %s)", got, in.SHA256).
			WithHint("Scan the data root again.")
	}
	return nil
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
