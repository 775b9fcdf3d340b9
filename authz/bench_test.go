package authz_test

import (
	"fmt"
	"testing"

	"github.com/remit-server/remit/authz"
)

// bigSite is the site that speed is measured on.
func bigSite() authz.Source { return siteOf(1000, 10_000) }

// siteOf has accounts with five memberships each, 60 permissions, 5 roles, and
// overrides in a third of the projects.
func siteOf(projects, accounts int) authz.Source {
	src := authz.Source{Catalog: bigCatalog()}
	for r := range 5 {
		src.Roles = append(src.Roles, authz.Role{
			Name:  fmt.Sprintf("role%d", r),
			Allow: []string{fmt.Sprintf("thing%d:*", r), fmt.Sprintf("thing%d:verb1@own", (r+1)%6), "project:view"},
		})
	}
	for i := range projects {
		p := authz.Project{ID: fmt.Sprintf("project%04d", i)}
		if i%3 == 0 {
			p.Overrides = []authz.Override{
				{Role: "role1", Pattern: "thing1:verb2", Effect: authz.Deny},
				{Role: "role2", Pattern: "thing4:verb3@own", Effect: authz.Allow},
			}
		}
		src.Projects = append(src.Projects, p)
	}
	for u := range accounts {
		id := fmt.Sprintf("user%05d", u)
		src.Users = append(src.Users, authz.User{ID: id})
		for m := range 5 {
			p := &src.Projects[(u*7+m*211)%projects]
			p.Members = append(p.Members, authz.Member{User: id, Role: fmt.Sprintf("role%d", (u+m)%5)})
		}
	}
	return src
}

func bigCatalog() authz.Catalog {
	all := []authz.Permission{{Name: authz.ProjectView, PublicOK: true}}
	for i := range 59 {
		perm := authz.Permission{Name: fmt.Sprintf("thing%d:verb%d", i%6, i/6), Selectors: i < 36}
		if i >= 6 {
			perm.Requires = []string{fmt.Sprintf("thing%d:verb0", i%6)}
		}
		all = append(all, perm)
	}
	return authz.Catalog{
		Permissions: all,
		Operations:  []authz.Operation{{Name: "thing.do", Groups: groups("thing1:verb3"), Read: "thing1:verb0", Verb: "do"}},
	}
}

// asker is a member by role1 of the project asked about.
var (
	asker   = person("user00001")
	bigRoom = authz.Resource{Project: "project0007", Owner: "user00001"}
)

func bigPolicy(tb testing.TB) *authz.Policy {
	tb.Helper()
	p, err := authz.Compile(bigSite())
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func BenchmarkCheckAllowed(b *testing.B) {
	p := bigPolicy(b)
	if d := p.Check(asker, "thing1:verb3", bigRoom, 0); !d.Allowed {
		b.Fatal(d)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Check(asker, "thing1:verb3", bigRoom, 0)
	}
}

func BenchmarkCheckDenied(b *testing.B) {
	p := bigPolicy(b)
	b.ReportAllocs()
	for b.Loop() {
		p.Check(asker, "thing3:verb3", bigRoom, 0)
	}
}

func BenchmarkCheckCappedKey(b *testing.B) {
	p := bigPolicy(b)
	key := capped(asker.ID, "thing1:verb3", "thing2:*")
	b.ReportAllocs()
	for b.Loop() {
		p.Check(key, "thing1:verb0", bigRoom, 0)
	}
}

func BenchmarkCan(b *testing.B) {
	p := bigPolicy(b)
	b.ReportAllocs()
	for b.Loop() {
		p.Can(asker, "thing.do", bigRoom, 0)
	}
}

func BenchmarkScope(b *testing.B) {
	p := bigPolicy(b)
	b.ReportAllocs()
	for b.Loop() {
		p.Scope(asker, "thing1:verb3", 0)
	}
}

func BenchmarkWho(b *testing.B) {
	p := bigPolicy(b)
	b.ReportAllocs()
	for b.Loop() {
		p.Who("thing1:verb3", bigRoom, 0)
	}
}

func BenchmarkCompile(b *testing.B) {
	src := bigSite()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := authz.Compile(src); err != nil {
			b.Fatal(err)
		}
	}
}

func TestCheckDoesNotAllocate(t *testing.T) {
	p := bigPolicy(t)
	key := capped(asker.ID, "thing1:verb3@own", "thing2:*")
	count := testing.AllocsPerRun(100, func() {
		p.Check(asker, "thing1:verb3", bigRoom, 0)
		p.Check(asker, "thing3:verb3", bigRoom, 0)
		p.Check(key, "thing1:verb0", bigRoom, 0)
		p.Check(authz.Subject{}, "thing1:verb0", bigRoom, 0)
		p.Check(n1, "thing1:verb0", bigRoom, 0)
		p.Can(asker, "thing.do", bigRoom, 0)
	})
	if count != 0 {
		t.Errorf("%v allocations", count)
	}
}
