package authz_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// alias gives permissions an old name.
func alias(old string, names ...string) change {
	return func(src *authz.Source) {
		for _, name := range names {
			perm := declaration(src, name)
			perm.Aliases = append(perm.Aliases, old)
		}
	}
}

func declaration(src *authz.Source, name string) *authz.Permission {
	for i := range src.Catalog.Permissions {
		if src.Catalog.Permissions[i].Name == name {
			return &src.Catalog.Permissions[i]
		}
	}
	panic("no permission " + name)
}

func TestAnOldNameStandsForItsPermissionWhereverPolicyIsWritten(t *testing.T) {
	t.Parallel()
	old := alias("jobs:look", "job:read")
	for _, c := range []struct {
		name  string
		given change
		who   authz.Subject
		want  string
	}{
		{"a template", func(src *authz.Source) { src.Roles[2].Allow = []string{"jobs:look"} }, person("dan"), "yes R12"},
		{"an override", override("p1", "drummer", authz.Allow, "jobs:look"), person("dan"), "yes R12"},
		{"an override that denies", override("p1", "drummer", authz.Deny, "jobs:look"), person("dan"), "no R12"},
		{"an entry", entry("p1", "dan", authz.Allow, "jobs:look@others"), person("dan"), "yes R11"},
		{"a site entry", siteEntry("dan", authz.Deny, "jobs:look"), person("dan"), "no R9"},
		{"a reservation", func(src *authz.Source) { src.Reserved = []string{"jobs:look"} }, person("dan"), "no R4"},
		{"the scope of a key", nil, capped("sue", "jobs:look"), "yes R8"},
		{"the rights of a loop", func(src *authz.Source) {
			src.Catalog.System["sweeper"] = []string{"jobs:look"}
		}, authz.Subject{Kind: authz.System, ID: "sweeper"}, "yes R13"},
	} {
		given := []change{old, member("p1", "dan", "drummer")}
		if c.given != nil {
			given = append(given, c.given)
		}
		p := compile(t, given...)
		for _, asks := range []string{"job:read", "jobs:look"} {
			if got := answer(p.Check(c.who, asks, jobOf("eve"), 0)); got != c.want {
				t.Errorf("%s: asked for %s: %s, want %s", c.name, asks, got, c.want)
			}
		}
	}
}

func TestAnOldNameOpensAndPublishes(t *testing.T) {
	t.Parallel()
	p := compile(t, alias("machine:add", "node:create"), alias("happening:see", events),
		func(src *authz.Source) { src.Opened = []string{"machine:add"} },
		siteEntry("ada", authz.Allow, "machine:add"), public("p1", "happening:see"))
	wantAnswers(t, p,
		asked{who: person("ada"), what: "node:create", want: "yes R13"},
		asked{what: events, on: in("p1"), want: "yes R7"},
		asked{what: "happening:see", on: in("p1"), want: "yes R7"},
	)
}

func TestADecisionByAnOldNameSpeaksOfTheNewOne(t *testing.T) {
	t.Parallel()
	p := compile(t, alias("jobs:look", "job:read"), member("p1", "dan", "sound_tech"))
	want := authz.Decision{Allowed: true, Rule: 12, Permission: "job:read"}
	if diff := cmp.Diff(want, p.Check(person("dan"), "jobs:look", jobOf("eve"), 0)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if perm, known := p.Permission("jobs:look"); !known || perm.Name != "job:read" {
		t.Errorf("jobs:look is %q", perm.Name)
	}
}

func TestASharedOldNameNeedsAllThatItStandsFor(t *testing.T) {
	t.Parallel()
	shared := alias("jobs:stop", "job:run.render", "job:cancel", "job:claim")
	all := compile(t, shared, member("p1", "ada", "owner"))
	some := compile(t, shared, entry("p1", "dan", authz.Allow, "job:run.render"))
	for _, c := range []struct {
		p    *authz.Policy
		who  string
		want authz.Decision
	}{
		// Of what is allowed the first by name is reported, of what is refused the first refused.
		{all, "ada", authz.Decision{Allowed: true, Rule: 12, Permission: "job:cancel"}},
		{some, "dan", authz.Decision{Rule: 14, Permission: "job:cancel"}},
	} {
		if diff := cmp.Diff(c.want, c.p.Check(person(c.who), "jobs:stop", jobOf("eve"), 0)); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.who, diff)
		}
	}
	if first, _ := all.Permission("jobs:stop"); first.Name != "job:cancel" {
		t.Errorf("jobs:stop is %q", first.Name)
	}
}

func TestASharedOldNameGivesAndTakesAllThatItStandsFor(t *testing.T) {
	t.Parallel()
	shared := alias("jobs:stop", "job:run.render", "job:cancel")
	given := compile(t, shared, entry("p1", "dan", authz.Allow, "jobs:stop@own"))
	taken := compile(t, shared, member("p1", "dan", "owner"), entry("p1", "dan", authz.Deny, "jobs:stop@own"))
	for _, what := range []string{"job:run.render", "job:cancel", "jobs:stop"} {
		wantAnswers(t, given,
			asked{who: person("dan"), what: what, on: jobOf("dan"), want: "yes R11"},
			asked{who: person("dan"), what: what, on: jobOf("eve"), want: "no R14"},
		)
		wantAnswers(t, taken,
			asked{who: person("dan"), what: what, on: jobOf("dan"), want: "no R11"},
			asked{who: person("dan"), what: what, on: jobOf("eve"), want: "yes R12"},
		)
	}
}

