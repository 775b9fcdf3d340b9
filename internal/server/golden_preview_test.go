package server_test

import "github.com/remit-server/remit/authz"

// previews are askers who look as somebody else (R23): with the right to and
// without, as a role and as a person.
func (g *golden) previews() {
	g.t.Helper()
	is := map[string]*asker{}
	for _, a := range g.askers {
		is[a.name] = a
	}
	for _, p := range []struct {
		name, viewer string
		look         authz.Preview
		says         string
	}{
		{"owner-as-reader", "the-owner", authz.Preview{Role: "reader"}, "role:reader"},
		{"owner-as-writer", "the-owner", authz.Preview{User: is["the-writer"].id}, "user:the-writer"},
		{"chief-as-writer", "chief", authz.Preview{User: is["the-writer"].id}, "user:the-writer"},
		{"reader-as-owner", "the-reader", authz.Preview{Role: "owner"}, "role:owner"},
	} {
		a := *is[p.viewer]
		a.name, a.role, a.subject.Preview = p.name, "", &p.look
		a.blind = p.viewer == "the-reader"
		a.headers = append([]header{{"Remit-Preview", p.says}}, a.headers...)
		g.askers = append(g.askers, &a)
	}
}
