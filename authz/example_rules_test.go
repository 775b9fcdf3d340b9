package authz_test

import (
	"fmt"
	"time"

	"github.com/remit-server/remit/authz"
)

// stage is the policy that the examples start from: what there is to
// permit, three people, two roles, and two projects that nobody is in yet.
func stage(members ...authz.Member) authz.Source {
	return authz.Source{
		Catalog: authz.Catalog{
			Permissions: []authz.Permission{
				{Name: "project:view", PublicOK: true},
				{Name: "event:view", PublicOK: true},
				{Name: "budget:view"},
				{Name: "budget:edit", Requires: []string{"budget:view"}},
				{Name: "job:read", Selectors: true},
				{Name: "job:cancel", Selectors: true},
				{Name: "job:run.mix"},
			},
			Operations: []authz.Operation{{
				Name: "job.cancel", Groups: [][]string{{"job:run.{run}", "job:cancel"}}, Primary: "job:cancel",
				Read: "job:read", Guards: []authz.Guard{authz.GuardTopLevel}, Verb: "cancel", Noun: "jobs",
			}},
		},
		Users: []authz.User{{ID: "dan"}, {ID: "eve"}, {ID: "sue", Superuser: true}},
		Roles: []authz.Role{
			{Name: "drummer", Allow: []string{"event:view", "job:read", "job:cancel@own"}},
			{Name: "manager", Allow: []string{"event:*", "budget:*", "job:*"}},
		},
		Projects: []authz.Project{{ID: "tour", Members: members}, {ID: "album", Members: members}},
	}
}

// ask prints a decision.
func ask(policy *authz.Policy, user, permission string, thing authz.Resource) {
	d := policy.Check(authz.Subject{Kind: authz.Person, ID: user}, permission, thing, 0)
	fmt.Printf("%s %s in %s: %v by R%d\n", user, permission, thing.Project, d.Allowed, d.Rule)
}

// A role is held in a project. Elsewhere it means nothing.
func ExamplePolicy_Check() {
	src := stage()
	src.Projects[0].Members = []authz.Member{{User: "dan", Role: "drummer"}}
	policy := mustCompile(src)
	ask(policy, "dan", "event:view", authz.Resource{Project: "tour"})
	ask(policy, "dan", "event:view", authz.Resource{Project: "album"})
	ask(policy, "eve", "event:view", authz.Resource{Project: "tour"})
	ask(policy, "sue", "event:view", authz.Resource{Project: "tour"})
	// Output:
	// dan event:view in tour: true by R12
	// dan event:view in album: false by R14
	// eve event:view in tour: false by R14
	// sue event:view in tour: true by R8
}

// What a role means can differ from project to project: an override says what
// is different, and nothing is copied.
func ExamplePolicy_Check_override() {
	src := stage(authz.Member{User: "dan", Role: "drummer"})
	src.Projects[1].Overrides = []authz.Override{
		{Role: "drummer", Pattern: "budget:view", Effect: authz.Allow},
		{Role: "drummer", Pattern: "event:view", Effect: authz.Remove},
	}
	policy := mustCompile(src)
	ask(policy, "dan", "budget:view", authz.Resource{Project: "tour"})
	ask(policy, "dan", "budget:view", authz.Resource{Project: "album"})
	ask(policy, "dan", "event:view", authz.Resource{Project: "album"})
	// Output:
	// dan budget:view in tour: false by R14
	// dan budget:view in album: true by R12
	// dan event:view in album: false by R14
}

// Of several roles that somebody holds, one that denies is enough.
func ExamplePolicy_Check_denyBeatsAllow() {
	src := stage(authz.Member{User: "dan", Role: "drummer"}, authz.Member{User: "dan", Role: "manager"})
	src.Projects[1].Overrides = []authz.Override{{Role: "drummer", Pattern: "budget:*", Effect: authz.Deny}}
	policy := mustCompile(src)
	ask(policy, "dan", "budget:view", authz.Resource{Project: "tour"})
	ask(policy, "dan", "budget:view", authz.Resource{Project: "album"})
	// Output:
	// dan budget:view in tour: true by R12
	// dan budget:view in album: false by R12
}

// An entry for one person goes before all roles, and needs none.
func ExamplePolicy_Check_entryBeatsRole() {
	src := stage(authz.Member{User: "dan", Role: "manager"})
	src.Projects[0].Entries = []authz.Entry{
		{User: "dan", Pattern: "budget:edit", Effect: authz.Deny},
		{User: "eve", Pattern: "budget:view", Effect: authz.Allow},
	}
	policy := mustCompile(src)
	ask(policy, "dan", "budget:edit", authz.Resource{Project: "tour"})
	ask(policy, "dan", "budget:view", authz.Resource{Project: "tour"})
	ask(policy, "eve", "budget:view", authz.Resource{Project: "tour"})
	// Output:
	// dan budget:edit in tour: false by R11
	// dan budget:view in tour: true by R12
	// eve budget:view in tour: true by R11
}

