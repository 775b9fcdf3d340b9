package nodes

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// Want is what a node offers, and how long it waits.
type Want struct {
	jobs.Want
	Slots   int           // jobs that it works on at once, as lists of nodes show; 0 = as before
	Max     int           // jobs in one answer; 0 = 1
	Wait    time.Duration // until a job fits; 0 = not at all, at most MaxWait
	Version string        // of the node's program
	Session string        // what the program calls itself; "" = it does not say
}

// Bounds of a claim.
const (
	MaxWait  = time.Minute
	maxAtOne = 100 // jobs in one answer
)

func (w *Want) complete() error {
	w.Max = max(w.Max, 1)
	switch {
	case w.Max > maxAtOne:
		return invalid("max", "A claim gives at most %d jobs", maxAtOne)
	case w.Slots < 0 || w.Slots > MaxSlots:
		return invalid("slots", "A node has 1 to %d slots, not %d", MaxSlots, w.Slots)
	case w.Wait < 0 || w.Wait > MaxWait:
		return invalid("wait", "A claim waits from 0 to %s", MaxWait)
	case len(w.Types) > 1000 || len(w.Version) > 200:
		return invalid("types", "Too much: at most 1000 types and a version of 200 bytes")
	case !remit.IsText(w.Version):
		return invalid("version", "A version is text without zero bytes")
	}
	return checkSession(w.Session)
}

// Claim gives the node up to want.Max jobs, each under a lease of its own. It
// waits until there is one, for want.Wait; none is an empty list. A node that
// is not active gets nothing. When ctx ends, it returns at once.
//
// A node that was restarted gets nothing of its old jobs: Held tells them. While
// another program works as the node it is remit.Conflict "node_busy".
func (s *Service) Claim(ctx context.Context, who authz.Subject, want Want) ([]remit.Assignment, error) {
	if err := want.complete(); err != nil {
		return nil, err
	}
	if err := s.arrive(ctx, who, want); err != nil {
		return nil, err
	}
	events, stop := s.gate.Subscribe("queue") // before looking, so that nothing is missed in between
	defer stop()
	deadline := time.NewTimer(want.Wait)
	defer deadline.Stop()
	again := time.NewTicker(s.jobs.HeartbeatEvery())
	defer again.Stop()
	for first := true; ; first = false {
		c, err := s.claimIf(ctx, who, want, first)
		if err != nil || len(c.given) > 0 {
			return c.given, err
		}
		var free <-chan time.Time
		if c.busy {
			free = time.After(longestPause)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-deadline.C:
			return []remit.Assignment{}, nil
		case _, open := <-events:
			if !open || !gate.Drain(events) {
				events = nil // the database is closing; the next look fails
			}
		case <-free: // nobody tells of a job that others had locked and leave
		case <-again.C: // a back-off may be over; and it lives
			if err := s.arrive(ctx, who, want); err != nil {
				return nil, err
			}
		}
	}
}

// arrive notes that the node lives and what it offers, without an audit entry;
// what it said lately it need not say again.
func (s *Service) arrive(ctx context.Context, who authz.Subject, want Want) error {
	offer, now := fmt.Sprint(want.Slots, " ", want.Version, "\n", want.Session, "\n")+strings.Join(want.Types, "\n"), s.gate.Now()
	last, known := s.arrivals.Load(who.ID)
	if a, _ := last.(arrival); known && a.offer == offer && now.Before(a.at.Add(s.jobs.HeartbeatEvery()/2)) {
		return nil
	}
	err := s.writeArrival(ctx, who, want)
	if err == nil {
		s.arrivals.Store(who.ID, arrival{offer, now})
	}
	return err
}

// arrival is what a node offered when it came to claim.
type arrival struct {
	offer string
	at    time.Time
}

func (s *Service) writeArrival(ctx context.Context, who authz.Subject, want Want) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "node.arrive",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			w, err := s.self(&tx.Reader, who)
			return resource(w.ID, w.Project, who), err
		},
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, s.noteArrival(tx, remit.NodeID(who.ID), want) },
	})
	return err
}

func (s *Service) noteArrival(tx *gate.Tx, id remit.NodeID, want Want) error {
	n, err := find(tx, id)
	if err != nil {
		return err
	}
	if err := s.alone(&tx.Reader, n, want.Session); err != nil {
		return err
	}
	types := want.Types
	if types == nil {
		types = []string{}
	}
	_, err = tx.Exec(updateOffer, id, tx.Now().UnixMicro(), db.JSON(types), want.Version, want.Slots, want.Session)
	return err
}

// claimIf claims when there is something, for which others that wait may look at
// the same moment; who comes first just tries.
func (s *Service) claimIf(ctx context.Context, who authz.Subject, want Want, first bool) (claimed, error) {
	if !first {
		waiting, err := s.waiting(ctx, who, want)
		if err != nil || !waiting {
			return claimed{}, err
		}
	}
	return s.claimNow(ctx, who, want)
}

// Others have jobs locked for milliseconds; who found only such ones looks again
// after pauses that grow, a second in all.
const (
	shortestPause = 5 * time.Millisecond
	longestPause  = 640 * time.Millisecond
)

// claimNow claims what there is, together with others that claim at the same
// time: once more when that only held jobs, and when others have locked all.
func (s *Service) claimNow(ctx context.Context, who authz.Subject, want Want) (claimed, error) {
	for pause := shortestPause; ; {
		c, left := s.claims.Call(ctx, claim{gate.AskerOf(ctx, who), want})
		err := cmp.Or(left, c.err)
		switch {
		case err == nil && c.again:
			continue
		case err != nil || !c.busy || pause > longestPause:
			return c, err
		}
		select {
		case <-ctx.Done():
			return c, context.Cause(ctx)
		case <-time.After(pause):
			pause *= 2
		}
	}
}

// waiting looks for a job without a lock, so that idle nodes stand in nobody's way.
func (s *Service) waiting(ctx context.Context, who authz.Subject, want Want) (bool, error) {
	var w worker
	return gate.View(ctx, s.gate, who, gate.Query[bool]{
		Name: "job.claim",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			w, err = s.self(r, who)
			return w.where(), err
		},
		Read: func(r *gate.Reader) (bool, error) {
			if w.state != remit.NodeActive {
				return false, nil
			}
			return s.jobs.Waiting(r, w.NodeInfo, want.Want)
		},
	})
}
