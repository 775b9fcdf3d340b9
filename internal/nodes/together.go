package nodes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// claim is what one node asks for.
type claim struct {
	by   gate.Asker
	want Want
}

// claimed is what came of a claim.
type claimed struct {
	given []remit.Assignment
	again bool // jobs were held, and none was given: there may be others
	err   error
}

// errNothing rolls claims back that neither claimed nor held anything.
var errNothing = errors.New("nothing to claim")

// claimAll answers claims that came together, in one transaction. One that is
// refused keeps no others.
func (s *Service) claimAll(ctx context.Context, all []claim) []claimed {
	answers := make([]claimed, len(all))
	places := make([]int, len(all))
	for i := range places {
		places[i] = i
	}
	for len(places) > 0 {
		err := s.claimTogether(ctx, all, places, answers)
		if refused, ok := errors.AsType[*gate.NotAll](err); ok {
			i := places[refused.First]
			answers[i].err = s.refusal(ctx, all[i])
			places = slices.Delete(places, refused.First, refused.First+1)
			continue
		}
		if err != nil && !errors.Is(err, errNothing) {
			for _, i := range places {
				answers[i] = claimed{err: fmt.Errorf("claiming for %s: %w", all[i].by.Who.Name, err)}
			}
		}
		break
	}
	return answers
}

// refusal is why somebody may not claim, from the gate.
func (s *Service) refusal(ctx context.Context, c claim) error {
	_, err := gate.Do(gate.WithRequestID(ctx, c.by.Request), s.gate, c.by.Who, gate.Op[struct{}]{
		Name: "job.claim",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			n, err := self(tx, c.by.Who)
			return where(n), err
		},
		Apply: func(*gate.Tx) (struct{}, error) { return struct{}{}, errNothing },
	})
	if errors.Is(err, errNothing) {
		return nil // it may now, and comes again
	}
	return err
}

func (s *Service) claimTogether(ctx context.Context, all []claim, places []int, answers []claimed) error {
	by, rows := make([]gate.Asker, len(places)), make([]row, len(places))
	for i, at := range places {
		by[i] = all[at].by
	}
	return gate.DoAll(ctx, s.gate, by[0].Who, gate.All{
		Name: "job.claim",
		By:   by,
		On: func(tx *gate.Tx) ([]authz.Resource, error) {
			on := make([]authz.Resource, len(places))
			for _, i := range inOrder(by) { // so that no two wait for each other
				var err error
				if rows[i], err = self(tx, by[i].Who); err != nil {
					return nil, &gate.NotAll{First: i}
				}
				on[i] = where(rows[i])
			}
			return on, nil
		},
		Apply: func(tx *gate.Tx) (written []gate.Written, err error) {
			for _, g := range groups(all, places, rows) {
				some, err := s.claimGroup(tx, g, all, places, rows, answers)
				if err != nil {
					return nil, err
				}
				written = append(written, some...)
			}
			if len(written) == 0 {
				return nil, errNothing
			}
			return written, nil
		},
	})
}

// inOrder are the places of those who ask, by their ids.
func inOrder(by []gate.Asker) []int {
	order := make([]int, len(by))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(by[a].Who.ID, by[b].Who.ID) })
	return order
}

// groups are the claims of active nodes that could get the same jobs, in the
// order in which they came.
func groups(all []claim, places []int, rows []row) (groups [][]int) {
	at := map[string]int{}
	for i, n := range rows {
		if n.State != remit.NodeActive {
			continue
		}
		same := fmt.Sprint(n.ProjectID, n.Own, all[places[i]].want.Want)
		g, known := at[same]
		if !known {
			g, groups = len(groups), append(groups, nil)
			at[same] = g
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// claimGroup gives each of a group one job, then each another one, up to what it wants.
func (s *Service) claimGroup(tx *gate.Tx, group []int, all []claim, places []int, rows []row, answers []claimed) ([]gate.Written, error) {
	var slots []int
	for round, added := 0, true; added; round++ {
		added = false
		for _, i := range group {
			if all[places[i]].want.Max > round {
				slots, added = append(slots, i), true
			}
		}
	}
	nodes := make([]jobs.NodeInfo, len(slots))
	for i, slot := range slots {
		nodes[i] = rows[slot].info()
	}
	c, err := s.jobs.Claim(tx, nodes, all[places[group[0]]].want.Want)
	if err != nil {
		return nil, err
	}
	for i, a := range c.Assignments {
		answers[places[slots[i]]].given = append(answers[places[slots[i]]].given, a)
		c.Written[i].Of = slots[i]
	}
	if c.Held > 0 && len(c.Assignments) == 0 {
		for _, i := range group {
			answers[places[i]].again = true
		}
		c.Written = []gate.Written{{Of: group[0], Note: fmt.Sprintf("node %s got nothing; %d jobs were held", rows[group[0]].Name, c.Held)}}
	}
	return c.Written, nil
}
