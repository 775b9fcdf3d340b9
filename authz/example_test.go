package authz_test

import (
	"fmt"

	"github.com/remit-server/remit/authz"
)

// A festival: one role, two projects, and a personal entry.
func festival() authz.Source {
	return authz.Source{
		Catalog: authz.Catalog{
			Permissions: []authz.Permission{
				{Name: "project:view", PublicOK: true},
				{Name: "event:view"},
				{Name: "budget:view"},
				{Name: "budget:edit", Requires: []string{"budget:view"}},
				{Name: "job:read", Selectors: true},
				{Name: "job:cancel", Selectors: true},
			},
			Operations: []authz.Operation{
				{Name: "job.cancel", Groups: [][]string{{"job:cancel"}}, Read: "job:read", Verb: "cancel"},
			},
		},
		Users: []authz.User{{ID: "dan"}, {ID: "eve"}},
		Roles: []authz.Role{{Name: "drummer", Allow: []string{"event:view", "job:read", "job:cancel@own"}}},
		Projects: []authz.Project{
			{ID: "tour", Members: []authz.Member{{User: "dan", Role: "drummer"}}},
			{
				ID:        "album",
				Members:   []authz.Member{{User: "dan", Role: "drummer"}},
				Overrides: []authz.Override{{Role: "drummer", Pattern: "budget:*", Effect: authz.Allow}},
				Entries:   []authz.Entry{{User: "dan", Pattern: "budget:edit", Effect: authz.Deny}},
			},
		},
	}
}

func mustCompile(src authz.Source) *authz.Policy {
	p, err := authz.Compile(src)
	if err != nil {
		panic(err)
	}
	return p
}

// A program brings its own catalogue: what can be permitted is data. Here it
// is doors, which are of the site, so there are no projects.
func Example() {
	policy, err := authz.Compile(authz.Source{
		Catalog: authz.Catalog{Permissions: []authz.Permission{
			{Name: "door:open.front", Level: authz.OnSite},
			{Name: "door:open.vault", Level: authz.OnSite, Requires: []string{"door:open.front"}},
		}},
		Users:       []authz.User{{ID: "kim"}, {ID: "lee"}},
		SiteRoles:   []authz.Role{{Name: "guard", Allow: []string{"door:open.*"}}},
		SiteMembers: []authz.Member{{User: "kim", Role: "guard"}},
		SiteEntries: []authz.Entry{{User: "lee", Pattern: "door:open.vault", Effect: authz.Allow}},
	})
	if err != nil {
		panic(err)
	}
	for _, id := range []string{"kim", "lee"} {
		who := authz.Subject{Kind: authz.Person, ID: id}
		d := policy.Check(who, "door:open.vault", authz.Resource{}, 0)
		fmt.Println(id, d.Allowed, d.Rule, d.Permission)
	}
	// Output:
	// kim true 13 door:open.vault
	// lee false 15 door:open.front
}

// Mistakes are refused with their place.
func ExampleCompile() {
	src := festival()
	src.Projects[1].Overrides[0].Pattern = "budget:veiw"
	_, err := authz.Compile(src)
	fmt.Println(err)
	// Output: project album: override of role drummer: unknown permission "budget:veiw", did you mean "budget:view"?
}

// Names never imply names; a star stands for whole words.
func ExampleMatch() {
	fmt.Println(authz.Match("job:run.ml", "job:run.ml.single"))
	fmt.Println(authz.Match("job:run.*", "job:run.ml.single"))
	// Output:
	// false
	// true
}
