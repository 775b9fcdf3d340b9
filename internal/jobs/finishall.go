package jobs

import (
	"context"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Ending is how the attempt of a lease ended.
type Ending struct {
	remit.Lease
	Outcome
}

// maxTogether is how many jobs one transaction finishes.
const maxTogether = 100

// FinishAll is Finish for many leases of one node, in few transactions. It
// returns the error of each, nil where it went well: one that is refused keeps
// no others. More than MaxSubmit are remit.Invalid, whole.
func (s *Service) FinishAll(ctx context.Context, who authz.Subject, all []Ending) ([]error, error) {
	if len(all) > MaxSubmit {
		return nil, invalid("items", "These are %d jobs; one request finishes at most %d", len(all), MaxSubmit)
	}
	errs := make([]error, 0, len(all))
	for some := range slices.Chunk(all, maxTogether) {
		errs = append(errs, s.finishSome(ctx, who, some)...)
	}
	return errs, nil
}

// finishSome finishes all at once or, where something is in the way, one by one.
func (s *Service) finishSome(ctx context.Context, who authz.Subject, some []Ending) []error {
	errs := make([]error, len(some))
	if s.finishTogether(ctx, who, some) == nil {
		return errs
	}
	for i, e := range some {
		errs[i] = s.Finish(ctx, who, e.Lease, e.Outcome)
	}
	return errs
}

func (s *Service) finishTogether(ctx context.Context, who authz.Subject, some []Ending) error {
	for _, e := range some {
		if err := e.check(); err != nil {
			return err
		}
	}
	var rows []*row
	return gate.DoAll(ctx, s.gate, who, gate.All{
		Name: "job.finish",
		On: func(tx *gate.Tx) (on []authz.Resource, err error) {
			rows, on, err = allUnder(tx, who, some)
			return on, err
		},
		Apply: func(tx *gate.Tx) ([]gate.Written, error) { return s.finish(tx, rows, some) },
	})
}

// allUnder is under for many leases, each of another job: gate.NotAll unless
// the node holds all of them.
func allUnder(tx *gate.Tx, who authz.Subject, some []Ending) ([]*row, []authz.Resource, error) {
	locked, err := lockAll(tx, some)
	if err != nil {
		return nil, nil, err
	}
	rows, on := make([]*row, len(some)), make([]authz.Resource, len(some))
	for i, e := range some {
		at, found := slices.BinarySearchFunc(locked, e.Job, func(j row, id remit.JobID) int { return strings.Compare(string(j.ID), string(id)) })
		if !found || !locked[at].holds(who.ID, e.Lease) {
			return nil, nil, &gate.NotAll{First: i}
		}
		rows[i], on[i] = &locked[at], locked[at].resource()
		on[i].Facts |= authz.HeldLock | authz.HoldsLock
	}
	if len(locked) != len(some) { // a job twice
		return nil, nil, &gate.NotAll{}
	}
	return rows, on, nil
}
