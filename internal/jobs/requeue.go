package jobs

import (
	"context"
	"encoding/json"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Requeue says how a new job differs from its source: what is given
// replaces, what is nil is kept.
type Requeue struct {
	Name     *string
	Params   json.RawMessage            // all of them
	Set      map[string]json.RawMessage // one by one; null takes one away
	Args     *[]string
	Priority *int
	Needs    *[]remit.JobID
}

// Requeue makes and starts a new job from one in any state, on the same
// thing. The source is named as for Find. The new job belongs to
// the asker, who becomes its runner and must be able to read the thing; the
// source stays as it is. A kept name that a live job of
// the asker has is left out, and a kept priority is lowered to the highest that the
// asker may ask for. Secrets are kept for who gave them only, and while the source has them.
func (s *Service) Requeue(ctx context.Context, who authz.Subject, id remit.JobID, q Requeue) (remit.Job, error) {
	if err := q.check(); err != nil {
		return remit.Job{}, err
	}
	var source row
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Job]{
		Name: "job.requeue",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			source, err = findSource(tx, id)
			return source.resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.Job, error) {
			d, err := s.draftFrom(tx, q, source)
			if err == nil {
				err = q.requireApart(tx, &source)
			}
			if err == nil {
				err = s.keptFrom(tx, source, q, &d)
			}
			if err != nil {
				return remit.Job{}, err
			}
			job, err := s.create(tx, d)
			if err != nil {
				return remit.Job{}, err
			}
			return job, tx.Record("job.requeue", source.Project, string(source.ID), "as "+string(job.ID))
		},
	})
}

// check refuses what is wrong whatever the source is.
func (q Requeue) check() error {
	if q.Name != nil {
		if err := checkName(*q.Name); err != nil {
			return err
		}
	}
	if q.Needs != nil {
		if err := checkNeeds(*q.Needs); err != nil {
			return err
		}
	}
	if q.Priority != nil {
		return checkPriority(*q.Priority)
	}
	return nil
}

// findSource finds and locks a job by its id, or one of the asker's by its name.
func findSource(tx *gate.Tx, ref remit.JobID) (row, error) {
	if remit.IsID[remit.JobID](string(ref)) {
		return find(tx, ref)
	}
	named, err := findNamed(&tx.Reader, "", string(ref))
	if err != nil {
		return named, err
	}
	return find(tx, named.ID)
}

// params are those of the source with q's changes.
func (q Requeue) params(source json.RawMessage) (json.RawMessage, error) {
	if q.Params != nil {
		source = q.Params
	}
	if len(q.Set) == 0 {
		return source, nil
	}
	all := map[string]json.RawMessage{}
	if len(source) > 0 {
		if err := json.Unmarshal(source, &all); err != nil {
			return nil, invalid("params", "The parameters must be a JSON object")
		}
	}
	if all == nil { // of null
		all = map[string]json.RawMessage{}
	}
	for name, value := range q.Set {
		if all[name] = value; string(value) == "null" {
			delete(all, name)
		}
	}
	return json.Marshal(all)
}

// draftFrom is the source with q's changes. The asker's rights are those on the
// new job, which is the asker's own.
func (s *Service) draftFrom(tx *gate.Tx, q Requeue, source row) (draft, error) {
	spec := remit.JobSpec{Type: source.Type, Name: source.Name, On: source.on(), Params: source.Params,
		Args: source.Args, Priority: source.Priority, Start: true}
	replace(&spec.Args, q.Args)
	replace(&spec.Priority, q.Priority)
	params, err := q.params(source.Params)
	if err != nil {
		return draft{}, err
	}
	spec.Params = params
	if q.Name != nil {
		spec.Name = *q.Name
	} else if free, err := isNameFree(tx, source.Project, owner(tx.Who()), source.Name); err != nil {
		return draft{}, err
	} else if !free {
		spec.Name = ""
	}
	slug, err := s.known.slug(&tx.Reader, source.Project)
	if err != nil {
		return draft{}, err
	}
	if err := q.requireParams(&tx.Reader, source); err != nil {
		return draft{}, err
	}
	d := draft{JobSpec: spec, who: tx.Who(), from: source.ID}
	if err := q.needs(tx, source, &d); err != nil {
		return d, err
	}
	on, err := s.locate(&tx.Reader, &d, slug)
	if err != nil {
		return d, err
	}
	if err := s.requireUnset(q, source, d.kind); err != nil {
		return d, err
	}
	if d.Priority > 0 && q.Priority == nil {
		d.Priority = min(d.Priority, highestPriority(&tx.Reader, d.who, on))
	}
	return d, tx.Require("job.submit", on)
}
