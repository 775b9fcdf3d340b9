package authz_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/remit-server/remit/authz"
)

// The rows about giving (R24) are refused by whoever writes the policy; what
// the engine owes them is the truth about who holds what before and after.

// gains lists what a user would hold in p1 after a change and does not now.
func gains(t *testing.T, user string, at int64, given []change, do change) []string {
	t.Helper()
	before, after := compile(t, given...), compile(t, append(slices.Clip(given), do)...)
	had := before.Permissions(person(user), "p1", at)
	return slices.DeleteFunc(after.Permissions(person(user), "p1", at), func(name string) bool { return slices.Contains(had, name) })
}

// lacks lists those of names that a user does not hold in p1.
func lacks(t *testing.T, user string, at int64, given []change, names []string) []string {
	t.Helper()
	held := compile(t, given...).Permissions(person(user), "p1", at)
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(held, name) })
}

func wantNames(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

// givingExamples are run by TestExamples.
var givingExamples = map[string]func(t *testing.T){
	"row_29_a_manager_without_budget_gives_no_budget": func(t *testing.T) {
		given := []change{
			member("p1", "ada", "owner"), entry("p1", "ada", authz.Deny, budget), entry("p1", "ada", authz.Deny, editBudget),
			member("p1", "dan", "drummer"),
		}
		gained := gains(t, "bob", 0, given, member("p1", "bob", "production_manager"))
		wantNames(t, "a new manager gains", lacks(t, "ada", 0, given, gained), editBudget, budget)
		lifted := gains(t, "dan", 0, append(given, override("p1", "drummer", authz.Remove, budget)), override("p1", "drummer", authz.Allow, budget))
		wantNames(t, "a drummer gains", lacks(t, "ada", 0, given, lifted), budget)
		wantNames(t, "nobody gains by a role that nobody holds", gains(t, "dan", 0, given, override("p1", "reader", authz.Allow, budget)))
	},
	"row_30_what_is_held_until_noon_is_not_held_after": func(t *testing.T) {
		given := []change{member("p1", "ada", "drummer"), during("p1", "ada", authz.Allow, budget, authz.Interval{Until: noon})}
		for at, want := range map[int64][]string{secondTo12: {}, noon: {budget}} {
			gained := gains(t, "dan", at, append(given, member("p1", "dan", "drummer")), entry("p1", "dan", authz.Allow, budget))
			wantNames(t, "dan gains", gained, budget)
			wantNames(t, "of which ada lacks", lacks(t, "ada", at, given, gained), want...)
		}
	},
	"row_31_taking_a_role_away_gives_what_it_denied": func(t *testing.T) {
		given := []change{override("p1", "drummer", authz.Deny, budget, editBudget), member("p1", "pam", "production_manager")}
		blocked := append(slices.Clip(given), member("p1", "pam", "drummer"))
		wantAnswers(t, compile(t, blocked...), asked{who: person("pam"), what: budget, on: in("p1"), want: "no R12"})
		wantAnswers(t, compile(t, given...), asked{who: person("pam"), what: budget, on: in("p1"), want: "yes R12"})
		off := func(src *authz.Source) {
			p := project(src, "p1")
			p.Members = slices.DeleteFunc(p.Members, func(m authz.Member) bool { return m.Role == "drummer" })
		}
		wantNames(t, "pam gains", gains(t, "pam", 0, blocked, off), editBudget, budget)
	},
	"row_32_the_right_to_assign_a_role_is_a_right_by_name": func(t *testing.T) {
		given := []change{
			declared(authz.Permission{Name: "member:assign.drummer"}, authz.Permission{Name: "member:assign.production_manager"}),
			entry("p1", "ada", authz.Allow, "member:assign.drummer"),
		}
		wantAnswers(t, compile(t, given...),
			asked{who: person("ada"), what: "member:assign.drummer", on: in("p1"), want: "yes R11"},
			asked{who: person("ada"), what: "member:assign.production_manager", on: in("p1"), want: "no R14"},
		)
	},
	"row_35_the_next_claim_asks_the_runner_again": func(t *testing.T) {
		src := world()
		member("p1", "ada", "owner")(&src)
		member("p1", "bob", "basic")(&src)
		p := mustCompile(src)
		batch := run(jobOf("bob"), "ml") // bob made it, ada runs it
		wantAnswers(t, p, asked{who: person("ada"), what: "job:run.ml", on: batch, want: "yes R12"})
		inProject("p1", func(p *authz.Project) { p.Members = p.Members[1:] })(&src)
		left, err := p.Recompile(src)
		if err != nil {
			t.Fatal(err)
		}
		wantAnswers(t, left, asked{who: person("ada"), what: "job:run.ml", on: batch, want: "no R14"})
	},
}

// labels is a job on p1 of eve, an executor, whose type lends the labels.
func labels(right authz.LentRight) authz.Resource {
	return authz.Resource{
		Project: "p1", Facts: authz.IsLent,
		Loan: &authz.Loan{Rights: []authz.LentRight{right}, Owner: person("eve"), Runner: person("eve")},
	}
}

var loanExamples = []example{
	{
		"row_36_a_type_lends_what_its_executors_do_not_hold",
		[]change{
			declared(authz.Permission{Name: "record:edit.labels"}, authz.Permission{Name: "job:run.annotate"}),
			func(src *authz.Source) {
				src.Roles = append(src.Roles, authz.Role{Name: "executor", Allow: []string{"job:create", "job:read", "job:run.annotate"}})
			},
			member("p1", "eve", "executor"),
		},
		[]asked{
			{who: person("eve"), what: "job.submit", on: run(jobOf("eve"), "annotate"), want: "yes"},
			{who: n1, what: "record:edit.labels", on: labels(authz.LentRight{Permission: "record:edit.labels", OfType: true}), want: "yes R28"},
			{who: n1, what: "record:edit.labels", on: labels(authz.LentRight{Permission: "record:edit.labels"}), want: "no R6"},
			{who: person("eve"), what: "record:edit.labels", on: in("p1"), want: "no R14"},
		},
	},
}
