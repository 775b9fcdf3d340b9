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

// What a role means can differ from project to project, and an entry for one
// person goes before the roles.
func ExamplePolicy_Check() {
	policy := mustCompile(festival())
	dan := authz.Subject{Kind: authz.Person, ID: "dan"}
	for _, project := range []string{"tour", "album"} {
		for _, permission := range []string{"event:view", "budget:view", "budget:edit"} {
			d := policy.Check(dan, permission, authz.Resource{Project: project}, 0)
			fmt.Printf("%s %s: %v by R%d\n", project, permission, d.Allowed, d.Rule)
		}
	}
	// Output:
	// tour event:view: true by R12
	// tour budget:view: false by R14
	// tour budget:edit: false by R14
	// album event:view: true by R12
	// album budget:view: true by R12
	// album budget:edit: false by R11
}

// A refusal tells how it should read: here "You can only cancel your own jobs".
func ExamplePolicy_Can() {
	policy := mustCompile(festival())
	dan := authz.Subject{Kind: authz.Person, ID: "dan"}
	d := policy.Can(dan, "job.cancel", authz.Resource{Project: "tour", Owner: "dan"}, 0)
	fmt.Println("own:", d.Allowed)
	d = policy.Can(dan, "job.cancel", authz.Resource{Project: "tour", Owner: "eve"}, 0)
	fmt.Println("eve's:", d.Allowed, "missing", d.Permission, "own only", d.OwnOnly)
	// Output:
	// own: true
	// eve's: false missing job:cancel own only true
}

// A list is a question too: its scope becomes the condition of a query.
func ExamplePolicy_Scope() {
	policy := mustCompile(festival())
	dan := authz.Subject{Kind: authz.Person, ID: "dan"}
	scope := policy.Scope(dan, "job:cancel", 0)
	fmt.Println(scope.Has(authz.Resource{Project: "tour", Owner: "dan"}))
	fmt.Println(scope.Has(authz.Resource{Project: "tour", Owner: "eve"}))
	fmt.Println(scope.Has(authz.Resource{Project: "elsewhere", Owner: "dan"}))
	// Output:
	// true
	// false
	// false
}

// An explanation names everything that was considered.
func ExamplePolicy_Explain() {
	policy := mustCompile(festival())
	dan := authz.Subject{Kind: authz.Person, ID: "dan"}
	x := policy.Explain(dan, "budget:edit", authz.Resource{Project: "album"}, 0)
	fmt.Println(x.Allowed, "—", x.Why)
	for _, c := range x.Considered {
		if c.Decided {
			fmt.Printf("R%d: %s denied: %v\n", c.Rule, c.Pattern, c.Effect == authz.Deny)
		}
	}
	// Output:
	// false — a personal entry in the project decides
	// R11: budget:edit denied: true
}

// Who inverts Check.
func ExamplePolicy_Who() {
	policy := mustCompile(festival())
	fmt.Println(policy.Who("event:view", authz.Resource{Project: "tour"}, 0))
	// Output: [dan]
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
