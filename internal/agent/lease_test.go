package agent

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// wire answers requests inside the process.
type wire func(*http.Request) (string, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := w(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// leased is a task with a lease of 45 s and a heartbeat every 10 s, whose server answers as w.
func leased(t *testing.T, took time.Duration, w wire) *task {
	t.Helper()
	c, err := client.NewWithTransport("http://remit.test", "key", w)
	if err != nil {
		t.Fatal(err)
	}
	return &task{Assignment: remit.Assignment{Lease: remit.Lease{Job: "j", Attempt: 1, Lease: "l"}, LeaseTTLS: 45, HeartbeatS: 10},
		client: c, log: slog.New(slog.DiscardHandler), now: time.Now, took: took}
}

// endOf is when, after its begin, a task ends for want of a lease.
func endOf(t *testing.T, task *task) time.Duration {
	t.Helper()
	begun := time.Now()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	beats := task.keepLease(ctx, cancel)
	<-ctx.Done()
	after := time.Since(begun)
	beats.end()
	if !errors.Is(context.Cause(ctx), errLeaseLost) {
		t.Errorf("ended for %v", context.Cause(ctx))
	}
	return after
}

var errCut = errors.New("the line is cut")

func TestALeaseCountsFromBeforeTheHeartbeatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		beats := 0
		task := leased(t, 0, func(*http.Request) (string, error) {
			if beats++; beats > 1 {
				return "", errCut
			}
			time.Sleep(30 * time.Second) // the answer is long under way
			return `{"lease_ttl_s":45}`, nil
		})
		if got, want := endOf(t, task), 55*time.Second; got != want { // sent after 10 s
			t.Errorf("worked for %s, may for %s", got, want)
		}
	})
}

func TestAnAnswerThatTookLongerThanTheLeaseRenewsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		task := leased(t, 0, func(*http.Request) (string, error) {
			time.Sleep(34 * time.Second)
			return `{"lease_ttl_s":20}`, nil
		})
		if got, want := endOf(t, task), 44*time.Second; got != want {
			t.Errorf("worked for %s, want %s", got, want)
		}
	})
}

func TestALeaseCountsFromBeforeTheClaimWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		task := leased(t, 9*time.Second, func(*http.Request) (string, error) { return "", errCut })
		if got, want := endOf(t, task), 36*time.Second; got != want {
			t.Errorf("worked for %s, may for %s", got, want)
		}
	})
}

func TestALeaseWhoseClaimWaitedLongIsRenewedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		beats := 0
		task := leased(t, 30*time.Second, func(*http.Request) (string, error) {
			if beats++; beats > 1 {
				return "", errCut
			}
			return `{"lease_ttl_s":25}`, nil
		})
		if got, want := endOf(t, task), 25*time.Second; got != want {
			t.Errorf("worked for %s, may for %s", got, want)
		}
	})
}
