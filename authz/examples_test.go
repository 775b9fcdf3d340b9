package authz_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit/authz"
)

// asked is one ask of an example: a permission (with a colon) or an
// operation (without), and the answer that the contract gives.
type asked struct {
	who  authz.Subject
	what string
	on   authz.Resource
	at   int64
	want string
}

func (q asked) answer(p *authz.Policy) string {
	if strings.Contains(q.what, ":") {
		return answer(p.Check(q.who, q.what, q.on, q.at))
	}
	return status(p.Can(q.who, q.what, q.on, q.at))
}

// Noon, in the microseconds of the examples with a time.
const (
	noon       = int64(12 * 3600 * 1_000_000)
	secondTo12 = noon - 1_000_000
)

// The tricky examples of the permission contract, under its row numbers.
func TestExamples(t *testing.T) {
	t.Parallel()
	t.Run("row_10_what_may_not_be_public_cannot_be_written", func(t *testing.T) {
		t.Parallel()
		src := world()
		project(&src, "p1").Public = []string{budget}
		_, err := authz.Compile(src)
		if err == nil || err.Error() != "project p1: public: record:view.budget may not be public" {
			t.Errorf("error %v", err)
		}
	})
	for name, prove := range givingExamples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prove(t)
		})
	}
	for _, e := range slicesOf(roleExamples, entryExamples, siteExamples, jobExamples, loanExamples, visibilityExamples) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := compile(t, e.given...)
			for _, q := range e.ask {
				if got := q.answer(p); got != q.want {
					t.Errorf("%s asks %s on %+v at %d: %s, want %s", q.who.ID, q.what, q.on, q.at, got, q.want)
				}
			}
		})
	}
}

type example struct {
	name  string
	given []change
	ask   []asked
}

func slicesOf(lists ...[]example) (all []example) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

const (
	events     = "record:view.events"
	budget     = "record:view.budget"
	editBudget = "record:edit.budget"
)

