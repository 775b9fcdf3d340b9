package jobs

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
	"github.com/remit-server/remit/internal/seal"
)

// sealedSecret is one secret parameter of a job as it is stored.
type sealedSecret struct {
	name    string
	givenBy remit.UserID // who may have it in another job
	sealed  string
}

// secretPlace is what a secret is sealed for: it opens nowhere else.
func secretPlace(job remit.JobID, name string) string { return string(job) + " secret " + name }

// keepSecrets seals the secrets of a new job. They were given by the asker, or
// by who is named in givers.
func (s *Service) keepSecrets(tx *gate.Tx, j *row, secrets map[string]string, givers map[string]remit.UserID) error {
	if len(secrets) > 0 && s.opts.Seal == nil {
		return remit.Errorf(remit.Unavailable, "This server has no key for secret parameters")
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		by, kept := givers[name]
		if !kept {
			by = owner(tx.Who())
		}
		sealed := s.opts.Seal.Seal(secrets[name], secretPlace(j.ID, name))
		if _, err := tx.Exec(insertSecret, j.ID, name, by, seal.KeyOf(sealed), sealed); err != nil {
			return fmt.Errorf("storing a secret of job %s: %w", j.ID, err)
		}
	}
	return nil
}

// errForgotten says that a job's secrets are not kept any more.
var errForgotten = remit.Errorf(remit.Gone, "The secret parameters of this job are not kept any more").WithCode("secrets_forgotten").
	WithHint("Requeue it, and give them again.")

// secrets are those of a job, opened: errForgotten when they are gone, and
// remit.Unavailable when the server's key does not open them.
func (s *Service) secrets(r db.Reader, j *row) (map[string]string, error) {
	if len(j.Secrets) == 0 {
		return nil, nil
	}
	stored, err := storedSecrets(r, j.ID)
	if err != nil {
		return nil, err
	}
	if len(stored) < len(j.Secrets) {
		return nil, errForgotten
	}
	open := make(map[string]string, len(stored))
	for _, k := range stored {
		if open[k.name], err = s.opened(k.sealed, secretPlace(j.ID, k.name)); err != nil {
			return nil, err
		}
	}
	return open, nil
}

func (s *Service) opened(sealed, place string) (string, error) {
	if s.opts.Seal == nil {
		return "", remit.Errorf(remit.Unavailable, "this server has no key for secret parameters")
	}
	return s.opts.Seal.Open(sealed, place)
}

func storedSecrets(r db.Reader, id remit.JobID) ([]sealedSecret, error) {
	stored, err := db.Rows(r, scanSecret, selectSecrets, id)
	if err != nil {
		return nil, fmt.Errorf("reading the secrets of job %s: %w", id, err)
	}
	return stored, nil
}

// mask hides the job's secrets in what its node says; nil when it has none.
func (s *Service) mask(r db.Reader, j *row) (*remit.Mask, error) {
	secrets, err := s.secrets(r, j)
	return remit.NewMask(slices.Collect(maps.Values(secrets))...), err
}

// withSecrets are parameters with secrets among them.
func withSecrets(params []byte, secrets map[string]string) ([]byte, error) {
	if len(secrets) == 0 {
		return params, nil
	}
	object, err := parameters.Read(params)
	if err != nil {
		return nil, err
	}
	for name, secret := range secrets {
		object[name] = secret
	}
	return parameters.Encode(object)
}

// forget removes the secrets of a job that has succeeded: nobody retries it.
func forget(tx *gate.Tx, j *row) error {
	if len(j.Secrets) == 0 || j.State != remit.JobSucceeded {
		return nil
	}
	if _, err := tx.Exec(deleteSecrets, j.ID); err != nil {
		return fmt.Errorf("forgetting the secrets of job %s: %w", j.ID, err)
	}
	return nil
}

// CheckKeys is remit.Conflict when jobs hold secrets that were sealed with a
// key which the service does not have: they could not go on.
func (s *Service) CheckKeys(ctx context.Context) error {
	keys, err := swept(ctx, s, func(r *gate.Reader) ([]string, error) { return db.Rows(r, db.Value[string], selectKeys) })
	if err != nil {
		return fmt.Errorf("looking for the keys of secrets: %w", err)
	}
	for _, id := range keys {
		if s.opts.Seal == nil || !s.opts.Seal.Has(id) {
			return remit.Errorf(remit.Conflict, "Jobs hold secret parameters that were sealed with the key %s, which is not among those given", id).
				WithCode("secrets_key").WithHint("Put the file secrets.key back into the data directory, or name it by REMIT_SECRETS_KEY_FILE; it may hold several keys.")
		}
	}
	return nil
}