// A permission with selectors is decided apart for own and for others' things.
func ExamplePolicy_Check_ownAndOthers() {
	policy := mustCompile(stage(authz.Member{User: "dan", Role: "drummer"}))
	ask(policy, "dan", "job:cancel", authz.Resource{Project: "tour", Owner: "dan"})
	ask(policy, "dan", "job:cancel", authz.Resource{Project: "tour", Owner: "eve"})
	ask(policy, "dan", "job:read", authz.Resource{Project: "tour", Owner: "eve"})
	// Output:
	// dan job:cancel in tour: true by R12
	// dan job:cancel in tour: false by R14
	// dan job:read in tour: true by R12
}

// Memberships and entries have a beginning and an end; the caller brings the clock.
func ExamplePolicy_Check_time() {
	until := time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)
	src := stage()
	src.Projects[0].Entries = []authz.Entry{{
		User: "dan", Pattern: "budget:view", Effect: authz.Allow, Interval: authz.Interval{Until: until.UnixMicro()},
	}}
	policy, dan, tour := mustCompile(src), authz.Subject{Kind: authz.Person, ID: "dan"}, authz.Resource{Project: "tour"}
	for _, at := range []time.Time{until.Add(-time.Microsecond), until} {
		fmt.Println(at.Format(time.TimeOnly), policy.Check(dan, "budget:view", tour, at.UnixMicro()).Allowed)
	}
	// Output:
	// 11:59:59 true
	// 12:00:00 false
}

// What a permission requires must be allowed as well. The decision names what
// is missing.
func ExamplePolicy_Check_requires() {
	src := stage(authz.Member{User: "dan", Role: "manager"})
	src.Projects[0].Entries = []authz.Entry{{User: "dan", Pattern: "budget:view", Effect: authz.Deny}}
	policy, dan := mustCompile(src), authz.Subject{Kind: authz.Person, ID: "dan"}
	for _, project := range []string{"tour", "album"} {
		d := policy.Check(dan, "budget:edit", authz.Resource{Project: project}, 0)
		fmt.Printf("%s: %v by R%d, %s\n", project, d.Allowed, d.Rule, d.Permission)
	}
	// Output:
	// tour: false by R15, budget:view
	// album: true by R12, budget:edit
}

// A key narrows whoever uses it, superusers too, and never adds. Its scope
// covers what it names requires.
func ExamplePolicy_Check_key() {
	policy := mustCompile(stage(authz.Member{User: "dan", Role: "drummer"}))
	caps := &authz.Caps{Scopes: []string{"budget:edit"}, Projects: []string{"tour"}}
	for _, user := range []string{"sue", "dan"} {
		key := authz.Subject{Kind: authz.Person, ID: user, Caps: caps}
		for _, permission := range []string{"budget:edit", "budget:view", "event:view"} {
			d := policy.Check(key, permission, authz.Resource{Project: "tour"}, 0)
			fmt.Printf("%s %s: %v by R%d\n", user, permission, d.Allowed, d.Rule)
		}
	}
	// Output:
	// sue budget:edit: true by R8
	// sue budget:view: true by R8
	// sue event:view: false by R5
	// dan budget:edit: false by R14
	// dan budget:view: false by R14
	// dan event:view: false by R5
}

// What is public is for everybody, and no deny hides it from one person only.
func ExamplePolicy_Check_public() {
	src := stage()
	src.Projects[0].Public = []string{"event:view"}
	src.Projects[0].Entries = []authz.Entry{{User: "dan", Pattern: "event:view", Effect: authz.Deny}}
	policy, tour := mustCompile(src), authz.Resource{Project: "tour"}
	ask(policy, "dan", "event:view", tour)
	fmt.Println("a stranger:", policy.Check(authz.Subject{}, "event:view", tour, 0).Allowed)
	// Output:
	// dan event:view in tour: true by R7
	// a stranger: true
}

// "View as" shows what another would see, never more than the viewer may.
func ExamplePreview() {
	src := stage(authz.Member{User: "dan", Role: "drummer"})
	src.Catalog.Permissions[1].Reads = true // event:view
	policy, tour := mustCompile(src), authz.Resource{Project: "tour"}
	asDan := authz.Subject{Kind: authz.Person, ID: "sue", Preview: &authz.Preview{User: "dan"}}
	fmt.Println("events:", policy.Check(asDan, "event:view", tour, 0).Allowed)
	fmt.Println("budget:", policy.Check(asDan, "budget:view", tour, 0).Allowed)
	// Output:
	// events: true
	// budget: false
}
