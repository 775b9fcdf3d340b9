package authz_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// An operation asks for all of some groups, any one permission of each, for
// the thing's read, and last for its state. A refusal tells how it should
// read: here "You can only cancel your own jobs".
func ExamplePolicy_Can() {
	policy := mustCompile(stage(authz.Member{User: "dan", Role: "drummer"}))
	dan := authz.Subject{Kind: authz.Person, ID: "dan"}
	mine := authz.Resource{Project: "tour", Owner: "dan", Run: "mix"}
	step, eves, hidden := mine, mine, mine
	step.Facts, eves.Owner, hidden.Project = authz.HasParent, "eve", "elsewhere"
	for _, job := range []authz.Resource{mine, step, eves, hidden} {
		d := policy.Can(dan, "job.cancel", job, 0)
		fmt.Printf("%v R%d guard=%q own only=%v no such project=%v\n", d.Allowed, d.Rule, d.Guard, d.OwnOnly, d.ProjectHidden)
	}
	// Output:
	// true R12 guard="" own only=false no such project=false
	// false R16 guard="top_level" own only=false no such project=false
	// false R14 guard="" own only=true no such project=false
	// false R14 guard="" own only=false no such project=true
}

// A list is a question too: its scope becomes the condition of a query, so
// that lists, counts and pages equal the check, thing by thing.
func ExamplePolicy_Scope() {
	policy := mustCompile(stage(authz.Member{User: "dan", Role: "drummer"}))
	scope := policy.Scope(authz.Subject{Kind: authz.Person, ID: "dan"}, "job:cancel", 0)
	var where []string
	for _, project := range slices.Sorted(maps.Keys(scope.Projects)) {
		cells := scope.Projects[project]
		switch own, others := cells.Has(true, authz.ProjectWide), cells.Has(false, authz.ProjectWide); {
		case own && others:
			where = append(where, fmt.Sprintf("project = '%s'", project))
		case own:
			where = append(where, fmt.Sprintf("project = '%s' AND owner = '%s'", project, scope.Subject))
		}
	}
	fmt.Println(strings.Join(where, " OR\n"))
	// Output:
	// project = 'album' AND owner = 'dan' OR
	// project = 'tour' AND owner = 'dan'
}

// Who inverts Check: everybody who passes it, by whatever way.
func ExamplePolicy_Who() {
	policy := mustCompile(stage(authz.Member{User: "dan", Role: "drummer"}))
	fmt.Println(policy.Who("job:cancel", authz.Resource{Project: "tour", Owner: "dan"}, 0))
	fmt.Println(policy.Who("job:cancel", authz.Resource{Project: "tour", Owner: "eve"}, 0))
	// Output:
	// [dan sue]
	// [sue]
}

// All that somebody may, in the words of the catalogue.
func ExamplePolicy_Permissions() {
	policy := mustCompile(stage(authz.Member{User: "dan", Role: "drummer"}))
	fmt.Println(policy.Permissions(authz.Subject{Kind: authz.Person, ID: "dan"}, "tour", 0))
	// Output: [event:view job:cancel@own job:read project:view]
}

// Explain answers as Check does, and names what decided and what did not.
func ExamplePolicy_Explain() {
	src := stage(authz.Member{User: "dan", Role: "manager"})
	src.Projects[0].Entries = []authz.Entry{{User: "dan", Pattern: "budget:edit", Effect: authz.Deny}}
	x := mustCompile(src).Explain(authz.Subject{Kind: authz.Person, ID: "dan"}, "budget:edit", authz.Resource{Project: "tour"}, 0)
	fmt.Println(x.Allowed, x.Rule)
	for _, c := range x.Considered {
		if c.Pattern != "" {
			fmt.Printf("R%d %s%s, decided: %v\n", c.Rule, c.Role, c.Pattern, c.Decided)
		}
	}
	// Output:
	// false 11
	// R12 managerbudget:*, decided: false
	// R11 budget:edit, decided: true
}

// A policy never changes. An edit makes new lists for what is edited and keeps
// the others, and Recompile does the work of the edit only. Whoever asks the
// old policy meanwhile gets the old answers.
func ExamplePolicy_Recompile() {
	src := stage(authz.Member{User: "dan", Role: "drummer"})
	before := mustCompile(src)

	src.Projects = slices.Clone(src.Projects)
	tour := &src.Projects[0]
	tour.Members = append(slices.Clone(tour.Members), authz.Member{User: "eve", Role: "drummer"})
	after, err := before.Recompile(src)
	if err != nil {
		panic(err)
	}
	ask(before, "eve", "event:view", authz.Resource{Project: "tour"})
	ask(after, "eve", "event:view", authz.Resource{Project: "tour"})
	// Output:
	// eve event:view in tour: false by R14
	// eve event:view in tour: true by R12
}

// Old names go on meaning what they meant, and may stand for several new ones.
func ExamplePermission_aliases() {
	src := stage()
	src.Catalog.Permissions[4].Aliases = []string{"task:any"} // job:read
	src.Catalog.Permissions[5].Aliases = []string{"task:any"} // job:cancel
	src.Projects[0].Entries = []authz.Entry{{User: "dan", Pattern: "task:any", Effect: authz.Allow}}
	policy := mustCompile(src)
	ask(policy, "dan", "job:read", authz.Resource{Project: "tour"})
	ask(policy, "dan", "job:cancel", authz.Resource{Project: "tour"})
	// Output:
	// dan job:read in tour: true by R11
	// dan job:cancel in tour: true by R11
}
