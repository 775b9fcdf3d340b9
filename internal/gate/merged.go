package gate

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Merged makes one call of many that come at once, so that they share a
// transaction and its commit: who comes while one is under way waits for the
// next. Who comes alone is answered at once. Make one with Merge.
type Merged[T, R any] struct {
	do      func(context.Context, []T) []R
	mu      sync.Mutex
	waiting []*merging[T, R]
	busy    bool // one is under way
}

type merging[T, R any] struct {
	ctx  context.Context
	ask  T
	done chan struct{}
	got  R
	err  error
}

// mostMerged bounds one call, and longestMerged its time.
const (
	mostMerged    = 100
	longestMerged = 30 * time.Second
)

// Merge makes a Merged of a function that answers each of what it is asked, in
// that order. It runs in a context of its own: who leaves stops nobody else.
func Merge[T, R any](do func(context.Context, []T) []R) *Merged[T, R] {
	return &Merged[T, R]{do: do}
}

// Call asks, together with others that come at the same time. Who leaves before
// it has begun was never asked for; who leaves later is not told what came of it.
func (m *Merged[T, R]) Call(ctx context.Context, ask T) (R, error) {
	one := m.ask(ctx, ask)[0]
	return one.wait()
}

// CallAll is Call for several at once; errs are those of Call.
func (m *Merged[T, R]) CallAll(ctx context.Context, asks []T) (got []R, errs []error) {
	for _, one := range m.ask(ctx, asks...) {
		answer, err := one.wait()
		got, errs = append(got, answer), append(errs, err)
	}
	return got, errs
}

func (one *merging[T, R]) wait() (none R, err error) {
	select {
	case <-one.done:
		return one.got, one.err
	case <-one.ctx.Done():
		return none, context.Cause(one.ctx)
	}
}

func (m *Merged[T, R]) ask(ctx context.Context, asks ...T) []*merging[T, R] {
	all := make([]*merging[T, R], len(asks))
	for i, ask := range asks {
		all[i] = &merging[T, R]{ctx: ctx, ask: ask, done: make(chan struct{})}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = append(m.waiting, all...)
	if !m.busy {
		m.busy = true
		go m.run()
	}
	return all
}

func (m *Merged[T, R]) run() {
	for some := m.next(); len(some) > 0; some = m.next() {
		m.answer(some)
	}
}

// next are those who wait and have not left; none, and the end, when nobody waits.
func (m *Merged[T, R]) next() (some []*merging[T, R]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(some) == 0 && len(m.waiting) > 0 {
		n := min(len(m.waiting), mostMerged)
		for _, one := range m.waiting[:n] {
			if one.err = context.Cause(one.ctx); one.err != nil {
				close(one.done)
			} else {
				some = append(some, one)
			}
		}
		m.waiting = m.waiting[n:]
	}
	m.busy = len(some) > 0
	return some
}

func (m *Merged[T, R]) answer(some []*merging[T, R]) {
	ctx, done := context.WithTimeout(context.WithoutCancel(some[0].ctx), longestMerged)
	defer done()
	asked := make([]T, len(some))
	for i, one := range some {
		asked[i] = one.ask
	}
	defer func() {
		failed := recover()
		for _, one := range some {
			if failed != nil {
				one.err = fmt.Errorf("merged with others: panic: %v", failed)
			}
			close(one.done)
		}
	}()
	for i, got := range m.do(ctx, asked) {
		some[i].got = got
	}
}
