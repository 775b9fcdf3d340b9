package authz_test

import (
	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
)

// inquiry is everything that a decision may depend on besides the policy.
type inquiry struct {
	Subject    authz.Subject
	Permission string
	Operation  string
	Resource   authz.Resource
	Now        int64
}

func anInquiry(t *rapid.T, src authz.Source) inquiry {
	m := maker{T: t, catalog: src.Catalog}
	s := m.subject()
	q := inquiry{Subject: s, Permission: m.anyName(), Resource: m.resource(s), Now: m.now()}
	if m.chance(5) { // what private things are asked, in collections that policies speak of
		q.Permission = m.one("private", "file:read", "collection:read", "file:read_private")
		q.Resource.Collection = m.one("collection", "c1", "c2")
		q.Resource.Visibility = authz.Private
	}
	if m.chance(1) && m.chance(4) {
		q.Permission = m.one("unknown", "budgt:view", "job:run", "job:*", "*", "")
	}
	q.Operation = m.one("operation", "op.a", "op.b", "op.c", "op.d")
	if m.chance(1) && m.chance(4) {
		q.Operation = "op.z"
	}
	return q
}

func (m maker) now() int64 {
	return rapid.Int64Range(1, 10).Draw(m.T, "now")
}

func (m maker) subject() authz.Subject {
	kinds := []authz.Kind{authz.Person, authz.Person, authz.Person, authz.Anonymous, authz.Person, authz.Person, authz.Person, authz.Person, authz.Node, authz.Person, authz.System, authz.Person}
	s := authz.Subject{Kind: rapid.SampledFrom(kinds).Draw(m.T, "kind")}
	switch s.Kind {
	case authz.Person:
		s.ID = m.one("who", "u1", "u2", "u3", "u4")
		if m.chance(1) {
			s.ID = "u9" // no such account
		}
	case authz.Node:
		s.ID, s.Site = "n1", m.chance(6)
		s.Projects = m.some("serves", []string{"p1", "p2"}, 2)
	case authz.System:
		s.ID = m.one("loop", "sweeper", "sweeper", "unknown")
	}
	if m.chance(3) {
		s.Caps = m.caps()
	}
	return s
}

func (m maker) caps() *authz.Caps {
	scope := func() string {
		if m.chance(8) {
			return m.anyName()
		}
		return m.one("scope", "*", "job:*", "file:*", "job:run.*", "collection:*")
	}
	caps := &authz.Caps{Scopes: many(m, "scopes", 0, 5, scope)}
	if m.chance(6) {
		caps.Projects = m.some("cap projects", []string{"p1", "p2"}, 2)
	}
	return caps
}

func (m maker) resource(s authz.Subject) authz.Resource {
	return authz.Resource{
		Project:    m.one("project", "p1", "p2", "p1", "p2", "p1", "", "p1", "p9", "p1", "p2", "p1", "p2"),
		Owner:      m.one("owner", "", s.ID, "u1", "u2"),
		Collection: m.one("collection", "", "c1", "c2", "c9"),
		Visibility: rapid.SampledFrom([]authz.Visibility{authz.ProjectWide, authz.Private, authz.ProjectWide, authz.Public}).Draw(m.T, "visibility"),
		Run:        m.one("run", "a", "a.single", "b", "", "zz"),
		Facts:      authz.Facts(rapid.IntRange(0, 255).Draw(m.T, "facts")),
	}
}

// everyThing is one thing of every sort that a list can meet.
func everyThing(s authz.Subject) (all []authz.Resource) {
	for _, project := range []string{"p1", "p2", "p9", ""} {
		for _, collection := range []string{"", "c1", "c2", "c9"} {
			for _, owner := range []string{"", s.ID, "u2"} {
				for _, v := range []authz.Visibility{authz.ProjectWide, authz.Private, authz.Public} {
					all = append(all, authz.Resource{Project: project, Collection: collection, Owner: owner, Visibility: v})
				}
			}
		}
	}
	return all
}
