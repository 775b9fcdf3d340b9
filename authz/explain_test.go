package authz_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// told is an example whose explanation and flips stand, word for word, in
// testdata/explanations.txt. The verdict is typed by hand.
type told struct {
	name  string
	given []change
	asked
}

func TestExplanationsReadAsTheyShould(t *testing.T) {
	t.Parallel()
	const golden = "testdata/explanations.txt"
	var b strings.Builder
	for _, e := range append(toldOfPeople, toldOfOthers...) {
		p := compile(t, e.given...)
		x := p.Explain(e.who, e.what, e.on, e.at)
		if got := answer(x.Decision); got != e.want {
			t.Errorf("%s: %s, want %s", e.name, got, e.want)
		}
		fmt.Fprintf(&b, "## %s\n\n%v", e.name, x)
		for _, f := range p.Flips(e.who, e.what, e.on, e.at) {
			fmt.Fprintf(&b, "  → %v\n", f)
		}
		b.WriteString("\n")
	}
	if os.Getenv("REMIT_UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("REMIT_UPDATE=1 writes %s anew (-want +got)\n%s", golden, diff)
	}
}

var toldOfPeople = []told{
	{
		"row 3: one role denies what another allows",
		[]change{member("p1", "dan", "drummer", "production_manager"), override("p1", "drummer", authz.Deny, budget)},
		asked{who: person("dan"), what: budget, on: in("p1"), want: "no R12"},
	},
	{
		"row 5: a personal allow beats roles",
		[]change{
			member("p1", "dan", "drummer", "production_manager"), override("p1", "drummer", authz.Deny, budget),
			entry("p1", "dan", authz.Allow, budget),
		},
		asked{who: person("dan"), what: budget, on: in("p1"), want: "yes R11"},
	},
	{
		"row 6: a personal deny beats a personal allow",
		[]change{entry("p1", "dan", authz.Allow, budget), entry("p1", "dan", authz.Deny, budget)},
		asked{who: person("dan"), what: budget, on: in("p1"), want: "no R11"},
	},
	{
		"row 8: ended, not begun, elsewhere; and who wrote it",
		[]change{noted, member("p1", "dan", "production_manager")},
		asked{who: person("dan"), what: budget, on: in("p1"), at: noon, want: "yes R12"},
	},
	{
		"row 11: a ban, to an owner",
		[]change{member("p1", "dan", "owner"), entry("p1", "dan", authz.Deny, authz.ProjectView)},
		asked{who: person("dan"), what: events, on: in("p1"), want: "no R10"},
	},
	{
		"row 12: a wide deny is no ban",
		[]change{
			member("p1", "dan", "owner", "drummer"), override("p1", "drummer", authz.Deny, "*"),
			entry("p1", "dan", authz.Deny, "project:*"),
		},
		asked{who: person("dan"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
	},
	{
		"row 12: but denies the rest",
		[]change{member("p1", "dan", "owner", "drummer"), override("p1", "drummer", authz.Deny, "*")},
		asked{who: person("dan"), what: events, on: in("p1"), want: "no R12"},
	},
	{
		"row 14: a site deny beats a personal allow",
		[]change{siteEntry("dan", authz.Deny, "job:run.ml"), entry("p1", "dan", authz.Allow, "job:run.ml")},
		asked{who: person("dan"), what: "job:run.ml", on: in("p1"), want: "no R9"},
	},
	{
		"row 17: reserved",
		[]change{func(src *authz.Source) { src.Reserved = []string{"job:run.ml"} }, member("p1", "ada", "owner")},
		asked{who: person("ada"), what: "job:run.ml", on: in("p1"), want: "no R4"},
	},
	{
		"row 18: a key narrows superusers too",
		nil,
		asked{who: capped("sue", "job:read"), what: "job:cancel", on: jobOf(""), want: "no R5"},
	},
	{
		"a key for other projects, and none of its scopes",
		[]change{member("p1", "dan", "sound_tech")},
		asked{
			who: authz.Subject{Kind: authz.Person, ID: "dan", Caps: &authz.Caps{Projects: []string{"p2"}}}, what: "job:cancel", on: jobOf("dan"),
			want: "no R5",
		},
	},
	{
		"a key for a project, and something of the site",
		nil,
		asked{
			who: authz.Subject{Kind: authz.Person, ID: "sue", Caps: &authz.Caps{Scopes: []string{"*"}, Projects: []string{"p2"}}}, what: "user:read",
			want: "no R5",
		},
	},
	{
		"row 24: editing requires seeing",
		[]change{member("p1", "pam", "production_manager"), entry("p1", "pam", authz.Deny, budget)},
		asked{who: person("pam"), what: editBudget, on: in("p1"), want: "no R15"},
	},
	{
		"nothing allows it, and it requires more that nothing allows",
		nil,
		asked{who: person("dan"), what: editBudget, on: in("p1"), want: "no R14"},
	},
	{
		"row 31: leaving a role can give",
		[]change{member("p1", "eve", "production_manager"), teamMember("p1", "drummer"), override("p1", "drummer", authz.Deny, budget)},
		asked{who: person("eve"), what: budget, on: in("p1"), want: "no R12"},
	},
	{
		"row 37: a grant of the collection opens a private thing",
		[]change{collectionMember("p1", "dan", "reader", "c1"), member("p1", "dan", "reader")},
		asked{who: person("dan"), what: "collection:read", on: privately("ada", "c1"), want: "yes R12"},
	},
	{
		"row 37: to read in the project is not enough",
		[]change{member("p1", "eve", "reader")},
		asked{who: person("eve"), what: "collection:read", on: privately("ada", "c1"), want: "no R14"},
	},
	{
		"public, whatever is denied",
		[]change{public("p1", events), entry("p1", "eve", authz.Deny, events)},
		asked{who: person("eve"), what: events, on: in("p1"), want: "yes R7"},
	},
	{
		"staff may anywhere",
		[]change{staffed},
		asked{who: person("eve"), what: "collection:update", on: in("p2"), want: "yes R13"},
	},
}

func noted(src *authz.Source) {
	by := &authz.Note{ID: "e1", By: "ada", At: secondTo12, Why: "until the audit is over"}
	p := project(src, "p1")
	p.Entries = []authz.Entry{
		{User: "dan", Pattern: budget, Effect: authz.Deny, Interval: authz.Interval{Until: noon}, Note: by},
		{User: "dan", Pattern: "record:*", Effect: authz.Deny, Interval: authz.Interval{From: noon + 1}, Note: &authz.Note{By: "ada"}},
		{User: "dan", Pattern: budget, Effect: authz.Deny, Collection: "c1"},
	}
	p.Members = []authz.Member{{User: "dan", Role: "drummer", Note: &authz.Note{By: "ada", At: 1_500_000}}}
	p.Overrides = []authz.Override{{Role: "drummer", Pattern: budget, Effect: authz.Remove, Note: by}}
}

func teamMember(in, role string) change {
	return func(src *authz.Source) {
		p := project(src, in)
		p.Members = append(p.Members, authz.Member{Team: "band", Role: role})
	}
}

func collectionMember(in, user, role, collection string) change {
	return func(src *authz.Source) {
		p := project(src, in)
		p.Members = append(p.Members, authz.Member{User: user, Role: role, Collection: collection})
	}
}

func staffed(src *authz.Source) {
	src.SiteMembers = append(src.SiteMembers, authz.Member{Team: "band", Role: "staff"})
}

// modern adds what the shared catalogue has not got: old names, previews, and
// tokens.
func modern(src *authz.Source) {
	for i := range src.Catalog.Permissions {
		switch p := &src.Catalog.Permissions[i]; p.Name {
		case budget:
			p.Reads, p.Aliases = true, []string{"budget:all"}
		case editBudget:
			p.Aliases = []string{"budget:all"}
		case "job:read":
			p.Reads = true
		}
	}
	src.Catalog.Token = []string{"job:read"}
	src.Users = append(src.Users, authz.User{ID: "old", Disabled: true})
}

func previewOf(viewer string, v authz.Preview) authz.Subject {
	return authz.Subject{Kind: authz.Person, ID: viewer, Preview: &v}
}

// lent is a thing lent to a node by a job of dan's that ada runs.
func lent(rights ...authz.LentRight) authz.Resource {
	return authz.Resource{
		Project: "p1", Facts: authz.IsLent,
		Loan: &authz.Loan{Rights: rights, Owner: person("dan"), Runner: person("ada")},
	}
}

// byKey is the thing when the job was started with a key.
func byKey(on authz.Resource, scopes ...string) authz.Resource {
	on.Loan.Runner.Caps = &authz.Caps{Scopes: scopes}
	return on
}

var toldOfOthers = []told{
	{
		"an old name stands for two, and one is refused", []change{modern, entry("p1", "dan", authz.Allow, "budget:all"), entry("p1", "dan", authz.Deny, editBudget)},
		asked{who: person("dan"), what: "budget:all", on: in("p1"), want: "no R11"},
	},
	{
		"a preview: the target may not", []change{modern, member("p1", "pam", "production_manager")},
		asked{who: previewOf("pam", authz.Preview{User: "dan"}), what: budget, on: in("p1"), want: "no R14"},
	},
	{
		"a preview: the viewer may not", []change{modern, member("p1", "pam", "production_manager")},
		asked{who: previewOf("dan", authz.Preview{User: "pam"}), what: budget, on: in("p1"), want: "no R5"},
	},
	{
		"a preview only reads", []change{modern},
		asked{who: previewOf("sue", authz.Preview{User: "sue"}), what: editBudget, on: in("p1"), want: "no R5"},
	},
	{
		"a preview of a role", []change{modern},
		asked{who: previewOf("sue", authz.Preview{Role: "production_manager"}), what: budget, on: in("p1"), want: "yes R12"},
	},
	{
		"a preview of a site role", []change{modern, func(src *authz.Source) { src.SiteRoles[1].Allow = []string{budget} }},
		asked{who: previewOf("sue", authz.Preview{Role: "staff"}), what: budget, on: in("p1"), want: "yes R13"},
	},
	{
		"a preview of something public", []change{modern, public("p1", events)},
		asked{who: previewOf("dan", authz.Preview{User: "eve"}), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
	},
	{
		"a preview: the viewer may so with own things only", []change{modern, member("p1", "dan", "sound_tech"), override("p1", "sound_tech", authz.Remove, "job:read@others")},
		asked{who: previewOf("dan", authz.Preview{User: "dan"}), what: "job:read", on: jobOf("dan"), want: "no R5"},
	},
	{
		"a preview: the viewer may so with others' things only", []change{modern, member("p1", "dan", "sound_tech"), entry("p1", "dan", authz.Deny, "job:read@own")},
		asked{who: previewOf("dan", authz.Preview{User: "sue"}), what: "job:read", on: jobOf("eve"), want: "no R5"},
	},
	{
		"a preview: the viewer may both, for two reasons", []change{modern, member("p1", "dan", "sound_tech"), entry("p1", "dan", authz.Allow, "job:read@own")},
		asked{who: previewOf("dan", authz.Preview{User: "sue"}), what: "job:read", on: jobOf("eve"), want: "yes R8"},
	},
	{
		"a preview of something public, and the viewer may not what it requires",
		[]change{modern, public("p1", "file:read"), member("p1", "eve", "reader"), entry("p1", "dan", authz.Deny, "collection:read")},
		asked{who: previewOf("dan", authz.Preview{User: "eve"}), what: "file:read", on: in("p1"), want: "no R5"},
	},
	{
		"a preview of a role that nobody is a member of", []change{modern, func(src *authz.Source) {
			src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: []string{"record:*"}})
		}},
		asked{who: previewOf("sue", authz.Preview{Role: "anonymous"}), what: budget, on: in("p1"), want: "no R14"},
	},
	{"a preview of no role", nil, asked{who: previewOf("sue", authz.Preview{Role: "choir"}), what: budget, on: in("p1"), want: "no R2"}},
	{"a preview of nobody", nil, asked{who: previewOf("sue", authz.Preview{}), what: budget, on: in("p1"), want: "no R1"}},
	{"a preview of a disabled account", []change{modern}, asked{who: previewOf("sue", authz.Preview{User: "old"}), what: budget, on: in("p1"), want: "no R1"}},
	{"a disabled account", []change{modern}, asked{who: person("old"), what: authz.ProjectView, on: in("p1"), want: "no R1"}},
	{"no account", nil, asked{who: person("gone"), what: authz.ProjectView, on: in("p1"), want: "no R1"}},
	{"no kind", nil, asked{who: authz.Subject{Kind: 77}, what: authz.ProjectView, want: "no R1"}},
	{"a misspelt permission", nil, asked{who: person("dan"), what: "record:veiw.budget", on: in("p1"), want: "no R2"}},
	{"no such permission", nil, asked{what: "moon:land", want: "no R2"}},
	{"no such visibility", nil, asked{who: person("sue"), what: budget, on: authz.Resource{Project: "p1", Visibility: authz.Public + 1}, want: "no R2"}},
	{"never", nil, asked{who: person("sue"), what: "audit:delete", want: "no R3"}},
	{"a stranger", nil, asked{what: events, on: in("p1"), want: "no R14"}},
	{
		"a stranger, denied", []change{func(src *authz.Source) {
			src.SiteOverrides = []authz.Override{{Role: "anonymous", Pattern: "record:*", Effect: authz.Deny}}
		}},
		asked{what: events, on: in("p9"), want: "no R9"},
	},
	{
		"what strangers may on the whole site", []change{func(src *authz.Source) {
			src.SiteRoles = append(src.SiteRoles, authz.Role{Name: "anonymous", Allow: []string{"record:*"}})
		}},
		asked{who: person("dan"), what: events, on: in("p1"), want: "yes R7"},
	},
	{
		"a thing that is public itself", nil,
		asked{what: "file:read", on: authz.Resource{Project: "p1", Visibility: authz.Public}, want: "yes R7"},
	},
	{
		"the bearer of a job's token", []change{modern},
		asked{who: authz.Subject{Kind: authz.Bearer, ID: "j1"}, what: "job:read", on: authz.Resource{Project: "p1", Thing: "j1"}, want: "yes R31"},
	},
	{"authentication off", nil, asked{who: authz.Subject{Kind: authz.Local}, what: budget, on: in("p1"), want: "yes R32"}},
	{"a superuser", []change{member("p1", "sue", "production_manager")}, asked{who: person("sue"), what: budget, on: in("p1"), want: "yes R8"}},
	{"a loop", nil, asked{who: authz.Subject{Kind: authz.System, ID: "sweeper"}, what: "job:cancel", on: in("p1"), want: "yes R13"}},
	{"a loop, without", nil, asked{who: authz.Subject{Kind: authz.System, ID: "sweeper"}, what: budget, on: in("p1"), want: "no R14"}},
	{"a node at its work", nil, asked{who: n1, what: "job:claim", on: in("p1"), want: "yes R6"}},
	{"a node without the lock", nil, asked{who: n1, what: "job:work", on: in("p1"), want: "no R6"}},
	{"a node and nothing for it", nil, asked{who: n1, what: budget, on: in("p1"), want: "no R6"}},
	{"a node and what is never", nil, asked{who: n1, what: "audit:delete", want: "no R3"}},
	{"lent by the type", nil, asked{who: n1, what: budget, on: lent(authz.LentRight{Permission: budget}, authz.LentRight{Permission: budget, OfType: true}), want: "yes R28"}},
	{
		"lent by owner and runner, and one of them may not", []change{member("p1", "ada", "owner")},
		asked{who: n1, what: budget, on: lent(authz.LentRight{Permission: budget}), want: "no R6"},
	},
	{
		"lent by owner and runner", []change{member("p1", "ada", "owner"), entry("p1", "dan", authz.Allow, budget)},
		asked{who: n1, what: budget, on: lent(authz.LentRight{Permission: budget}), want: "yes R28"},
	},
	{
		"lent by owner and runner, whose key is too narrow", []change{member("p1", "ada", "owner"), member("p1", "dan", "owner")},
		asked{who: n1, what: budget, on: byKey(lent(authz.LentRight{Permission: budget}), "job:*"), want: "no R6"},
	},
	{
		"a node's own record", []change{func(src *authz.Source) {
			src.Catalog.Node = append(src.Catalog.Node,
				authz.NodeRight{Permission: "user:read", Needs: authz.IsSelf | authz.IsWorkflow, Serves: true}, authz.NodeRight{Permission: "user:read"})
		}},
		asked{who: n1, what: "user:read", want: "yes R6"},
	},
}

func TestDecisiveLooksIntoTheParts(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "pam", "production_manager"), entry("p1", "pam", authz.Deny, budget))
	want := []authz.Considered{{
		Permission: budget, Rule: 11, Project: "p1", Pattern: budget, Effect: authz.Deny, Live: true, Decided: true,
	}}
	if diff := cmp.Diff(want, p.Explain(person("pam"), editBudget, in("p1"), 0).Decisive()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
