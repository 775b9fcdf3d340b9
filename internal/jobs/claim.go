package jobs

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
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
	Assignment *remit.Assignment // nil when no job fits
	Held       int               // jobs that were held instead, since their runner may not run them (R26)
}

// maxTries bounds how many jobs one claim looks at.
const maxTries = 200

// Waiting says whether a claim may find a job; it takes no lock.
func (s *Service) Waiting(r *gate.Reader, node NodeInfo, w Want) (bool, error) {
	keys, err := fitting(r, node, w)
	if err != nil {
		return false, err
	}
	next, err := candidates(r, node, keys, r.Now(), nil)
	return len(next) > 0, err
}

// Claim gives the node its next job, in the transaction of the node's claim:
// highest priority first, then the longest in the queue. The runner's run
// right is checked again, and that owner and runner may read what the job is
// on (R26); where not, the job is held and the next one tried.
func (s *Service) Claim(tx *gate.Tx, node NodeInfo, w Want) (c Claimed, err error) {
	keys, err := fitting(&tx.Reader, node, w)
	if err != nil {
		return c, err
	}
	var tried, skipped []remit.JobID
	for len(tried) < maxTries {
		next, err := candidates(tx, node, keys, tx.Now(), tried)
		if err != nil {
			return c, err
		}
		for _, id := range next {
			tried = append(tried, id)
			free, err := s.try(tx, node, id, tx.Dialect().SkipLocked, &c)
			if err != nil || c.Assignment != nil {
				return c, err
			}
			if !free {
				skipped = append(skipped, id)
			}
		}
		if len(next) == 0 {
			return c, s.trySkipped(tx, node, skipped, &c)
		}
	}
	return c, nil
}

// trySkipped waits for the jobs that others had locked: not all of those have
// claimed them, and nobody would tell this node. It waits only while it holds
// no job itself, so that no two claims wait for each other.
func (s *Service) trySkipped(tx *gate.Tx, node NodeInfo, skipped []remit.JobID, c *Claimed) error {
	for _, id := range skipped {
		if c.Assignment != nil || c.Held > 0 {
			return nil
		}
		if _, err := s.try(tx, node, id, tx.Dialect().ForUpdate, c); err != nil {
			return err
		}
	}
	return nil
}

// fitting are the keys of the types that the node can work on.
func fitting(r *gate.Reader, node NodeInfo, w Want) ([]string, error) {
	all, err := types(r)
	var keys []string
	for _, t := range all {
		if node.takes(t, w) {
			keys = append(keys, t.Key)
		}
	}
	return keys, err
}

// try locks one job in the way of lock, and claims or holds it when it is
// still queued. It returns false when it did not get the job.
func (s *Service) try(tx *gate.Tx, node NodeInfo, id remit.JobID, lock string, c *Claimed) (bool, error) {
	j, ok, err := lockQueued(tx, id, lock)
	if err != nil || !ok {
		return false, err
	}
	lent, reason, err := s.admit(&tx.Reader, &j)
	if err != nil {
		return true, err
	}
	if reason != "" {
		c.Held++
		return true, hold(tx, &j, reason)
	}
	inputs, err := lent.inputs(&tx.Reader)
	if err != nil {
		return true, err
	}
	c.Assignment, err = s.assign(tx, node, &j, inputs)
	return true, err
}

const heldForRight = "right"

func hold(tx *gate.Tx, j *row, reason string) error {
	err := move(tx, j, Hold, func(j *row) { j.Held, j.HeldFor = reason, heldForRight })
	if err != nil {
		return err
	}
	return tx.Record("job.hold", j.Project, string(j.ID), reason)
}

// assign gives the lease.
func (s *Service) assign(tx *gate.Tx, node NodeInfo, j *row, inputs []input) (*remit.Assignment, error) {
	now := stored(tx.Now())
	err := move(tx, j, Claim, func(j *row) {
		j.Attempt++
		j.Node, j.NodeName, j.Lease, j.LeaseUntil = node.ID, node.Name, rand.Text(), now.Add(s.opts.LeaseTTL)
		j.Progress, j.NotBefore, j.StartedAt = remit.Progress{}, noTime, nil
	})
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(insertAttempt, j.ID, j.Attempt, j.Node, j.NodeName, j.Lease, now.UnixMicro()); err != nil {
		return nil, fmt.Errorf("opening attempt %d of job %s: %w", j.Attempt, j.ID, err)
	}
	if err := storeInputs(tx, j, distinct(inputs)); err != nil {
		return nil, fmt.Errorf("fixing the inputs of job %s: %w", j.ID, err)
	}
	tx.About(string(j.ID))
	tx.Note("attempt %d by node %s", j.Attempt, j.NodeName)
	return s.assignment(tx, j, inputs)
}

func (s *Service) assignment(tx *gate.Tx, j *row, inputs []input) (*remit.Assignment, error) {
	t, err := typeOf(tx, j.Type)
	if err != nil {
		return nil, err
	}
	slugs, err := projects.Slugs(tx, j.Project)
	if err != nil {
		return nil, err
	}
	secrets, err := s.secrets(tx, j)
	if err != nil {
		return nil, err
	}
	params, err := withSecrets(j.Params, secrets)
	if err != nil {
		return nil, err
	}
	return &remit.Assignment{
		Lease:   j.lease(),
		Project: slugs[j.Project], Type: j.Type, Runner: t.Runner, Command: t.Command, Args: j.Args, Env: t.Env,
		Params: params, Secrets: j.Secrets, On: j.on(), Inputs: offered(j, inputs), TimeLimitS: t.TimeLimitS,
		LeaseTTLS: seconds(s.opts.LeaseTTL), HeartbeatS: seconds(s.opts.Heartbeat),
	}, nil
}

func (j *row) lease() remit.Lease {
	return remit.Lease{Job: j.ID, Attempt: j.Attempt, Lease: j.Lease}
}

// InputPath is where the HTTP API serves an input of a leased job.
func InputPath(l remit.Lease, file remit.FileID) string {
	query := url.Values{"attempt": {strconv.Itoa(l.Attempt)}, "lease": {l.Lease}}
	return fmt.Sprintf("/api/v1/node/jobs/%s/inputs/%s?%s", l.Job, file, query.Encode())
}

func offered(j *row, inputs []input) []remit.Input {
	offers := make([]remit.Input, len(inputs))
	for i, in := range inputs {
		offers[i] = remit.Input{File: in.File, Name: in.Name, Size: in.Size, SHA256: in.SHA256, Param: in.Param, URL: InputPath(j.lease(), in.File)}
	}
	return offers
}

func seconds(d time.Duration) float64 { return d.Seconds() }
