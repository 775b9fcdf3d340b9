package authz_test

import (
	"fmt"
	"testing"

	"github.com/remit-server/remit/authz"
)

// The catalogue that the tests of this package share: a small archive with
// jobs, and records with the sections overview, events and budget.
func catalog() authz.Catalog {
	return authz.Catalog{
		Permissions: permissions(),
		Operations:  operations(),
		System:      map[string][]string{"sweeper": {"job:read", "job:cancel"}},
		Node: []authz.NodeRight{
			{Permission: "job:claim", Serves: true},
			{Permission: "job:work", Needs: authz.HoldsLock | authz.HeldLock},
			{Permission: "job:cleanup", Needs: authz.HoldsLock | authz.HeldLock},
			{Permission: "job:read", Needs: authz.HoldsLock | authz.HeldLock},
			{Permission: "file:read", Needs: authz.IsLent},
		},
	}
}

func permissions() []authz.Permission {
	var all []authz.Permission
	for _, name := range []string{
		"job:create", "job:claim", "job:work", "job:cleanup", "job:run.ml", "job:run.ml.single", "access:grant",
	} {
		all = append(all, authz.Permission{Name: name})
	}
	return append(all,
		authz.Permission{Name: "project:view", PublicOK: true},
		authz.Permission{Name: "record:view.overview", PublicOK: true},
		authz.Permission{Name: "record:view.events", PublicOK: true},
		authz.Permission{Name: "record:edit.events", Requires: []string{"record:view.events"}},
		authz.Permission{Name: "record:view.budget"},
		authz.Permission{Name: "record:edit.budget", Requires: []string{"record:view.budget"}},
		authz.Permission{Name: "job:read", Selectors: true},
		authz.Permission{Name: "job:cancel", Selectors: true},
		authz.Permission{Name: "job:run.render", Selectors: true},
		authz.Permission{Name: "collection:read", Selectors: true, PublicOK: true, Private: "collection:read_private"},
		authz.Permission{Name: "collection:read_private", Requires: []string{"collection:read"}},
		authz.Permission{Name: "collection:update", Selectors: true, Requires: []string{"collection:read"}},
		authz.Permission{Name: "file:read", Selectors: true, PublicOK: true, Requires: []string{"collection:read"}},
		authz.Permission{Name: "user:read", Level: authz.OnSite, Selectors: true},
		authz.Permission{Name: "node:create", Level: authz.OnSite, Reserved: true},
		authz.Permission{Name: "audit:delete", Level: authz.OnSite, Never: true},
	)
}

func operations() []authz.Operation {
	return []authz.Operation{
		{Name: "job.read", Groups: groups("job:read"), Read: "job:read", Verb: "read"},
		{Name: "job.create", Groups: groups("job:create"), Verb: "create"},
		{Name: "job.submit", Groups: [][]string{{"job:create"}, {"job:run.{run}"}}, Verb: "submit"},
		{
			Name: "job.cancel", Groups: groups("job:run.{run}", "job:cancel"), Primary: "job:cancel",
			Read: "job:read", Guards: []authz.Guard{authz.GuardTopLevel}, Verb: "cancel",
		},
		{
			Name: "job.claim", Groups: groups("job:claim"), Verb: "claim",
			Guards: []authz.Guard{authz.GuardNode, authz.GuardWorkable},
		},
		{
			Name: "job.finish", Groups: groups("job:work"), Read: "job:read", Verb: "finish",
			Guards: []authz.Guard{authz.GuardNode, authz.GuardLockHolder},
		},
		{
			Name: "job.cleanup", Groups: groups("job:cleanup"), Read: "job:read", Verb: "clean up",
			Guards: []authz.Guard{authz.GuardHeldLock},
		},
		{Name: "collection.read", Groups: groups("collection:read"), Read: "collection:read", Verb: "read"},
		{Name: "collection.list", Scope: "collection:read", Verb: "list"},
	}
}

func groups(anyOf ...string) [][]string { return [][]string{anyOf} }

