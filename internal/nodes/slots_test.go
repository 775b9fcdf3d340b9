package nodes_test

import (
	"testing"

	"github.com/remit-server/remit/internal/nodes"
)

func TestANodeShowsTheSlotsThatItOffers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		node, who := w.register(nodes.NewNode{Name: "n1"})
		for _, c := range []struct{ offered, shown int }{{0, 1}, {3, 3}, {0, 3}, {2, 2}, {nodes.MaxSlots, nodes.MaxSlots}} {
			w.claimed(who, nodes.Want{Slots: c.offered})
			got, err := w.Self(t.Context(), who)
			w.must(err)
			if got.Slots != c.shown {
				t.Errorf("it offers %d and shows %d, want %d", c.offered, got.Slots, c.shown)
			}
		}
		for _, slots := range []int{-1, nodes.MaxSlots + 1} {
			_, err := w.Claim(t.Context(), who, nodes.Want{Slots: slots})
			w.want(err, "invalid")
		}
		if node.Slots != 1 {
			t.Errorf("it was registered with %d", node.Slots)
		}
	})
}
