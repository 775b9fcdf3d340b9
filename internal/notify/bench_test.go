package notify_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/testkit"
)

// A transition where nobody listens, where forty listen to jobs of another
// type, and where one listens. Cancelling a queued job is one transition.
func BenchmarkTransition(b *testing.B) {
	for _, c := range []struct {
		name string
		n    notify.NewWebhook
		make int
	}{{"nobody", notify.NewWebhook{}, 0}, {"others", notify.NewWebhook{Type: "tidy"}, 40}, {"one", notify.NewWebhook{}, 1}} {
		b.Run(c.name, func(b *testing.B) {
			testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
				w := newWorld(b, d)
				for range c.make {
					c.n.URL = w.hook.url
					_, err := w.CreateWebhook(b.Context(), w.max, "moths", c.n)
					must(b, err)
				}
				ids := make([]remit.JobID, 0, b.N)
				for range b.N {
					job, err := w.jobs.Submit(b.Context(), w.max, "moths", remit.JobSpec{Type: "ml", Start: true})
					must(b, err)
					ids = append(ids, job.ID)
				}
				for b.ResetTimer(); len(ids) > 0; ids = ids[1:] {
					_, err := w.jobs.Cancel(b.Context(), w.max, ids[0])
					must(b, err)
				}
			})
		})
	}
}