func TestWidePatternsMatchOldNames(t *testing.T) {
	t.Parallel()
	p := compile(t, alias("jobs:stop.hard", "job:cancel"), entry("p1", "dan", authz.Allow, "jobs:*@own"),
		entry("p1", "eve", authz.Allow, "jobs:stop.*"))
	wantAnswers(t, p,
		asked{who: person("dan"), what: "job:cancel", on: jobOf("dan"), want: "yes R11"},
		asked{who: person("dan"), what: "job:read", on: jobOf("dan"), want: "no R14"},
		asked{who: person("eve"), what: "job:cancel", on: jobOf("dan"), want: "yes R11"},
	)
	if !p.Matches("jobs:*", "job:cancel") || !p.Matches("job:*", "jobs:stop.hard") || p.Matches("jobs:*", "job:read") {
		t.Error("Matches does not know old names")
	}
	if got := p.Suggest("jobs:stop.hrad"); got != "jobs:stop.hard" {
		t.Errorf("suggested %q", got)
	}
}

func TestABanMayBeWrittenByAnOldName(t *testing.T) {
	t.Parallel()
	old := alias("project:see", authz.ProjectView)
	banned := compile(t, old, member("p1", "dan", "owner"), entry("p1", "dan", authz.Deny, "project:see"))
	wantAnswers(t, banned,
		asked{who: person("dan"), what: authz.ProjectView, on: in("p1"), want: "no R10"},
		asked{who: person("dan"), what: events, on: in("p1"), want: "no R10"},
	)
	wide := compile(t, old, member("p1", "dan", "owner"), entry("p1", "dan", authz.Deny, "project:*"))
	wantAnswers(t, wide,
		asked{who: person("dan"), what: authz.ProjectView, on: in("p1"), want: "yes R10"},
		asked{who: person("dan"), what: events, on: in("p1"), want: "yes R12"},
	)
}

func TestAListByASharedOldNameIsWhatAllOfThemShow(t *testing.T) {
	t.Parallel()
	p := compile(t, alias("jobs:stop", "job:run.render", "job:cancel"),
		entry("p1", "dan", authz.Allow, "job:run.render"), entry("p1", "dan", authz.Allow, "job:cancel@own"))
	scope := p.Scope(person("dan"), "jobs:stop", 0)
	if !scope.Has(jobOf("dan")) || scope.Has(jobOf("eve")) {
		t.Errorf("%+v", scope)
	}
	if diff := cmp.Diff([]string{"dan", "sue"}, p.Who("jobs:stop", jobOf("dan"), 0)); diff != "" {
		t.Errorf("who: -want +got\n%s", diff)
	}
}

func TestWhatAnOldNameCannotMeanIsRefused(t *testing.T) {
	t.Parallel()
	shared := alias("jobs:stop", "job:cancel", "job:create")
	for want, given := range map[string]change{
		`project p1: entry of user dan: "jobs:stop@own": job:create has no selectors; write jobs:stop`: entry("p1", "dan", authz.Allow, "jobs:stop@own"),
		`project p1: public: jobs:stop may not be public`:                                              public("p1", "jobs:stop"),
		`project p1: entry of user dan: unknown permission "jobs:stp", did you mean "jobs:stop"?`: entry(
			"p1", "dan", authz.Allow, "jobs:stp"),
		`site: override of role anonymous: jobs:stop may not be public`: func(src *authz.Source) {
			src.SiteOverrides = []authz.Override{{Role: "anonymous", Pattern: "jobs:stop", Effect: authz.Allow}}
		},
	} {
		wantFault(t, want, shared, given)
	}
}

// Old names are for what people wrote long ago; a catalogue is written anew.
func TestACatalogueSpeaksOfItselfWithoutOldNames(t *testing.T) {
	t.Parallel()
	for where, given := range map[string]change{
		"permission a:b: requires": declared(authz.Permission{Name: "a:b", Requires: []string{"jobs:look"}}),
		"permission a:b: private":  declared(authz.Permission{Name: "a:b", Private: "jobs:look"}),
		"operation x":              operated(authz.Operation{Name: "x", Groups: groups("jobs:look")}),
		"operation x: to":          operated(authz.Operation{Name: "x", To: groups("jobs:look")}),
		"operation x: primary":     operated(authz.Operation{Name: "x", Primary: "jobs:look"}),
		"operation x: read":        operated(authz.Operation{Name: "x", Read: "jobs:look"}),
		"operation x: scope":       operated(authz.Operation{Name: "x", Scope: "jobs:look"}),
		"node":                     func(src *authz.Source) { src.Catalog.Node = []authz.NodeRight{{Permission: "jobs:look"}} },
		"token":                    func(src *authz.Source) { src.Catalog.Token = []string{"jobs:look"} },
	} {
		src := world()
		alias("jobs:look", "job:read")(&src)
		given(&src)
		_, err := authz.Compile(src)
		if err == nil || !strings.HasPrefix(err.Error(), where+`: "jobs:look" is an old name`) {
			t.Errorf("%s: %v", where, err)
		}
	}
}
