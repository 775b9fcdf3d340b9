package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/seal"
)

// ring is what opens the secrets of jobs: the keys that were given, else those
// of the data directory, else a fresh one that is not stored yet.
func (o Options) ring() (ring *seal.Ring, fresh bool, err error) {
	if o.SecretsKey != "" {
		ring, err = seal.Parse(o.SecretsKey)
		return ring, false, err
	}
	path := o.SecretsKeyFile
	if path == "" {
		path = o.ownKeyFile()
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && o.SecretsKeyFile == "" {
		return seal.New(), true, nil
	}
	if err != nil {
		return nil, false, remit.Errorf(remit.Invalid, "reading the key of secret parameters: %w", err)
	}
	if ring, err = seal.Parse(string(text)); err != nil {
		return nil, false, remit.Errorf(remit.Invalid, "%s: %w", path, err)
	}
	return ring, false, nil
}

func (o Options) ownKeyFile() string { return filepath.Join(o.Dir, "secrets.key") }

// keepRing refuses a ring that does not open what is stored, and then stores a
// fresh one: so a key that was lost is not covered up by a new one. What is
// stored is sealed with the first key from then on.
func (s *Server) keepRing(ctx context.Context, ring *seal.Ring, fresh bool) error {
	err := s.Jobs.CheckKeys(ctx)
	if err == nil {
		err = s.Notify.CheckKeys(ctx)
	}
	if err == nil {
		err = s.Jobs.Reseal(ctx)
	}
	if err == nil {
		err = s.Notify.Reseal(ctx)
	}
	if err != nil || !fresh {
		return err
	}
	f, err := os.OpenFile(s.opts.ownKeyFile(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("storing the key of secret parameters: %w", err)
	}
	_, err = f.WriteString(ring.Text())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("storing the key of secret parameters: %w", err)
	}
	return nil
}
