package jobs

import (
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/parameters"
)

// A secret goes from a workflow to its steps as a secret or not at all: that is
// held when the workflow is declared and, since types change, when a step is made.

// secret holds that a step's parameter is a secret exactly when the workflow's
// parameter that it comes from is one.
func (c *stepCheck) secret(place, name string, from source, takes parameters.Property) error {
	gives := parameters.PropertyOf(c.schema, from.param)
	isGiven := from.param != "" && gives.Schema != nil && parameters.IsSecret(gives.Schema)
	isTaken := takes.Schema != nil && parameters.IsSecret(takes.Schema)
	switch {
	case isTaken && !isGiven:
		return c.refuse(place, "%s is a secret of %s, which comes from a secret of the workflow and from nowhere else", name, c.kind.Key)
	case isGiven && !isTaken:
		return c.refuse(place, "params.%s is a secret, and %s of %s is none: everybody who sees the step would read it", from.param, name, c.kind.Key)
	}
	return nil
}

// secretsAside says why a step cannot be made as its type is now: a secret would
// become something else, or something else a secret.
func (s *Service) secretsAside(parent *row, step remit.Step, kind remit.JobType) (refused string, err error) {
	schema, err := s.schemas.Of(kind.Params)
	if err != nil {
		return "", err
	}
	secrets := parameters.Secrets(schema)
	for name, value := range sorted(step.Params) {
		from, _, _ := sourceOf(value)
		isGiven, isTaken := slices.Contains(parent.Secrets, from.param), slices.Contains(secrets, name)
		if isGiven && !isTaken || isTaken && !isGiven && (from.param == "" || isPlain(parent, from.param)) {
			return fmt.Sprintf("%s is a secret in one of the workflow and the type %s, and not in the other: requeue the workflow, which a retry leaves as it was made", name, kind.Key), nil
		}
	}
	return "", nil
}

// isPlain says whether a job was given a parameter that is no secret.
func isPlain(j *row, param string) bool {
	object, err := parameters.Read(j.Params)
	_, given := object[param]
	return err != nil || given
}

// passSecrets seals for a step those of its workflow's secrets that it takes.
// They stay those of who gave them.
func (s *Service) passSecrets(tx *gate.Tx, parent *row, step remit.Step, j *row, secrets map[string]string) error {
	if len(secrets) == 0 {
		return nil
	}
	stored, err := storedSecrets(tx, parent.ID)
	if err != nil {
		return err
	}
	givers := map[string]remit.UserID{}
	for name := range secrets {
		from, _, _ := sourceOf(step.Params[name])
		at := slices.IndexFunc(stored, func(k sealedSecret) bool { return k.name == from.param })
		if at < 0 {
			return errForgotten
		}
		givers[name] = stored[at].givenBy
	}
	return s.keepSecrets(tx, j, secrets, givers)
}

// forgetAll removes the secrets of a workflow that has succeeded, and those of
// its steps: no step is done again, not even one that failed.
func forgetAll(tx *gate.Tx, j *row, jobs map[string]*row) error {
	if j.State != remit.JobSucceeded {
		return nil
	}
	for _, job := range append([]*row{j}, stepRows(jobs)...) {
		if len(job.Secrets) == 0 {
			continue
		}
		if _, err := tx.Exec(deleteSecrets, job.ID); err != nil {
			return fmt.Errorf("forgetting the secrets of job %s: %w", job.ID, err)
		}
	}
	return nil
}

func stepRows(jobs map[string]*row) (rows []*row) {
	for _, j := range sorted(jobs) {
		rows = append(rows, j)
	}
	return rows
}
