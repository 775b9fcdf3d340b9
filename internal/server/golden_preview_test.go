package server_test

import "github.com/remit-server/remit/authz"

// previews are askers who look as somebody else (R23): with the right to and
// without, as a person and as every role there is.
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
		{"owner-as-reader", "the-owner", authz.Preview{User: is["the-reader"].id}, "user:the-reader"},
		{"owner-as-writer", "the-owner", authz.Preview{User: is["the-writer"].id}, "user:the-writer"},
		{"chief-as-writer", "chief", authz.Preview{User: is["the-writer"].id}, "user:the-writer"},
		{"reader-as-owner", "the-reader", authz.Preview{Role: "owner"}, "role:owner"},
	} {
		g.askers = append(g.askers, is[p.viewer].looksAs(p.name, p.look, p.says))
	}
	for _, role := range append([]string{"signed_in", "anonymous"}, roles...) {
		a := is["the-owner"].looksAs("owner-as-role-"+role, authz.Preview{Role: role}, "role:"+role)
		a.inside, a.everywhere = true, false
		g.askers = append(g.askers, a)
	}
}

func (a *asker) looksAs(name string, look authz.Preview, says string) *asker {
	as := *a
	as.name, as.role, as.subject.Preview = name, "", &look
	as.blind = a.name == "the-reader"
	as.headers = append([]header{{"Remit-Preview", says}}, a.headers...)
	return &as
}
