package nodes_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/nodes"
)

// Two programs with one credential: the second would give back the first's jobs.
func TestASecondProgramWithOneCredentialWaitsForTheEndOfTheFirst(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, who := w.register(nodes.NewNode{Name: "n1"})
		first, second := nodes.Want{Session: "first"}, nodes.Want{Session: "second"}
		refused := func() {
			t.Helper()
			_, err := w.Claim(t.Context(), who, second)
			w.want(err, "node_busy")
			_, err = w.Held(t.Context(), who, "second")
			w.want(err, "node_busy")
		}
		pass := func(d time.Duration) { w.micros.Add(d.Microseconds()) }

		w.claimed(who, first) // there is nothing yet
		refused()
		id := w.submit("moths", "any")
		given, err := w.Claim(t.Context(), who, first)
		w.must(err)
		refused()

		// One that was killed and restarted goes on at once, with what it held.
		held, err := w.Held(t.Context(), who, "first")
		w.must(err)
		if diff := cmp.Diff([]remit.Lease{given[0].Lease}, held); diff != "" {
			t.Errorf("the first holds (-want +got):\n%s", diff)
		}

		// It works on, though it claims nothing: its lease is renewed.
		pass(10 * time.Second)
		_, err = w.jobs.Heartbeat(t.Context(), who, given[0].Lease)
		w.must(err)
		refused()
		pass(10 * time.Second) // not heard of for many heartbeats, but the lease has not ended
		refused()
		w.must(w.jobs.Release(t.Context(), who, given[0].Lease))
		held, err = w.Held(t.Context(), who, "second")
		w.must(err)
		if got := w.claimed(who, second); len(held) != 0 || len(got) != 1 || got[0] != id {
			t.Errorf("the second holds %v and is given %v", held, got)
		}
		_, err = w.Claim(t.Context(), who, first)
		w.want(err, "node_busy") // its place was taken
		_, err = w.Held(t.Context(), who, "first")
		w.want(err, "node_busy")
	})
}

func TestAProgramThatSaysNoSessionIsNotAsked(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		_, who := w.register(nodes.NewNode{Name: "n1"})
		w.claimed(who, nodes.Want{Session: "first"})
		w.claimed(who, nodes.Want{})
		_, err := w.Held(t.Context(), who, "")
		w.must(err)
		_, err = w.Held(t.Context(), who, "second")
		w.want(err, "node_busy") // what said nothing changed nothing
		for _, bad := range []string{"a\x00b", strings.Repeat("x", 101)} {
			_, err = w.Claim(t.Context(), who, nodes.Want{Session: bad})
			w.want(err, "invalid")
			_, err = w.Held(t.Context(), who, bad)
			w.want(err, "invalid")
		}
	})
}
