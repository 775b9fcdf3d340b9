package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const (
	tellingsAtOnce = 200              // are looked up at once
	sortedAtOnce   = 1000             // messages that are told by default
	receivers      = 8                // are told at the same time
	hooksAtOnce    = 50               // messages to one webhook
	linesAtOnce    = 200              // jobs of which one letter tells in words
	countedAtOnce  = 10_000           // jobs of which one letter tells at all: what is held in memory
	turn           = 30 * time.Second // for all of a look; what is left waits for the next

	patience   = 3 * 24 * time.Hour  // how long a message is tried
	maxRefused = 5                   // tries of a message that the receiver refuses itself (4xx)
	remembered = 30 * 24 * time.Hour // how long what is done is shown
	letters    = time.Minute         // between letters of one notification
)

// backoff is how long after so many failures in a row it is tried again: one
// minute, four times as long each time, a day at most, a fifth more or less.
func backoff(failures int) time.Duration {
	wait := time.Minute
	for range failures - 1 {
		wait = min(4*wait, 24*time.Hour)
	}
	return time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64()))
}

// Send tells what is to be told, and returns how many messages were taken. What
// fails for one receiver keeps no others; run it every few seconds, in one
// process at a time. A message that was taken just before a crash is sent again.
func (s *Service) Send(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, turn)
	defer cancel()
	err := s.sort(ctx)
	due, unlooked := s.look(ctx)
	failed := make([]error, len(due))
	var sent atomic.Int64
	var all sync.WaitGroup
	free := make(chan struct{}, receivers)
	for i, t := range due {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			n, err := s.serve(ctx, t)
			sent.Add(int64(n))
			if err != nil && ctx.Err() == nil {
				failed[i] = fmt.Errorf("telling %s: %w", t.ID, err)
			}
		})
	}
	all.Wait()
	return int(sent.Load()), errors.Join(append(failed, err, unlooked, s.forget(ctx))...)
}

// sort puts what is told by default where it is looked for. It writes only when
// there is any.
func (s *Service) sort(ctx context.Context) error {
	some, err := sending(ctx, s, func(r *gate.Reader) (bool, error) { return db.One(r, db.Value[bool], selectAny) })
	if err != nil || !some {
		return err
	}
	return s.note(ctx, sort)
}

// look finds who has something to be told.
func (s *Service) look(ctx context.Context) ([]row, error) {
	return sending(ctx, s, func(r *gate.Reader) ([]row, error) {
		due, err := db.Rows(r, scanTelling, selectDue, r.Now().UnixMicro(), tellingsAtOnce)
		if err != nil {
			return nil, fmt.Errorf("looking for what is to be told: %w", err)
		}
		return due, nil
	})
}

func sending[R any](ctx context.Context, s *Service, read func(*gate.Reader) (R, error)) (R, error) {
	return gate.View(ctx, s.gate, notifier, gate.Query[R]{Name: "notification.send", Read: read})
}

// note writes down what came of a try.
func (s *Service) note(ctx context.Context, write func(*gate.Tx) error) error {
	_, err := gate.Do(context.WithoutCancel(ctx), s.gate, notifier, gate.Op[struct{}]{
		Name:  "notification.send",
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, write(tx) },
	})
	return err
}

// forget removes what was done long ago. It writes only when there is any.
func (s *Service) forget(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	old, err := sending(ctx, s, func(r *gate.Reader) (bool, error) {
		return db.One(r, db.Value[bool], selectDone, r.Now().Add(-remembered).UnixMicro())
	})
	if err != nil || !old {
		return err
	}
	return s.note(ctx, func(tx *gate.Tx) error {
		_, err := tx.Exec(forgetDone, tx.Now().Add(-remembered).UnixMicro())
		return err
	})
}

func (s *Service) serve(ctx context.Context, t row) (sent int, err error) {
	if t.Kind == byMail {
		return s.mail(ctx, t)
	}
	waiting, err := sending(ctx, s, func(r *gate.Reader) ([]delivery, error) { return waitingOf(r, t, hooksAtOnce) })
	if err != nil {
		return 0, err
	}
	for _, d := range waiting {
		ok, err := s.post(ctx, &t, d)
		if ok {
			sent++
		}
		if err != nil || t.Failures > 0 {
			return sent, err // the others wait with it
		}
	}
	return sent, nil
}

// waitingOf is what waits for a telling, at most so many.
func waitingOf(r *gate.Reader, t row, most int) ([]delivery, error) {
	waiting, err := db.Rows(r, scanDelivery, selectWaiting, t.ID, most)
	if err != nil {
		return nil, fmt.Errorf("reading what waits: %w", err)
	}
	return waiting, nil
}

// drop lets go of what is not to be told.
func (s *Service) drop(ctx context.Context, all ...delivery) error {
	if len(all) == 0 {
		return nil
	}
	return s.note(ctx, func(tx *gate.Tx) error { return execFor(tx, all, deleteDeliveries) })
}
