package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
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

// requireNames refuses a name that two of the drafts have, or a live job. Of a single
// one the index says that.
func requireNames(r *gate.Reader, drafts []draft) error {
	places := map[string]int{}
	for i, d := range drafts {
		if _, twice := places[d.Name]; twice {
			return at(i, len(drafts), namedTwice(d.Name))
		}
		if d.Name != "" {
			places[d.Name] = i
		}
	}
	if len(drafts) == 1 || len(places) == 0 {
		return nil
	}
	taken, err := takenNames(r, drafts[0], slices.Collect(maps.Keys(places)))
	if err != nil || len(taken) == 0 {
		return err
	}
	first := slices.MinFunc(taken, func(a, b string) int { return places[a] - places[b] })
	return at(places[first], len(drafts), nameTaken(first))
}

// takenNames are those that live jobs of who asks for d have, in its project.
func takenNames(r *gate.Reader, d draft, names []string) ([]string, error) {
	among, args := db.Among(3, names)
	taken, err := db.Rows(r, db.Value[string], selectTakenNames+among, append([]any{d.project.ID, owner(d.who)}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("looking which names are taken: %w", err)
	}
	return taken, nil
}

func namedTwice(name string) error {
	return remit.Errorf(remit.Conflict, "Two of these jobs are named %s", name).
		WithCode("name_taken").WithField("name").WithHint("Choose another name for one of them.")
}

// becameTaken is the refusal of new jobs of which one has a name that a live job got
// at the same moment. Of several, the database does not say which.
func becameTaken(rows []row) error {
	if len(rows) == 1 {
		return nameTaken(rows[0].Name)
	}
	return remit.Errorf(remit.Conflict, "One of these jobs has a name that another job of yours got at the same moment").
		WithCode("name_taken").WithField("jobs").WithHint("Try again: then it is said which.")
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
