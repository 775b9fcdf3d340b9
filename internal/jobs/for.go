package jobs

import (
	"encoding/json"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Plan is a job that may be made later, and again and again, for its owner.
type Plan struct {
	On    authz.Resource // what the job will be to the permission engine
	draft draft
}

// Plan finds what a job of owner's would be in the project called slug. It asks
// no permission: that is for the operation that plans. Errors are those of Submit.
func (s *Service) Plan(r *gate.Reader, owner authz.Subject, slug string, spec remit.JobSpec) (p Plan, err error) {
	if err := checkSpec(spec); err != nil {
		return p, err
	}
	if len(spec.Needs) > 0 {
		return p, invalid("needs", "A job that is made again and again needs no others")
	}
	spec.Start = true
	p.draft = draft{JobSpec: spec, who: owner}
	p.On, err = s.locate(r, &p.draft, slug)
	return p, err
}

// Check refuses what Submit would refuse now besides the right to: parameters
// that the type does not take, a thing or a file of them that the owner may not
// read, a type that is switched off, a priority that is not the owner's to ask for.
func (s *Service) Check(tx *gate.Tx, p Plan) error {
	_, err := s.checked(tx, p.draft)
	return err
}

// Collection is the one that the job is on, or that its file is in.
func (p Plan) Collection() remit.CollectionID { return p.draft.on.collection }

// HasSecrets says whether the job's type declares a parameter that is a secret.
func (p Plan) HasSecrets() bool { return hasSecrets(p.draft.kind) }

func hasSecrets(kind remit.JobType) bool {
	var schema any
	return json.Unmarshal(kind.Params, &schema) == nil && marksSecret(schema)
}

func marksSecret(schema any) bool {
	switch v := schema.(type) {
	case map[string]any:
		for key, value := range v {
			if key == "writeOnly" && value == true || marksSecret(value) {
				return true
			}
		}
	case []any:
		for _, value := range v {
			if marksSecret(value) {
				return true
			}
		}
	}
	return false
}

// SubmitFor makes and starts a planned job for its owner, whose rights are asked
// now (R26); why goes into its history. A name that a live job of the owner has is
// left out. What it refuses is refused before anything is written.
func (s *Service) SubmitFor(tx *gate.Tx, p Plan, why string) (remit.Job, error) {
	err := tx.RequireAs(p.draft.who, "job.submit", p.On)
	if err == nil {
		err = p.draft.nameIfFree(tx)
	}
	if err != nil {
		return remit.Job{}, err
	}
	job, err := s.create(tx, p.draft)
	if err != nil {
		return remit.Job{}, err
	}
	return job, tx.Record("job.submit", p.draft.project.ID, string(job.ID), why)
}

func (d *draft) nameIfFree(tx *gate.Tx) error {
	free, err := isNameFree(tx, d.project.ID, owner(d.who), d.Name)
	if !free {
		d.Name = ""
	}
	return err
}

// isNameFree says whether no live job of an owner has a name. Having none is
// free to all.
func isNameFree(tx *gate.Tx, project remit.ProjectID, owner remit.UserID, name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	free, err := db.One(tx, db.Value[bool], selectNameIsFree, project, owner, name)
	if err != nil {
		return false, fmt.Errorf("looking for jobs named %s: %w", name, err)
	}
	return free, nil
}

// MayCancel refuses whoever may not cancel the job now.
func (s *Service) MayCancel(tx *gate.Tx, who authz.Subject, id remit.JobID) error {
	j, err := find(tx, id)
	if err != nil {
		return err
	}
	return tx.RequireAs(who, "job.cancel", j.resource())
}

// MakeWay is Cancel of a job that a planned one replaces, by the rights that the
// owner of that one has now; why goes into its history. A name that the planned
// one is to have is free then, though the job may take a while to stop.
func (s *Service) MakeWay(tx *gate.Tx, p Plan, id remit.JobID, why string) error {
	j, err := find(tx, id)
	if err == nil {
		err = tx.RequireAs(p.draft.who, "job.cancel", j.resource())
	}
	if err == nil && !j.State.Finished() && j.State != remit.JobCancelling {
		err = s.cancelBecause(tx, &j, p.draft.who, why)
	}
	if err != nil || j.State.Finished() || !p.draft.isNamedLike(&j) {
		return err
	}
	return unname(tx, &j, why)
}

func (s *Service) cancelBecause(tx *gate.Tx, j *row, by authz.Subject, why string) error {
	if err := s.cancel(tx, j, by); err != nil {
		return err
	}
	return tx.Record("job.cancel", j.Project, string(j.ID), why)
}

// isNamedLike says whether a job of the same owner has the name of the draft.
func (d *draft) isNamedLike(j *row) bool {
	return d.Name != "" && j.Name == d.Name && j.Project == d.project.ID && j.Owner == owner(d.who)
}

func unname(tx *gate.Tx, j *row, why string) error {
	was := j.Name
	j.Name = ""
	if err := updateJobDetails(tx, j); err != nil {
		return fmt.Errorf("taking the name of job %s: %w", j.ID, err)
	}
	announce(tx, j)
	return tx.Record("job.update", j.Project, string(j.ID), fmt.Sprintf("name %q → %q, %s", was, j.Name, why))
}

// Visible says which of the jobs the asker may see.
func Visible(r *gate.Reader, ids []remit.JobID) (map[remit.JobID]bool, error) {
	seen := map[remit.JobID]bool{}
	if len(ids) == 0 {
		return seen, nil
	}
	query, args := selectVisible(r, ids)
	found, err := db.Rows(r, db.Value[remit.JobID], query, args...)
	if err != nil {
		return nil, fmt.Errorf("looking up which jobs may be seen: %w", err)
	}
	for _, id := range found {
		seen[id] = true
	}
	return seen, nil
}
