package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// CleanSecrets forgets the secrets of jobs that failed or were cancelled at least
// age ago, which nobody retries then, and that owner and runner of the cleanup
// may both delete: of a workflow with those of its steps. Otherwise as
// CleanArtifacts; Items are secrets.
func (s *Service) CleanSecrets(ctx context.Context, c Cleaning, age time.Duration, told func(Cleaned)) (Cleaned, error) {
	old := func(r *gate.Reader, in remit.ProjectID, after remit.JobID) ([]remit.JobID, error) {
		return db.Rows(r, db.Value[remit.JobID], selectSecretive, after, in, r.Now().Add(-age).UnixMicro(), cleanedAtOnce)
	}
	remove := func(tx *gate.Tx, j *row) (Cleaned, error) {
		if j.FinishedAt == nil || j.FinishedAt.After(tx.Now().Add(-age)) {
			return Cleaned{}, nil // it ran again meanwhile
		}
		return removeAllSecrets(tx, j)
	}
	return s.clean(ctx, c, told, cleaner{due: old, dry: countedSecrets, remove: remove, deletes: true})
}

func countedSecrets(r *gate.Reader, j *row) (Cleaned, error) {
	return counted(r, countSecretsOfAll, j)
}

// removeAllSecrets forgets the secrets of a job and of its steps.
func removeAllSecrets(tx *gate.Tx, j *row) (all Cleaned, err error) {
	steps, err := stepsOf(tx, j)
	if err != nil {
		return all, err
	}
	for _, one := range append(steps, *j) {
		c, err := removeSecrets(tx, &one)
		if err != nil {
			return all, err
		}
		all.add(c)
	}
	all.Jobs = min(all.Jobs, 1)
	return all, nil
}

func removeSecrets(tx *gate.Tx, j *row) (Cleaned, error) {
	c, err := counted(tx, countSecrets, j)
	if err != nil || c.Items == 0 {
		return c, err
	}
	for _, statement := range []string{deleteSecrets, deleteTails} {
		if _, err := tx.Exec(statement, j.ID); err != nil {
			return c, fmt.Errorf("forgetting the secrets of job %s: %w", j.ID, err)
		}
	}
	announce(tx, j)
	return c, tx.Record("job.clean", j.Project, string(j.ID), "its secret parameters were forgotten")
}

// requireSecrets refuses to run a job again whose secrets are not kept any more,
// or would be told.
func (s *Service) requireSecrets(r *gate.Reader, j *row) error {
	if len(j.Secrets) == 0 {
		return nil
	}
	c, err := counted(r, countSecrets, j)
	if err == nil && c.Items < int64(len(j.Secrets)) {
		err = errForgotten
	}
	if err != nil {
		return err
	}
	if name, err := s.toldSecret(r, j); err != nil || name != "" {
		return cmp.Or(err, error(remit.Errorf(remit.Conflict, "The secret parameter %s is none any more in job type %s", name, j.Type).
			WithCode("secret_changed").WithHint("Requeue the job with all parameters given anew.")))
	}
	return nil
}

// toldSecret is a secret of the job that its type does not keep as one any more,
// but would tell: in the command, and in jobs that are made from this one.
func (s *Service) toldSecret(r *gate.Reader, j *row) (name string, err error) {
	if len(j.Secrets) == 0 {
		return "", nil
	}
	kind, err := s.known.typeOf(r, j.Type)
	if err != nil {
		return "", err
	}
	still, err := s.stillSecret(kind, j.Secrets, false)
	for _, name := range j.Secrets {
		if err == nil && !slices.Contains(still, name) {
			return name, nil
		}
	}
	return "", err
}
