// Package authz compares permission engines on one model of a large site.
//
// Its one invariant: a peer is measured only on questions that it answers
// rightly. What is right is worked out by Model.Expect, a plain loop that
// shares no code with any engine.
//
//	m := authz.NewModel(authz.Full)
//	for _, p := range authz.Peers() {
//		err := p.Load(m)
//		allowed, err := p.Allowed(m.Questions(100)[0])
//	}
package authz
