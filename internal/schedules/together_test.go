package schedules_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/testkit"
)

// Each server has connections and a policy of its own; a SQLite file has one
// server, whose loops may still meet.
func TestServersThatFireAtOnceMakeOneJobForEachTime(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		d := testkit.Open(t, url)
		w := newWorld(t, d)
		var ids []remit.ScheduleID
		for range 10 {
			ids = append(ids, w.plan(w.ada).ID)
		}
		all := []*world{w}
		for range 3 {
			other := *w
			if other.open(d); strings.HasPrefix(url, "postgres") {
				other.open(testkit.Open(t, url))
			}
			all = append(all, &other)
		}
		for _, at := range []string{"13:00", "14:00", "15:00"} {
			w.setTime(at)
			fireTogether(t, all)
		}
		if n := len(w.all()); n != 30 {
			t.Errorf("%d jobs, want 30", n)
		}
		for _, id := range ids {
			w.wantTold(id, "13:00 started", "14:00 started", "15:00 started")
		}
	})
}

func fireTogether(t *testing.T, all []*world) {
	t.Helper()
	var together sync.WaitGroup
	for _, w := range all {
		together.Go(func() {
			if _, err := w.Fire(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
}
