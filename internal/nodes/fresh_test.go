package nodes_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/blob"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// programs are two that work on one database.
func programs(t *testing.T, fn func(t *testing.T, w *world, both []*nodes.Service)) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := newWorld(t, testkit.Open(t, url), 20*time.Millisecond)
		blobs, err := blob.Open(t.TempDir())
		w.must(err)
		t.Cleanup(func() { blobs.Close() })
		g := gate.New(testkit.Open(t, url), projects.PolicySource{}, w.now, slog.New(slog.DiscardHandler))
		fn(t, w, []*nodes.Service{w.Service, nodes.New(g, nodes.Options{Jobs: jobs.New(g, jobs.Options{Blobs: blobs})})})
	})
}

func TestTheNextRequestSeesThatANodeWasRetiredInAnyProgram(t *testing.T) {
	programs(t, func(t *testing.T, w *world, both []*nodes.Service) {
		for i, name := range []string{"one", "two"} {
			node, _ := w.register(nodes.NewNode{Name: name})
			for _, s := range append(both, both...) {
				_, err := s.Authenticate(t.Context(), node.Secret)
				w.must(err)
			}
			_, err := both[i].SetState(t.Context(), setup, node.ID, remit.NodeRetired)
			w.must(err)
			for _, s := range append(both, both...) {
				_, err := s.Authenticate(t.Context(), node.Secret)
				w.want(err, "invalid_key")
			}
		}
	})
}

func TestTheNextClaimSeesThatANodeWasPausedInAnyProgram(t *testing.T) {
	programs(t, func(t *testing.T, w *world, both []*nodes.Service) {
		node, who := w.register(nodes.NewNode{Name: "one"})
		claim := func(s *nodes.Service) int {
			given, err := s.Claim(t.Context(), who, nodes.Want{})
			w.must(err)
			return len(given)
		}
		for i := range both {
			for _, s := range both {
				w.submit("moths", "any")
				if n := claim(s); n != 1 {
					t.Fatalf("the active node got %d jobs, want 1", n)
				}
			}
			w.submit("moths", "any")
			_, err := both[i].SetState(t.Context(), setup, node.ID, remit.NodePaused)
			w.must(err)
			for _, s := range both {
				if n := claim(s); n != 0 {
					t.Errorf("the paused node got %d jobs", n)
				}
			}
			_, err = both[1-i].SetState(t.Context(), setup, node.ID, remit.NodeActive)
			w.must(err)
			if n := claim(both[i]); n != 1 {
				t.Errorf("the node that is active again got %d jobs, want 1", n)
			}
		}
	})
}
