package nodes

import (
	"context"
	"encoding/json"
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
	again bool // it got nothing, and there may be jobs for it
	busy  bool // it got nothing, and others have locked what there is
	err   error
}

// errNothing rolls claims back that neither claimed nor held anything.
var errNothing = errors.New("nothing to claim")

// claimAll answers claims that came together, in one transaction. One that is
// refused keeps no others.
func (s *Service) claimAll(ctx context.Context, all []claim) []claimed {
	answers, places := make([]claimed, len(all)), make([]int, len(all))
	for i := range places {
		places[i] = i
	}
	for len(places) > 0 {
		m := s.meet(all, places)
		err := m.claim(ctx)
		if refused, ok := errors.AsType[*gate.NotAll](err); ok {
			var left []int
			for n, i := range places {
				if slices.Contains(refused.Which, n) {
					answers[i].err = s.refusal(ctx, all[i])
				} else {
					left = append(left, i)
				}
			}
			places = left
			continue
		}
		for n, i := range places {
			answers[i] = m.answer(n, err)
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
			w, err := s.self(&tx.Reader, c.by.Who)
			return w.where(), err
		},
		Apply: func(*gate.Tx) (struct{}, error) { return struct{}{}, errNothing },
	})
	if errors.Is(err, errNothing) {
		return nil // it may now, and comes again
	}
	return err
}

// meeting is a transaction of several claims.
type meeting struct {
	*Service
	claims  []claim
	nodes   []worker // of the claims
	answers []claimed
}

func (s *Service) meet(all []claim, places []int) *meeting {
	m := &meeting{Service: s, nodes: make([]worker, len(places)), answers: make([]claimed, len(places))}
	for _, i := range places {
		m.claims = append(m.claims, all[i])
	}
	return m
}

// answer is that of one claim, after the transaction ended with err.
func (m *meeting) answer(n int, err error) claimed {
	if err != nil && !errors.Is(err, errNothing) {
		return claimed{err: fmt.Errorf("claiming for %s: %w", m.claims[n].by.Who.Name, err)}
	}
	return m.answers[n]
}

func (m *meeting) claim(ctx context.Context) error {
	by := make([]gate.Asker, len(m.claims))
	for i, c := range m.claims {
		by[i] = c.by
	}
	return gate.DoAll(ctx, m.gate, by[0].Who, gate.All{Name: "job.claim", By: by, On: m.locate, Apply: m.apply})
}

func (m *meeting) locate(tx *gate.Tx) ([]authz.Resource, error) {
	on := make([]authz.Resource, len(m.claims))
	var gone []int
	for i, c := range m.claims {
		var err error
		m.nodes[i], err = m.self(&tx.Reader, c.by.Who)
		switch {
		case remit.KindOf(err) == remit.NotFound:
			gone = append(gone, i)
		case err != nil:
			return nil, err
		}
		on[i] = m.nodes[i].where()
	}
	if len(gone) > 0 {
		return nil, &gate.NotAll{Which: gone}
	}
	return on, nil
}

// apply gives to each group. It waits for nobody, for all who claim at this server
// wait for it.
func (m *meeting) apply(tx *gate.Tx) (written []gate.Written, err error) {
	for _, same := range m.groups() {
		some, err := m.give(tx, same)
		if err != nil {
			return nil, err
		}
		written = append(written, some...)
	}
	if len(written) == 0 {
		return nil, errNothing
	}
	return written, nil
}

// groups are the places of active nodes that could get the same jobs, in the
// order in which they came.
func (m *meeting) groups() (groups [][]int) {
	at := map[string]int{}
	for i, n := range m.nodes {
		if n.state != remit.NodeActive {
			continue
		}
		same := alike(n, m.claims[i].want.Want)
		g, known := at[same]
		if !known {
			g, groups = len(groups), append(groups, nil)
			at[same] = g
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// alike tells apart what is offered by nodes that cannot get the same jobs.
func alike(n worker, want jobs.Want) string {
	text, _ := json.Marshal([]any{n.Project, n.Own, want}) // plain values
	return string(text)
}

// give gives jobs to a group: each node one, then each another one, up to what it
// wants. Jobs that are held are so by the first of them.
func (m *meeting) give(tx *gate.Tx, group []int) ([]gate.Written, error) {
	tx.AskedBy(group[0])
	order := m.shares(group)
	nodes := make([]jobs.NodeInfo, len(order))
	for n, i := range order {
		nodes[n] = m.nodes[i].NodeInfo
	}
	c, err := m.jobs.Claim(tx, nodes, m.claims[group[0]].want.Want)
	if err != nil {
		return nil, err
	}
	for n, a := range c.Assignments {
		m.answers[order[n]].given = append(m.answers[order[n]].given, a)
		c.Written[n].Of = order[n]
	}
	for _, i := range group {
		nothing := len(m.answers[i].given) == 0
		m.answers[i].again, m.answers[i].busy = nothing && c.Held > 0, nothing && c.Busy
	}
	if c.Held == 0 || len(c.Assignments) > 0 {
		return c.Written, nil
	}
	note := fmt.Sprintf("node %s got nothing; %d jobs were held", m.nodes[group[0]].Name, c.Held)
	return []gate.Written{{Of: group[0], Note: note}}, nil
}

// mostGiven bounds the jobs that one transaction gives.
const mostGiven = 500

// shares is who of a group gets the first job, the second, and so on.
func (m *meeting) shares(group []int) (order []int) {
	for round, more := 0, true; more; round++ {
		more = false
		for _, i := range group {
			if m.claims[i].want.Max > round && len(order) < mostGiven {
				order, more = append(order, i), true
			}
		}
	}
	return order
}
