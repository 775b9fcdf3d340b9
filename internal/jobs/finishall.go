package jobs

import (
	"cmp"
	"context"
	"errors"
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

// FinishAll is Finish for many leases of one node, in few transactions, which
// other nodes may share. It returns the error of each, nil where it went well: one
// that is refused keeps no others. More than MaxSubmit are remit.Invalid, whole.
func (s *Service) FinishAll(ctx context.Context, who authz.Subject, all []Ending) ([]error, error) {
	if len(all) > MaxSubmit {
		return nil, invalid("items", "These are %d jobs; one request finishes at most %d", len(all), MaxSubmit)
	}
	if who.Kind != authz.Node {
		return nil, s.refuseFinish(ctx, who)
	}
	asked, by := make([]endingBy, len(all)), gate.AskerOf(ctx, who)
	for i, e := range all {
		asked[i] = endingBy{by, e}
	}
	errs, left := s.finishing.CallAll(ctx, asked)
	for i, err := range left {
		errs[i] = cmp.Or(err, errs[i])
	}
	return errs, nil
}

// refuseFinish is the gate's answer to who is no node, for all leases alike.
func (s *Service) refuseFinish(ctx context.Context, who authz.Subject) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "job.finish",
		Apply: func(*gate.Tx) (struct{}, error) { return struct{}{}, leaseLost() },
	})
	return err
}

// endingBy is what one node says.
type endingBy struct {
	by gate.Asker
	Ending
}

// finishSome finishes as many as it can at once, and the others one by one.
func (s *Service) finishSome(ctx context.Context, some []endingBy) []error {
	errs := make([]error, len(some))
	var together, alone []int
	for i := range some {
		together = append(together, i)
	}
	for len(together) > 1 {
		err := s.finishTogether(ctx, pick(some, together))
		if err == nil {
			together = nil
			break
		}
		refused, ok := errors.AsType[*gate.NotAll](err)
		if !ok {
			break
		}
		alone = append(alone, pick(together, refused.Which)...)
		together = without(together, refused.Which)
	}
	for _, i := range append(alone, together...) {
		if errs[i] = some[i].check(); errs[i] == nil {
			errs[i] = s.finishAlone(ctx, some[i])
		}
	}
	return errs
}

// pick are those at places, which ascend, and without the others.
func pick[T any](all []T, places []int) (picked []T) {
	for _, n := range places {
		picked = append(picked, all[n])
	}
	return picked
}

func without[T any](all []T, places []int) (left []T) {
	for n, one := range all {
		if _, is := slices.BinarySearch(places, n); !is {
			left = append(left, one)
		}
	}
	return left
}

func (s *Service) finishTogether(ctx context.Context, some []endingBy) error {
	by := make([]gate.Asker, len(some))
	var wrong []int
	for i, e := range some {
		if by[i] = e.by; e.check() != nil {
			wrong = append(wrong, i)
		}
	}
	if len(wrong) > 0 {
		return &gate.NotAll{Which: wrong}
	}
	var rows []*row
	return gate.DoAll(ctx, s.gate, by[0].Who, gate.All{
		Name: "job.finish",
		By:   by,
		On: func(tx *gate.Tx) (on []authz.Resource, err error) {
			rows, on, err = allUnder(tx, some)
			return on, err
		},
		Apply: func(tx *gate.Tx) ([]gate.Written, error) { return s.finish(tx, rows, some) },
	})
}

// allUnder is under for many leases, each of another job: gate.NotAll unless
// their nodes hold all of them.
func allUnder(tx *gate.Tx, some []endingBy) ([]*row, []authz.Resource, error) {
	locked, err := lockAll(tx, some)
	if err != nil {
		return nil, nil, err
	}
	rows, on, seen := make([]*row, len(some)), make([]authz.Resource, len(some)), map[remit.JobID]bool{}
	var misfits []int
	for i, e := range some {
		at, found := slices.BinarySearchFunc(locked, e.Job, func(j row, id remit.JobID) int { return strings.Compare(string(j.ID), string(id)) })
		if !found || seen[e.Job] || e.by.Who.Kind != authz.Node || !locked[at].holds(e.by.Who.ID, e.Lease) {
			misfits = append(misfits, i)
			continue
		}
		seen[e.Job] = true
		rows[i], on[i] = &locked[at], locked[at].resource()
		on[i].Facts |= authz.HeldLock | authz.HoldsLock
	}
	if len(misfits) > 0 {
		return nil, nil, &gate.NotAll{Which: misfits}
	}
	return rows, on, nil
}
