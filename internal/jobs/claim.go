package jobs

import (
	"cmp"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// NodeInfo is the node that claims.
type NodeInfo struct {
	ID      remit.NodeID
	Name    string
	Project remit.ProjectID // the one it serves
	Site    bool            // it serves every project instead
	Own     bool            // it is the server's own, which alone gets built-in jobs, and gets no others
}

// Want is what a node offers.
type Want struct {
	Types    []string          // job types; none = any
	Runners  []string          // none = any that the node may have
	Labels   map[string]string // a type may require some of them
	CPUs     int
	MemoryMB int
	GPUs     int
}

// takes says whether the node can work on jobs of a type. What runs inside a
// server is for its own node, whatever another one says that it can do.
func (n NodeInfo) takes(t remit.JobType, w Want) bool {
	runner := len(w.Runners) == 0 || slices.Contains(w.Runners, t.Runner)
	if n.Own != (t.Runner == "builtin") || !runner || len(w.Types) > 0 && !slices.Contains(w.Types, t.Key) {
		return false
	}
	for label, value := range t.Resources.Labels {
		if has, ok := w.Labels[label]; !ok || has != value {
			return false
		}
	}
	return w.CPUs >= t.Resources.CPUs && w.MemoryMB >= t.Resources.MemoryMB && w.GPUs >= t.Resources.GPUs
}

// Claimed is what came of a claim.
type Claimed struct {
	Assignments []remit.Assignment // of the first node, the second, …; none when no job fits
	Written     []gate.Written     // of each of them, for the audit log
	Held        int                // jobs that were held instead, since their runner may not run them (R26)
	Busy        bool               // for some there were only jobs that others had locked, of which nobody tells when those leave them
}

// maxHeld bounds how many jobs one claim holds before it gives up looking.
const maxHeld = 200

// Waiting says whether a claim may find a job; it takes no lock.
func (s *Service) Waiting(r *gate.Reader, node NodeInfo, w Want) (bool, error) {
	keys, err := s.fitting(r, node, w)
	if err != nil {
		return false, err
	}
	first, err := heads(r, node, keys, r.Now(), anyPriority)
	return len(first) > 0, err
}

// anyPriority is above all of them.
const anyPriority = remit.MaxPriority + 1

// Claim gives nodes their next jobs, in the transaction of their claims: those of
// the highest priority first, then by turns, see turn.go. The runner's run right
// is checked again, and that owner and runner may read what the job is on (R26);
// where not, the job is held and the next one tried.
//
// Each of the nodes gets one job, the first ones first; a node may be among them
// several times. They differ in nothing but who they are. Claim waits for nobody.
func (s *Service) Claim(tx *gate.Tx, nodes []NodeInfo, w Want) (c Claimed, err error) {
	keys, err := s.fitting(&tx.Reader, nodes[0], w)
	if err != nil {
		return c, err
	}
	given := granting{nodes: nodes}
	if err := s.gather(tx, keys, &given); err != nil {
		return c, err
	}
	c = Claimed{Assignments: given.assignments, Written: given.written, Held: given.held}
	if c.Held == 0 && given.lacks() && tx.Dialect().SkipLocked != "" {
		first, err := heads(tx, nodes[0], keys, tx.Now(), anyPriority)
		c.Busy = len(first) > 0
		return c, err
	}
	return c, nil
}

// granting collects what a claim gives.
type granting struct {
	nodes       []NodeInfo // who gets the first assignment, the second, …
	assignments []remit.Assignment
	written     []gate.Written
	held        int
}

func (g *granting) wants() int { return len(g.nodes) - len(g.assignments) }

// lacks says whether a node got nothing; each gets one before any gets another.
func (g *granting) lacks() bool {
	served := g.nodes[:len(g.assignments)]
	return g.wants() > 0 && !slices.Contains(served, g.nodes[len(served)])
}

// looked is how many jobs were looked at.
func (g *granting) looked() int { return len(g.assignments) + g.held }

// gather takes jobs, without waiting for those that others have locked.
func (s *Service) gather(tx *gate.Tx, keys []string, given *granting) error {
	if len(keys) == 1 {
		return s.share(tx, []head{{key: keys[0]}}, given)
	}
	for level := anyPriority; given.wants() > 0; {
		first, err := heads(tx, given.nodes[0], keys, tx.Now(), level)
		if err != nil || len(first) == 0 {
			return err
		}
		level = *slices.MaxFunc(first, func(a, b head) int { return cmp.Compare(*a.level, *b.level) }).level
		same := slices.DeleteFunc(first, func(h head) bool { return *h.level != level })
		inTurn(same)
		if err := s.share(tx, same, given); err != nil {
			return err
		}
	}
	return nil
}

// share takes alike from types, for as long as they have anything.
func (s *Service) share(tx *gate.Tx, of []head, given *granting) error {
	for looked := -1; looked != given.looked() && given.wants() > 0 && given.held < maxHeld; {
		looked = given.looked()
		each := (given.wants() + len(of) - 1) / len(of)
		for _, h := range of {
			if err := s.take(tx, h, min(each, given.wants()), given); err != nil {
				return err
			}
		}
	}
	return nil
}

// fitting are the keys of the types that the node can work on.
func (s *Service) fitting(r *gate.Reader, node NodeInfo, w Want) ([]string, error) {
	all, err := s.known.all(r)
	var keys []string
	for _, t := range all {
		if node.takes(t, w) {
			keys = append(keys, t.Key)
		}
	}
	return keys, err
}

// take locks the next jobs of a type, and gives or holds them.
func (s *Service) take(tx *gate.Tx, of head, most int, given *granting) error {
	if most <= 0 {
		return nil
	}
	rows, err := lockNext(tx, given.nodes[0], of, most)
	if err != nil {
		return err
	}
	var granted []grant
	for i := range rows {
		g, ok, err := s.judge(tx, &rows[i])
		if err != nil {
			return err
		}
		if !ok {
			given.held++
			continue
		}
		granted = append(granted, g)
	}
	return s.assign(tx, granted, given)
}

// grant is a job with what its attempt may read.
type grant struct {
	*row
	inputs []input
}

// judge holds a job that may not run, and says what another one may read.
func (s *Service) judge(tx *gate.Tx, j *row) (g grant, ok bool, err error) {
	lent, reason, err := s.admit(&tx.Reader, j)
	if err != nil {
		return g, false, err
	}
	if reason != "" {
		return g, false, turnAway(tx, j, lent, reason)
	}
	inputs, err := lent.inputs(&tx.Reader)
	return grant{j, inputs}, true, err
}

const heldForRight = "right"

func hold(tx *gate.Tx, j *row, reason string) error {
	err := move(tx, j, Hold, func(j *row) { j.Held, j.HeldFor = reason, heldForRight })
	if err != nil {
		return err
	}
	return tx.Record("job.hold", j.Project, string(j.ID), reason)
}
