package jobs_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

// TestANodeSeesItsOwnAttemptsWhileItHoldsTheJobOrCleansUp: and nothing of
// what another node makes of the job.
func TestANodeSeesItsOwnAttemptsWhileItHoldsTheJobOrCleansUp(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx, n1, n2 := t.Context(), w.node("n1"), w.node("n2")
		job := w.submit(w.ada, w.onFile())
		leave := func(node authz.Subject) remit.Lease {
			l := w.started(node).Lease
			w.must(w.AppendLog(ctx, node, l, jobs.LogChunk{Stream: "stdout", Data: []byte(node.Name)}))
			_, err := w.PutArtifact(ctx, node, l, "made.txt", strings.NewReader(node.Name))
			w.must(err)
			return l
		}
		// sees compares what a node can read: "r" the job, then the attempts
		// whose log, artifacts and bytes it gets.
		sees := func(node authz.Subject, want string) {
			t.Helper()
			got := ""
			if _, err := w.Job(ctx, node, job.ID); err == nil {
				got = "r"
			}
			for number, digit := range []string{"0", "1", "2"} {
				_, logErr := w.Log(ctx, node, job.ID, number, 0, 0)
				_, listErr := w.Artifacts(ctx, node, job.ID, number)
				if number == 0 {
					continue // whatever is the latest; 1 and 2 tell
				}
				_, bytes, err := w.OpenArtifact(ctx, node, job.ID, number, "made.txt")
				if err == nil {
					w.must(bytes.Close())
				}
				if (err == nil) != (logErr == nil) || (err == nil) != (listErr == nil) {
					t.Errorf("%s, attempt %d: log %v, list %v, bytes %v", node.Name, number, logErr, listErr, err)
				}
				if err == nil {
					got += digit
				}
			}
			if all, err := w.Attempts(ctx, node, job.ID); err == nil && len(all) > 1 {
				t.Errorf("%s sees the attempts %+v", node.Name, all)
			}
			if events, err := w.History(ctx, node, job.ID); err == nil {
				for _, e := range events {
					if e.By != "node "+node.Name {
						t.Errorf("%s sees what %s did", node.Name, e.By)
					}
				}
			}
			if got != want {
				t.Errorf("%s sees %q, want %q", node.Name, got, want)
			}
		}
		old := leave(n1)
		sees(n1, "r1")
		sees(n2, "")
		w.clock.advance(leaseTTL)
		w.sweep()
		fresh := leave(n2)
		sees(n1, "1") // to clean up
		sees(n2, "r2")
		if _, err := w.Log(ctx, n1, job.ID, 0, 0, 0); remit.CodeOf(err) != "not_found" {
			t.Errorf("the latest log is another node's; it gives %v", err)
		}
		self, err := w.nodes.Node(ctx, n1, remit.NodeID(n1.ID))
		w.must(err)
		if len(self.Running) != 0 {
			t.Errorf("n1 runs %v", self.Running)
		}
		w.must(w.Cleanup(ctx, n1, old, ""))
		sees(n1, "")
		w.finish(n2, fresh, remit.JobSucceeded)
		w.finish(n2, fresh, remit.JobSucceeded) // the answer got lost
		sees(n1, "")
		sees(n2, "")
	})
}

func TestADeletedJobIsGoneWithWhatItMade(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		job, node := w.submit(w.ada, w.onFile()), w.node("n1")
		l := w.started(node).Lease
		_, err := w.PutArtifact(t.Context(), node, l, "made.txt", strings.NewReader("x"))
		w.must(err)
		w.finish(node, l, remit.JobSucceeded)
		w.want(w.Delete(t.Context(), w.ada, job.ID), "denied")
		w.must(w.Delete(t.Context(), w.max, job.ID))
		_, _, err = w.OpenArtifact(t.Context(), w.max, job.ID, 1, "made.txt")
		w.want(err, "not_found")
		w.want(w.Delete(t.Context(), w.max, job.ID), "not_found")
		w.want(w.Cleanup(t.Context(), node, l, "x"), "not_found")
	})
}
