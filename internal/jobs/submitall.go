package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// MaxSubmit is how many jobs one request makes.
const MaxSubmit = 1000

// SubmitAll is Submit for many jobs of one project, in one transaction: all of
// them, in their order, or none. All are to start, or none is. What is wrong with
// one is said with its place among them, from 0.
func (s *Service) SubmitAll(ctx context.Context, who authz.Subject, slug string, specs []remit.JobSpec) (made []remit.Job, err error) {
	drafts, err := draftsOf(who, specs)
	if err != nil || len(drafts) == 0 {
		return []remit.Job{}, err
	}
	operation := "job.create"
	if specs[0].Start {
		operation = "job.submit"
	}
	err = gate.DoAll(ctx, s.gate, who, gate.All{
		Name: operation,
		On:   func(tx *gate.Tx) ([]authz.Resource, error) { return s.locateAll(&tx.Reader, drafts, slug) },
		Apply: func(tx *gate.Tx) ([]gate.Written, error) {
			made, err = s.createAll(tx, drafts)
			return madeOf(drafts, made), err
		},
	})
	if refused, ok := errors.AsType[*gate.NotAll](err); ok {
		_, err = submit(ctx, s, who, slug, specs[refused.Which[0]], func(*gate.Tx, draft) (remit.Job, error) { return remit.Job{}, errChanged })
		err = at(refused.Which[0], len(specs), err)
	}
	return made, err
}

// errChanged answers who is refused one of many jobs and is permitted it a
// moment later.
var errChanged = remit.Errorf(remit.Conflict, "Your rights changed at the same moment").WithCode("raced").WithHint("Try again.")

func draftsOf(who authz.Subject, specs []remit.JobSpec) ([]draft, error) {
	if len(specs) > MaxSubmit {
		return nil, invalid("jobs", "These are %d jobs; one request makes at most %d", len(specs), MaxSubmit)
	}
	drafts := make([]draft, len(specs))
	for i, spec := range specs {
		if err := checkSpec(spec); err != nil {
			return nil, at(i, len(specs), err)
		}
		if spec.Start != specs[0].Start {
			return nil, at(i, len(specs), invalid("start", "Some of these jobs are to start and some are not"))
		}
		drafts[i] = draft{JobSpec: spec, who: who}
	}
	return drafts, nil
}

func (s *Service) locateAll(r *gate.Reader, drafts []draft, slug string) (on []authz.Resource, err error) {
	on = make([]authz.Resource, len(drafts))
	for i := range drafts {
		if on[i], err = s.locate(r, &drafts[i], slug); err != nil {
			return nil, at(i, len(drafts), err)
		}
	}
	return on, nil
}

func madeOf(drafts []draft, made []remit.Job) []gate.Written {
	written := make([]gate.Written, len(made))
	for i, job := range made {
		written[i] = gate.Written{Of: i, Thing: string(job.ID), Note: drafts[i].note()}
	}
	return written
}

// at names the place of a fault among several jobs, as a field of the request.
func at(i, of int, err error) error {
	e, ok := errors.AsType[*remit.Error](err)
	if of == 1 || !ok {
		return err
	}
	placed := *e
	placed.Field = strings.TrimSuffix(fmt.Sprintf("jobs.%d.%s", i, e.Field), ".")
	return &placed
}
