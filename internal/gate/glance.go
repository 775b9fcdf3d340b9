package gate

import (
	"context"
	"sync"
	"time"
)

// glances read the policy version for many requests at once. Who asks while
// one reading is under way waits for the next: it begins after they asked, so
// it sees whatever was committed before (R18).
type glances struct {
	mu   sync.Mutex
	next *glance // has not begun; nil = nobody waits for it
	busy bool    // one is under way
}

type glance struct {
	done    chan struct{}
	version int64
	err     error
}

// patience bounds one reading: those who wait may leave before.
const patience = 10 * time.Second

// version is what read returns when called from now on.
func (g *glances) version(ctx context.Context, read func(context.Context) (int64, error)) (int64, error) {
	mine := g.join(read)
	select {
	case <-mine.done:
		return mine.version, mine.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func (g *glances) join(read func(context.Context) (int64, error)) *glance {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next = &glance{done: make(chan struct{})}
	}
	if !g.busy {
		g.busy = true
		go g.run(read)
	}
	return g.next
}

// run reads until nobody waits.
func (g *glances) run(read func(context.Context) (int64, error)) {
	for one := g.begin(); one != nil; one = g.begin() {
		ctx, done := context.WithTimeout(context.Background(), patience)
		one.version, one.err = read(ctx)
		done()
		close(one.done)
	}
}

func (g *glances) begin() *glance {
	g.mu.Lock()
	defer g.mu.Unlock()
	one := g.next
	g.next, g.busy = nil, one != nil
	return one
}
