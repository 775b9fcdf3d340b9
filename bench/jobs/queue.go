package jobs

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
)

// Queue is something that jobs are put into, claimed from and finished in, by
// workers with numbers from 0 that do so at once.
type Queue interface {
	Submit(ctx context.Context, worker int, size Batch) error
	// Claim gives up to most jobs of a batch; none when there are none now.
	Claim(ctx context.Context, worker int, size Batch, most int) ([]remit.Lease, error)
	Finish(ctx context.Context, worker int, size Batch, held []remit.Lease) error
	// Mark is called before a turn, Check after it: it returns an error unless
	// n jobs came since Mark and all of them are finished, with their history.
	Mark(ctx context.Context) error
	Check(ctx context.Context, n int) error
	// Clear removes what came since Mark.
	Clear(ctx context.Context) error
}

// Batch is how many jobs one call is about.
type Batch int

// Single is one job by the call that is for one.
const Single Batch = 0

// Jobs is how many they are.
func (b Batch) Jobs() int { return max(int(b), 1) }

func (b Batch) String() string {
	if b == Single {
		return "single"
	}
	return fmt.Sprint(int(b))
}
