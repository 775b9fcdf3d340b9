package jobs

import (
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
	Assignments []remit.Assignment // none when no job fits
	Held        int                // jobs that were held instead, since their runner may not run them (R26)
}

// maxTries bounds how many jobs one claim looks at, besides those that it gives.
const maxTries = 200

// Waiting says whether a claim may find a job; it takes no lock.
func (s *Service) Waiting(r *gate.Reader, node NodeInfo, w Want) (bool, error) {
	keys, err := s.fitting(r, node, w)
	if err != nil {
		return false, err
	}
	next, err := candidates(r, node, keys, r.Now(), 1, nil)
	return len(next) > 0, err
}

// Claim gives the node its next jobs, at most so many, in the transaction of the
// node's claim: highest priority first, then by turns. The runner's run
// right is checked again, and that owner and runner may read what the job is
// on (R26); where not, the job is held and the next one tried.
func (s *Service) Claim(tx *gate.Tx, node NodeInfo, w Want, most int) (c Claimed, err error) {
	keys, err := s.fitting(&tx.Reader, node, w)
	if err != nil {
		return c, err
	}
	given := granting{node: node, most: most}
	var tried, skipped []remit.JobID
	for given.wants() > 0 && len(tried) < maxTries+most {
		next, err := candidates(tx, node, keys, tx.Now(), ahead(given.wants()), tried)
		if err != nil {
			return c, err
		}
		if len(next) == 0 {
			if err := s.trySkipped(tx, skipped, &given); err != nil {
				return c, err
			}
			break
		}
		tried = append(tried, next...)
		if next, err = s.tryAll(tx, next, &given); err != nil {
			return c, err
		}
		skipped = append(skipped, next...)
	}
	c.Held = given.held
	c.Assignments, err = s.assign(tx, given)
	return c, err
}

// granting collects what a claim gives.
type granting struct {
	node NodeInfo
	most int
	jobs []grant
	held int
}

// grant is a job with what its attempt may read.
type grant struct {
	*row
	inputs []input
}

func (g *granting) wants() int { return g.most - len(g.jobs) }

// tryAll tries the next jobs in their order, without waiting for any, and
// returns those that it could not get.
func (s *Service) tryAll(tx *gate.Tx, next []remit.JobID, given *granting) ([]remit.JobID, error) {
	for {
		wanted := given.wants()
		taken, err := s.try(tx, next, tx.Dialect().SkipLocked, given)
		next = slices.DeleteFunc(next, func(id remit.JobID) bool { return slices.Contains(taken, id) })
		if err != nil || len(taken) < wanted || given.wants() == 0 {
			return next, err
		}
	}
}

// trySkipped waits for the jobs that others had locked: not all of those have
// claimed them, and nobody would tell this node. It waits only while it holds
// no job itself, so that no two claims wait for each other.
func (s *Service) trySkipped(tx *gate.Tx, skipped []remit.JobID, given *granting) error {
	for _, id := range skipped {
		if len(given.jobs) > 0 || given.held > 0 {
			return nil
		}
		if _, err := s.try(tx, []remit.JobID{id}, tx.Dialect().ForUpdate, given); err != nil {
			return err
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

// try locks jobs in the way of lock, and gives or holds those that are still
// queued. It returns which ones it got.
func (s *Service) try(tx *gate.Tx, ids []remit.JobID, lock string, given *granting) (taken []remit.JobID, err error) {
	rows, err := lockQueued(tx, ids, given.wants(), lock)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		j := &rows[i]
		taken = append(taken, j.ID)
		lent, reason, err := s.admit(&tx.Reader, j)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			given.held++
			if err := hold(tx, j, reason); err != nil {
				return nil, err
			}
			continue
		}
		inputs, err := lent.inputs(&tx.Reader)
		if err != nil {
			return nil, err
		}
		given.jobs = append(given.jobs, grant{j, inputs})
	}
	return taken, nil
}

const heldForRight = "right"

func hold(tx *gate.Tx, j *row, reason string) error {
	err := move(tx, j, Hold, func(j *row) { j.Held, j.HeldFor = reason, heldForRight })
	if err != nil {
		return err
	}
	return tx.Record("job.hold", j.Project, string(j.ID), reason)
}
