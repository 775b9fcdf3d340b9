package authz_test

import (
	"testing"

	"github.com/remit-server/remit/bench/authz"
)

// BenchmarkAllowed is the time of one question: of all, of those that are
// allowed, and of those that are refused.
func BenchmarkAllowed(b *testing.B) {
	m := authz.NewModel(authz.Full)
	all := m.Questions(8192)
	var allowed, refused []authz.Question
	for _, q := range all {
		if q.Allowed {
			allowed = append(allowed, q)
		} else {
			refused = append(refused, q)
		}
	}
	for _, p := range loaded(b, m) {
		b.Run(p.Name(), func(b *testing.B) {
			b.Run("all", func(b *testing.B) { ask(b, p, all) })
			b.Run("allowed", func(b *testing.B) { ask(b, p, allowed) })
			b.Run("refused", func(b *testing.B) { ask(b, p, refused) })
		})
	}
}

func ask(b *testing.B, p authz.Peer, questions []authz.Question) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q := questions[i%len(questions)]
		if got, err := p.Allowed(q); err != nil || got != q.Allowed {
			b.Fatalf("%+v: %v, %v", q, got, err)
		}
	}
}

// BenchmarkLoad is the time from the model to the first answer.
func BenchmarkLoad(b *testing.B) {
	m := authz.NewModel(authz.Full)
	for _, p := range authz.Peers() {
		b.Run(p.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Load(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