var roleExamples = []example{
	{
		"row_01_an_override_allows_in_one_project_only",
		[]change{member("p1", "dan", "drummer"), member("p2", "dan", "drummer"), override("p2", "drummer", authz.Allow, budget)},
		[]asked{
			{who: person("dan"), what: budget, on: in("p2"), want: "yes R12"},
			{who: person("dan"), what: budget, on: in("p1"), want: "no R14"},
		},
	},
	{
		"row_02_an_override_denies_what_the_template_allows",
		[]change{member("p3", "pam", "production_manager"), override("p3", "production_manager", authz.Deny, budget)},
		[]asked{{who: person("pam"), what: budget, on: in("p3"), want: "no R12"}},
	},
	{
		"row_03_one_role_denies_what_another_allows",
		[]change{member("p1", "dan", "drummer", "production_manager"), override("p1", "drummer", authz.Deny, budget)},
		[]asked{{who: person("dan"), what: budget, on: in("p1"), want: "no R12"}},
	},
	{
		"row_04_remove_only_silences",
		[]change{member("p1", "dan", "drummer", "production_manager"), override("p1", "drummer", authz.Remove, budget, events)},
		[]asked{
			{who: person("dan"), what: budget, on: in("p1"), want: "yes R12"},
			{who: person("dan"), what: events, on: in("p1"), want: "yes R12"},
		},
	},
	{
		"row_05_a_personal_allow_beats_roles",
		[]change{
			member("p1", "dan", "drummer", "production_manager"), override("p1", "drummer", authz.Deny, budget),
			entry("p1", "dan", authz.Allow, budget),
		},
		[]asked{{who: person("dan"), what: budget, on: in("p1"), want: "yes R11"}},
	},
	{
		"row_12_a_wide_deny_is_no_ban",
		[]change{
			member("p1", "dan", "owner", "drummer"), override("p1", "drummer", authz.Deny, "*"),
			entry("p1", "dan", authz.Allow, budget),
		},
		[]asked{
			{who: person("dan"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
			{who: person("dan"), what: events, on: in("p1"), want: "no R12"},
			{who: person("dan"), what: budget, on: in("p1"), want: "yes R11"},
		},
	},
	{
		"row_33_a_new_job_type_is_matched_by_patterns",
		[]change{
			func(src *authz.Source) {
				src.Catalog.Permissions = append(src.Catalog.Permissions, authz.Permission{Name: "job:run.contracts"})
			},
			member("p1", "ada", "owner"), member("p1", "dan", "drummer"),
		},
		[]asked{
			{who: person("ada"), what: "job:run.contracts", on: in("p1"), want: "yes R12"},
			{who: person("dan"), what: "job:run.contracts", on: in("p1"), want: "no R14"},
		},
	},
}

var entryExamples = []example{
	{
		"row_06_a_personal_deny_beats_a_personal_allow",
		[]change{entry("p1", "dan", authz.Allow, budget), entry("p1", "dan", authz.Deny, budget)},
		[]asked{{who: person("dan"), what: budget, on: in("p1"), want: "no R11"}},
	},
	{
		"row_07_a_personal_allow_ends",
		[]change{during("p1", "dan", authz.Allow, budget, authz.Interval{Until: noon})},
		[]asked{
			{who: person("dan"), what: budget, on: in("p1"), at: secondTo12, want: "yes R11"},
			{who: person("dan"), what: budget, on: in("p1"), at: noon, want: "no R14"},
		},
	},
	{
		"row_08_a_personal_deny_ends",
		[]change{
			member("p1", "dan", "production_manager"),
			during("p1", "dan", authz.Deny, budget, authz.Interval{Until: noon}),
		},
		[]asked{
			{who: person("dan"), what: budget, on: in("p1"), at: secondTo12, want: "no R11"},
			{who: person("dan"), what: budget, on: in("p1"), at: noon, want: "yes R12"},
		},
	},
	{
		"row_09_no_deny_hides_what_is_public",
		[]change{public("p1", events), entry("p1", "eve", authz.Deny, events)},
		[]asked{
			{who: person("eve"), what: events, on: in("p1"), want: "yes R7"},
			{what: events, on: in("p1"), want: "yes R7"},
		},
	},
	{
		"row_11_a_ban_denies_everything_that_is_not_public",
		[]change{
			member("p1", "dan", "owner"), entry("p1", "dan", authz.Deny, authz.ProjectView),
			member("p2", "dan", "owner"), entry("p2", "dan", authz.Deny, authz.ProjectView), public("p2", events),
		},
		[]asked{
			{who: person("dan"), what: authz.ProjectView, on: in("p1"), want: "no R10"},
			{who: person("dan"), what: events, on: in("p1"), want: "no R10"},
			{who: person("dan"), what: events, on: in("p2"), want: "yes R7"},
			{who: person("dan"), what: budget, on: in("p2"), want: "no R10"},
			{who: person("dan"), what: authz.ProjectView, on: in("p2"), want: "yes R10"},
		},
	},
	{
		"row_13_an_allow_without_a_role_shows_the_title",
		[]change{entry("p1", "dan", authz.Allow, budget)},
		[]asked{
			{who: person("dan"), what: budget, on: in("p1"), want: "yes R11"},
			{who: person("dan"), what: events, on: in("p1"), want: "no R14"},
			{who: person("dan"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
		},
	},
	{
		"row_24_editing_requires_seeing",
		[]change{member("p1", "pam", "production_manager"), entry("p1", "pam", authz.Deny, budget)},
		[]asked{{who: person("pam"), what: editBudget, on: in("p1"), want: "no R15"}},
	},
}

var siteExamples = []example{
	{
		"row_14_a_site_deny_beats_a_personal_allow",
		[]change{siteEntry("dan", authz.Deny, "job:run.ml"), entry("p1", "dan", authz.Allow, "job:run.ml")},
		[]asked{{who: person("dan"), what: "job:run.ml", on: in("p1"), want: "no R9"}},
	},
	{
		"row_15_a_project_deny_beats_a_site_allow",
		[]change{
			siteEntry("dan", authz.Allow, budget),
			member("p1", "dan", "drummer"), override("p1", "drummer", authz.Deny, budget),
		},
		[]asked{
			{who: person("dan"), what: budget, on: in("p1"), want: "no R12"},
			{who: person("dan"), what: budget, on: in("p2"), want: "yes R13"},
		},
	},
	{
		"row_16_staff_may_in_any_project",
		[]change{func(src *authz.Source) {
			src.SiteMembers = append(src.SiteMembers, authz.Member{User: "pam", Role: "staff"})
		}},
		[]asked{
			{who: person("pam"), what: "collection:update", on: in("p1"), want: "yes R13"},
			{who: person("pam"), what: "collection:update", on: in("p3"), want: "yes R13"},
		},
	},
	{
		"row_17_reserved_names_do_not_imply_names",
		[]change{
			func(src *authz.Source) { src.Reserved = []string{"job:run.ml"} },
			member("p1", "ada", "owner"),
		},
		[]asked{
			{who: person("ada"), what: "job:run.ml", on: in("p1"), want: "no R4"},
			{who: person("ada"), what: "job:run.ml.single", on: in("p1"), want: "yes R12"},
			{who: person("sue"), what: "job:run.ml", on: in("p1"), want: "yes R8"},
		},
	},
	{
		"row_20_never_binds_superusers",
		nil,
		[]asked{{who: person("sue"), what: "audit:delete", want: "no R3"}},
	},
	{
		"row_28_no_account_never_falls_back_to_anonymous",
		[]change{public("p1", events)},
		[]asked{
			{who: person("gone"), what: events, on: in("p1"), want: "no R1"},
			{who: person("gone"), what: "collection.list", on: in("p1"), want: "401"},
		},
	},
}
