package authz_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
)

// withOneMore is src with one more allow or deny, somewhere.
func withOneMore(t *rapid.T, src authz.Source, effect authz.Effect) authz.Source {
	m := maker{T: t, catalog: src.Catalog}
	entry := m.entry(true)
	entry.Effect = effect
	override := m.override([]string{"r1", "r2", "r3"}, m.anyPattern)
	override.Effect = effect
	src.Projects, src.Roles, src.SiteRoles = slices.Clone(src.Projects), slices.Clone(src.Roles), slices.Clone(src.SiteRoles)
	p := &src.Projects[0]
	switch place := m.one("place", "entry", "override", "site entry", "site override", "anonymous", "template", "site template"); place {
	case "entry":
		p.Entries = append(slices.Clone(p.Entries), entry)
	case "override":
		p.Overrides = append(slices.Clone(p.Overrides), override)
	case "site entry":
		entry.Collection = ""
		src.SiteEntries = append(slices.Clone(src.SiteEntries), entry)
	case "site override":
		override.Role = m.one("site role", "s1", "signed_in")
		src.SiteOverrides = append(slices.Clone(src.SiteOverrides), override)
	case "anonymous":
		stranger := authz.Override{Role: "anonymous", Pattern: m.publicPattern(), Effect: effect}
		src.SiteOverrides = append(slices.Clone(src.SiteOverrides), stranger)
	case "template", "site template":
		roles := map[string][]authz.Role{"template": src.Roles, "site template": src.SiteRoles}[place]
		if effect == authz.Allow {
			roles[0].Allow = append(slices.Clone(roles[0].Allow), m.anyPattern())
		}
	}
	return src
}

// neverLoses fails when something is allowed before and refused after.
func neverLoses(t *rapid.T, before, after authz.Source) {
	was, is := compiled(t, before), compiled(t, after)
	for range perPolicy {
		q := anInquiry(t, before)
		if was.Check(q.Subject, q.Permission, q.Resource, q.Now).Allowed && !is.Check(q.Subject, q.Permission, q.Resource, q.Now).Allowed {
			t.Fatalf("Check %v is lost\nfrom %s\n  to %s", q, brief(before), brief(after))
		}
		if was.Can(q.Subject, q.Operation, q.Resource, q.Now).Allowed && !is.Can(q.Subject, q.Operation, q.Resource, q.Now).Allowed {
			t.Fatalf("Can %v is lost\nfrom %s\n  to %s", q, brief(before), brief(after))
		}
	}
}

func TestAddingAnAllowRefusesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := aSource(t)
		neverLoses(t, src, withOneMore(t, src, authz.Allow))
	})
}

func TestAddingADenyPermitsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := aSource(t)
		neverLoses(t, withOneMore(t, src, authz.Deny), src)
	})
}

func TestTheOrderOfWritingNeverMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := aSource(t)
		written, shuffled := compiled(t, src), compiled(t, inAnotherOrder(t, src))
		for range perPolicy {
			q := anInquiry(t, src)
			if diff := cmp.Diff(answers(written, q), answers(shuffled, q)); diff != "" {
				t.Fatalf("%v (-written +shuffled)\n%s\nin %s", q, diff, brief(src))
			}
		}
	})
}

// answers are all that a policy says to one inquiry.
func answers(p *authz.Policy, q inquiry) []any {
	own, others := p.Cells(q.Subject, q.Permission, q.Resource.Project, q.Now)
	return []any{
		p.Check(q.Subject, q.Permission, q.Resource, q.Now), p.Can(q.Subject, q.Operation, q.Resource, q.Now), own, others,
		p.Permissions(q.Subject, q.Resource.Project, q.Now), p.Who(q.Permission, q.Resource, q.Now),
		p.Scope(q.Subject, q.Permission, q.Now),
	}
}

// inAnotherOrder keeps only the orders that mean something: groups and guards.
func inAnotherOrder(t *rapid.T, src authz.Source) authz.Source {
	src.Catalog.Permissions = shuffled(t, src.Catalog.Permissions)
	for i, p := range src.Catalog.Permissions {
		src.Catalog.Permissions[i].Requires = shuffled(t, p.Requires)
	}
	src.Catalog.Operations = shuffled(t, src.Catalog.Operations)
	src.Catalog.Node = shuffled(t, src.Catalog.Node)
	src.Users, src.Teams = shuffled(t, src.Users), shuffled(t, src.Teams)
	for i, team := range src.Teams {
		src.Teams[i].Users = shuffled(t, team.Users)
	}
	src.Roles, src.SiteRoles = shuffledRoles(t, src.Roles), shuffledRoles(t, src.SiteRoles)
	src.SiteOverrides, src.SiteMembers = shuffled(t, src.SiteOverrides), shuffled(t, src.SiteMembers)
	src.SiteEntries, src.Projects = shuffled(t, src.SiteEntries), shuffled(t, src.Projects)
	for i, p := range src.Projects {
		p.Public, p.Overrides = shuffled(t, p.Public), shuffled(t, p.Overrides)
		p.Members, p.Entries = shuffled(t, p.Members), shuffled(t, p.Entries)
		src.Projects[i] = p
	}
	return src
}

func shuffledRoles(t *rapid.T, roles []authz.Role) []authz.Role {
	roles = shuffled(t, roles)
	for i, r := range roles {
		roles[i].Allow = shuffled(t, r.Allow)
	}
	return roles
}

func shuffled[T any](t *rapid.T, list []T) []T {
	if len(list) < 2 {
		return slices.Clone(list)
	}
	return rapid.Permutation(list).Draw(t, "order")
}
