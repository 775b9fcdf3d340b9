package agent

import (
	"context"
	"sync"
	"time"

	"github.com/remit-server/remit"
)

// beats renews a lease in the background.
type beats struct {
	stop context.CancelFunc
	done sync.WaitGroup
}

// keepLease renews the lease until end is called. It ends the task's context
// when the job was cancelled, when the server says that the lease is lost,
// and when no renewal came through for as long as the lease lives: then
// another node may have the job already.
func (t *task) keepLease(ctx context.Context, cancel context.CancelCauseFunc) *beats {
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	b := &beats{stop: stop}
	b.done.Go(func() {
		expiry := time.AfterFunc(seconds(t.LeaseTTLS), func() { cancel(errLeaseLost) })
		defer expiry.Stop()
		ticker := time.NewTicker(seconds(t.HeartbeatS))
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-beating.Done():
				return
			}
			t.beat(beating, cancel, expiry)
		}
	})
	return b
}

func (t *task) beat(ctx context.Context, cancel context.CancelCauseFunc, expiry *time.Timer) {
	renewal, err := t.client.Heartbeat(ctx, t.Lease)
	switch {
	case ctx.Err() != nil:
	case err == nil:
		expiry.Reset(seconds(renewal.LeaseTTLS))
		if renewal.Cancel {
			cancel(errCancelled)
		}
	case remit.KindOf(err) == remit.Unavailable, remit.KindOf(err) == remit.Internal:
		t.log.Warn("heartbeat did not get through", "error", err)
	default:
		t.log.Warn("heartbeat refused", "error", err)
		cancel(errLeaseLost)
	}
}

// end stops renewing.
func (b *beats) end() {
	b.stop()
	b.done.Wait()
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
