package jobs

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// assign gives the leases, all with the same few statements.
func (s *Service) assign(tx *gate.Tx, granted []grant, given *granting) error {
	if len(granted) == 0 {
		return nil
	}
	now, nodes := stored(tx.Now()), given.nodes[len(given.assignments):]
	steps := make([]step, len(granted))
	for i, g := range granted {
		var err error
		steps[i], err = g.step(Claim, func(j *row) {
			j.Attempt++
			j.Node, j.NodeName, j.Lease, j.LeaseUntil = nodes[i].ID, nodes[i].Name, rand.Text(), now.Add(s.opts.LeaseTTL)
			j.Progress, j.NotBefore, j.StartedAt = remit.Progress{}, noTime, nil
		})
		if err != nil {
			return err
		}
	}
	if err := moveAll(tx, steps...); err != nil {
		return err
	}
	if err := openAttempts(tx, granted, now); err != nil {
		return err
	}
	for _, g := range granted {
		a, err := s.assignment(tx, g.row, g.inputs)
		if err != nil {
			return err
		}
		given.written = append(given.written, gate.Written{Project: g.Project, Thing: string(g.ID), Note: fmt.Sprintf("attempt %d by node %s", g.Attempt, g.NodeName)})
		given.assignments = append(given.assignments, a)
	}
	return nil
}

// openAttempts writes that they have begun, and fixes what they may read.
func openAttempts(tx *gate.Tx, all []grant, now time.Time) error {
	var args []any
	for _, g := range all {
		args = append(args, g.ID, g.Attempt, g.Node, g.NodeName, g.Lease, "claimed", now.UnixMicro())
	}
	if _, err := tx.ExecMany(insertAttempts, args...); err != nil {
		return fmt.Errorf("opening attempt %d of job %s: %w", all[0].Attempt, all[0].ID, err)
	}
	for _, g := range all {
		if err := storeInputs(tx, g.row, distinct(g.inputs)); err != nil {
			return fmt.Errorf("fixing the inputs of job %s: %w", g.ID, err)
		}
		if err := storeTaken(tx, g.row, g.inputs); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) assignment(tx *gate.Tx, j *row, inputs []input) (a remit.Assignment, err error) {
	t, err := s.known.typeOf(&tx.Reader, j.Type)
	if err != nil {
		return a, err
	}
	slug, err := s.known.slug(&tx.Reader, j.Project)
	if err != nil {
		return a, err
	}
	secrets, err := s.secrets(tx, j)
	if err != nil {
		return a, err
	}
	params, err := withSecrets(j.Params, secrets)
	if err != nil {
		return a, err
	}
	return remit.Assignment{
		Lease:   j.lease(),
		Project: slug, Type: j.Type, Runner: t.Runner, Command: t.Command, Args: j.Args, Env: t.Env,
		Params: params, Secrets: j.Secrets, On: j.on(), Inputs: offered(j, inputs), TimeLimitS: t.TimeLimitS,
		LeaseTTLS: seconds(s.opts.LeaseTTL), HeartbeatS: seconds(s.opts.Heartbeat),
	}, nil
}

func (j *row) lease() remit.Lease {
	return remit.Lease{Job: j.ID, Attempt: j.Attempt, Lease: j.Lease}
}

// inputPath is where the HTTP API serves an input of a leased job.
func inputPath(l remit.Lease, file remit.FileID) string {
	query := url.Values{"attempt": {strconv.Itoa(l.Attempt)}, "lease": {l.Lease}}
	return fmt.Sprintf("/api/v1/node/jobs/%s/inputs/%s?%s", l.Job, file, query.Encode())
}

func offered(j *row, inputs []input) []remit.Input {
	offers := make([]remit.Input, len(inputs))
	for i, in := range inputs {
		offers[i] = remit.Input{File: in.File, Name: in.Name, Size: in.Size, SHA256: in.SHA256, Param: in.Param, URL: inputPath(j.lease(), in.File)}
		in.taken.offer(j.lease(), &offers[i])
	}
	return offers
}

func seconds(d time.Duration) float64 { return d.Seconds() }
