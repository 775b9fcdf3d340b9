package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/remit-server/remit/bench/authz"
)

// Field is several peers with the same site in them.
type Field struct {
	Site  Site
	Peers []Peer
	Ways  []Way // of all peers
}

// Start runs the peers, each with a folder of its own in dir. Stop what was
// started even when it fails.
func Start(ctx context.Context, dir string, peers []Peer, s Site) (*Field, error) {
	f := &Field{Site: s}
	for i, p := range peers {
		own := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			return f, err
		}
		f.Peers = append(f.Peers, p)
		if err := p.Start(ctx, own, s); err != nil {
			return f, fault(p.Name(), err)
		}
		f.Ways = append(f.Ways, p.Ways()...)
	}
	return f, nil
}

// Stop ends all processes.
func (f *Field) Stop() error {
	var errs []error
	for _, p := range f.Peers {
		errs = append(errs, p.Stop())
	}
	return errors.Join(errs...)
}

// settling is longer than the caches of any peer live.
const settling = 12 * time.Second

// settle waits until ways whose answers may be old know what was written.
func (f *Field) settle(ctx context.Context) error {
	if !slices.ContainsFunc(f.Ways, func(w Way) bool { return w.Stale }) {
		return nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(settling):
		return nil
	}
}

// Verify asks n questions of every way and judges each answer.
func (f *Field) Verify(ctx context.Context, n int) error {
	if err := f.settle(ctx); err != nil {
		return err
	}
	asked := f.Site.Questions(n)
	for _, w := range f.asking(func(w Way) bool { return w.Check != nil }) {
		if err := w.verify(ctx, asked); err != nil {
			return fault(w.Name, err)
		}
	}
	return nil
}

// verify asks some questions at once.
func (w Way) verify(ctx context.Context, asked []authz.Question) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var all sync.WaitGroup
	for some := range slices.Chunk(asked, 1+len(asked)/16) {
		all.Go(func() {
			var buf bytes.Buffer
			for _, q := range some {
				if err := w.client.Do(ctx, w.Check(q), &buf); err != nil {
					stop(fmt.Errorf("%+v: %w", q, err))
					return
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// asking are the ways for which has says so.
func (f *Field) asking(has func(Way) bool) []Way {
	return slices.DeleteFunc(slices.Clone(f.Ways), func(w Way) bool { return !has(w) })
}

// questions is how many different ones are asked under load: a small part of
// those there are, so what is cached is of more use than in life.
const questions = 16_384

// Checks measures one check in one request.
func (f *Field) Checks(ctx context.Context, p Plan) ([]Measured, error) {
	asked := f.Site.Questions(questions)
	return measure(ctx, p, f.asking(func(w Way) bool { return w.Check != nil }), func(w Way) (calls []Call) {
		for _, q := range asked {
			calls = append(calls, w.Check(q))
		}
		return calls
	})
}

// Everything measures all permissions of one person on one thing in one
// request; never by more than sixteen at once, which takes some many seconds.
func (f *Field) Everything(ctx context.Context, p Plan) ([]Measured, error) {
	p.Workers = slices.DeleteFunc(slices.Clone(p.Workers), func(n int) bool { return n > 16 })
	asked := f.Site.Questions(questions / 16)
	return measure(ctx, p, f.asking(func(w Way) bool { return w.All != nil }), func(w Way) (calls []Call) {
		for _, q := range asked {
			calls = append(calls, w.All(q, f.Site.Everything(q)))
		}
		return calls
	})
}

// Listed is how long a way takes to list what a person sees: medians over the people.
type Listed struct {
	Way    string
	Took   time.Duration // when nobody asked for it before
	Again  time.Duration // at best, once it was asked for and while nothing changes
	Things int           // in the median list
}

// Lists measures "what may this user see", one list at a time.
func (f *Field) Lists(ctx context.Context, p Plan) ([]Listed, error) {
	for _, peer := range f.Peers {
		if err := peer.AddThings(ctx, f.Site); err != nil {
			return nil, fault(peer.Name(), err)
		}
	}
	if err := f.settle(ctx); err != nil {
		return nil, err
	}
	ways := f.asking(func(w Way) bool { return w.List != nil })
	measured := make([]lists, len(ways))
	for n, user := range f.Site.Seers[:min(p.Users+1, len(f.Site.Seers))] {
		want := f.Site.Visible(user)
		for i, w := range ways {
			l, err := f.list(ctx, w, user, want, p.Rounds)
			if err != nil {
				return nil, fault(w.Name, err)
			}
			if n > 0 { // the first warms up
				measured[i] = append(measured[i], l)
			}
		}
	}
	return listed(ways, measured), nil
}

// lists are those of one way, by user.
type lists []Listed

// list reads a user's list several times; the lists must be what is wanted.
func (f *Field) list(ctx context.Context, w Way, user int, want []int, rounds int) (Listed, error) {
	l := Listed{Things: len(want)}
	for round := range rounds + 1 {
		begun := time.Now()
		got, err := w.List(ctx, user)
		took := time.Since(begun)
		if err != nil {
			return l, err
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return l, fmt.Errorf("%s sees %d things, want %d", f.Site.Users[user].Name, len(got), len(want))
		}
		switch {
		case round == 0:
			l.Took = took
		case round == 1 || took < l.Again:
			l.Again = took
		}
	}
	return l, nil
}

func listed(ways []Way, measured []lists) (all []Listed) {
	for i, w := range ways {
		all = append(all, Listed{w.Name, median(measured[i], func(l Listed) time.Duration { return l.Took }),
			median(measured[i], func(l Listed) time.Duration { return l.Again }), median(measured[i], func(l Listed) int { return l.Things })})
	}
	return all
}
