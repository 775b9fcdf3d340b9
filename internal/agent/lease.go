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
// another node may have the job already. A lease counts from before the call
// that got it, as nobody knows how long the answer was under way.
func (t *task) keepLease(ctx context.Context, cancel context.CancelCauseFunc) *beats {
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	b := &beats{stop: stop}
	left, beatNow := t.claimedLease()
	expiry := time.AfterFunc(left, func() { cancel(errLeaseLost) })
	b.done.Go(func() {
		defer expiry.Stop()
		ticker := time.NewTicker(seconds(t.HeartbeatS))
		defer ticker.Stop()
		for {
			if beatNow {
				t.beat(beating, cancel, expiry)
			}
			select {
			case <-ticker.C:
				beatNow = true
			case <-beating.Done():
				return
			}
		}
	})
	return b
}

// claimedLease is what is left of the lease that came with the claim. A claim
// may have waited long for a job, and then how old its lease is cannot be
// told: it is renewed at once.
func (t *task) claimedLease() (left time.Duration, renew bool) {
	if t.took >= seconds(t.HeartbeatS) {
		return seconds(t.LeaseTTLS), true
	}
	return seconds(t.LeaseTTLS) - t.took, false
}

func (t *task) beat(ctx context.Context, cancel context.CancelCauseFunc, expiry *time.Timer) {
	sent := t.now()
	renewal, err := t.client.Heartbeat(ctx, t.Lease)
	switch {
	case ctx.Err() != nil:
	case err == nil:
		expiry.Reset(seconds(renewal.LeaseTTLS) - t.now().Sub(sent))
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