// world is the source that examples start from: the templates of the
// permission contract, the projects p1 to p3, and nobody in them.
func world() authz.Source {
	return authz.Source{
		Catalog: catalog(),
		Users: []authz.User{
			{ID: "ada"}, {ID: "bob"}, {ID: "dan"}, {ID: "eve"}, {ID: "pam"}, {ID: "sue", Superuser: true},
		},
		Teams: []authz.Team{{ID: "band", Users: []string{"dan", "eve"}}},
		Roles: []authz.Role{
			{Name: "owner", Allow: []string{"*"}},
			{Name: "production_manager", Allow: []string{
				"record:view.events", "record:edit.events", "record:view.budget", "record:edit.budget",
			}},
			{Name: "drummer", Allow: []string{"record:view.overview", "record:view.events"}},
			{Name: "sound_tech", Allow: []string{"job:read", "job:cancel@own", "job:run.render@own"}},
			{Name: "reader", Allow: []string{"collection:read"}},
			{Name: "basic", Allow: []string{"job:create", "job:run.ml.single"}},
		},
		SiteRoles: []authz.Role{
			{Name: "signed_in", Allow: []string{"user:read@own"}},
			{Name: "staff", Allow: []string{"collection:update", "collection:read"}},
		},
		Projects: []authz.Project{{ID: "p1"}, {ID: "p2"}, {ID: "p3"}},
	}
}

// change is one thing that an example says is given.
type change func(*authz.Source)

func compile(t testing.TB, given ...change) *authz.Policy {
	t.Helper()
	src := world()
	for _, g := range given {
		g(&src)
	}
	p, err := authz.Compile(src)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	return p
}

func project(src *authz.Source, id string) *authz.Project {
	for i := range src.Projects {
		if src.Projects[i].ID == id {
			return &src.Projects[i]
		}
	}
	panic("no project " + id)
}

func member(in, user string, roles ...string) change {
	return func(src *authz.Source) {
		for _, role := range roles {
			p := project(src, in)
			p.Members = append(p.Members, authz.Member{User: user, Role: role})
		}
	}
}

func override(in, role string, e authz.Effect, patterns ...string) change {
	return func(src *authz.Source) {
		for _, pattern := range patterns {
			p := project(src, in)
			p.Overrides = append(p.Overrides, authz.Override{Role: role, Pattern: pattern, Effect: e})
		}
	}
}

func entry(in, user string, e authz.Effect, pattern string) change {
	return during(in, user, e, pattern, authz.Interval{})
}

func during(in, user string, e authz.Effect, pattern string, i authz.Interval) change {
	return func(src *authz.Source) {
		p := project(src, in)
		p.Entries = append(p.Entries, authz.Entry{User: user, Pattern: pattern, Effect: e, Interval: i})
	}
}

func siteEntry(user string, e authz.Effect, pattern string) change {
	return func(src *authz.Source) {
		src.SiteEntries = append(src.SiteEntries, authz.Entry{User: user, Pattern: pattern, Effect: e})
	}
}

func public(in string, names ...string) change {
	return func(src *authz.Source) { project(src, in).Public = names }
}

func person(id string) authz.Subject { return authz.Subject{Kind: authz.Person, ID: id} }

func capped(id string, scopes ...string) authz.Subject {
	return authz.Subject{Kind: authz.Person, ID: id, Caps: &authz.Caps{Scopes: scopes}}
}

func in(project string) authz.Resource { return authz.Resource{Project: project} }

// answer writes a decision on a permission as the examples do: "yes R12".
func answer(d authz.Decision) string {
	word := "no"
	if d.Allowed {
		word = "yes"
	}
	return fmt.Sprintf("%s R%d", word, d.Rule)
}

// status writes a decision on an operation by the order of R21.
func status(d authz.Decision) string {
	switch {
	case d.Allowed:
		return "yes"
	case d.Rule == 1:
		return "401"
	case d.Rule == 16:
		return "409 " + string(d.Guard)
	case d.ProjectHidden:
		return "404"
	case d.OutsideCaps() && !d.ThingHidden:
		return "403 scope"
	case d.OwnOnly:
		return "403 own"
	case d.ThingHidden:
		return "404"
	}
	return "403"
}
