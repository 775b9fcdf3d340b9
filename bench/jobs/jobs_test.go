package jobs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit/bench/jobs"
)

var tiny = jobs.Plan{Batch: 4, Workers: 3, Length: 20 * time.Millisecond, Most: 40}

func store(t *testing.T) *jobs.Store {
	t.Helper()
	s, err := jobs.NewStore(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestEveryQueueIsMeasuredOnWhatItDid(t *testing.T) {
	t.Parallel()
	for _, finished := range []int{0, 100} {
		remit, err := jobs.OpenRemit(t.Context(), store(t), tiny.Workers, finished)
		if err != nil {
			t.Fatal(err)
		}
		defer remit.Close()
		bare, err := jobs.OpenBare(t.Context(), store(t), tiny.Workers, finished)
		if err != nil {
			t.Fatal(err)
		}
		defer bare.Close()
		for _, q := range []jobs.Queue{remit, bare} {
			for range 2 { // a turn leaves the queue as it was
				r, err := jobs.Measure(t.Context(), q, tiny)
				if err != nil || min(r.Submit, r.Claim, r.Finish, r.Work) <= 0 {
					t.Errorf("%T after %d jobs: %+v, %v", q, finished, r, err)
				}
			}
		}
	}
}

func TestAJobThatIsNotFinishedEndsTheTurn(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func() (jobs.Queue, func() error, error){
		"remit": func() (jobs.Queue, func() error, error) {
			q, err := jobs.OpenRemit(t.Context(), store(t), tiny.Workers, 0)
			return q, q.Close, err
		},
		"bare": func() (jobs.Queue, func() error, error) {
			q, err := jobs.OpenBare(t.Context(), store(t), tiny.Workers, 0)
			return q, q.Close, err
		},
	} {
		q, end, err := open()
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		if err := errors.Join(q.Mark(t.Context()), q.Submit(t.Context(), 0, jobs.Single)); err != nil {
			t.Fatal(err)
		}
		if err := q.Check(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "want 1") {
			t.Errorf("%s takes a queued job for a finished one: %v", name, err)
		}
	}
}
