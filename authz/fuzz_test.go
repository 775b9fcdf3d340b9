package authz_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit/authz"
)

// obvious is Match as one would explain it: a star is everything, or what is
// left of one thing, or what is left of one thing below one verb.
func obvious(pattern, name string) bool {
	before, wide := strings.CutSuffix(pattern, "*")
	if !wide || before == "" {
		return wide || pattern == name
	}
	thing, verb, split := strings.Cut(before, ":")
	nameThing, nameVerb, nameSplit := strings.Cut(name, ":")
	if !split || !nameSplit || thing == "" || thing != nameThing || strings.Contains(before, "*") {
		return false
	}
	if verb == "" {
		return nameVerb != ""
	}
	verb, dot := strings.CutSuffix(verb, ".")
	nameVerb, below := strings.CutPrefix(nameVerb, verb+".")
	return dot && verb != "" && below && nameVerb != ""
}

func FuzzMatch(f *testing.F) {
	for _, pattern := range []string{"*", "job:*", "job:run.*", "job:run.ml.*", "job:run", "job", ":*", "job:.*", "", "job:run*", "*:read"} {
		for _, name := range []string{"job:run", "job:run.ml", "job:run.ml.single", "jobs:run", "job:", ""} {
			f.Add(pattern, name)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if got := authz.Match(pattern, name); got != obvious(pattern, name) {
			t.Errorf("Match(%q, %q) = %v", pattern, name, got)
		}
	})
}

// FuzzPattern writes anything where a pattern goes. It is refused, or it
// speaks of permissions that exist, as Match and Matches say.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{
		"*", "*@own", "job:*@others", "job:read@own", "job:read", "job:raed", "jobs:*", "project:see", "audit:delete", "@", "job:read@", "a@b@c", "job:*@", ":", "job:.*",
	} {
		f.Add(seed)
	}
	src := world()
	alias("jobs:look", "job:read")(&src)
	alias("project:see", authz.ProjectView)(&src)
	f.Fuzz(func(t *testing.T, pattern string) {
		src := src
		src.Projects = []authz.Project{{ID: "p1", Entries: []authz.Entry{{User: "dan", Pattern: pattern, Effect: authz.Allow}}}}
		p, err := authz.Compile(src)
		if err != nil {
			if p != nil || !strings.HasPrefix(err.Error(), "project p1: entry of user dan: ") {
				t.Fatalf("%q: %v", pattern, err)
			}
			return
		}
		bare, _, _ := strings.Cut(pattern, "@")
		if _, known := p.Permission(bare); !known && !strings.HasSuffix(bare, "*") {
			t.Fatalf("%q is accepted and names nothing", pattern)
		}
		for _, name := range p.Names("") {
			says(t, p, pattern, name)
		}
	})
}

// says compares what an accepted entry does with what its pattern means.
func says(t *testing.T, p *authz.Policy, pattern, name string) {
	t.Helper()
	perm, _ := p.Permission(name)
	own, others := p.Cells(person("dan"), name, "p1", 0)
	spoken := own.Rule == 11 || others.Rule == 11 || own.Rule == 15 || others.Rule == 15
	matched := p.Matches(pattern, name) && perm.Level == authz.InProject && !perm.Reserved && name != authz.ProjectView
	if spoken != matched {
		t.Errorf("%q of %s: %+v and %+v, matched %v", pattern, name, own, others, matched)
	}
}

// FuzzCatalog declares anything. It is refused, or it can be asked for and
// given by its names.
func FuzzCatalog(f *testing.F) {
	for _, seed := range [][2]string{
		{"job:run", "jobs:run"}, {"job:run.ml", "job:run"}, {"job", ""}, {"a:b", "a:b"}, {"a:*", "b:*"}, {"a:b@own", "c:d"}, {"é:é", "e\u0301:e"}, {":", "x:y"}, {"a:b:c", "a:"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, old string) {
		src := authz.Source{
			Catalog:  authz.Catalog{Permissions: []authz.Permission{{Name: "x:y"}, {Name: name, Aliases: []string{old}}}},
			Users:    []authz.User{{ID: "dan"}},
			Projects: []authz.Project{{ID: "p1", Entries: []authz.Entry{{User: "dan", Pattern: name, Effect: authz.Allow}}}},
		}
		p, err := authz.Compile(src)
		if err != nil {
			return
		}
		thing, verb, split := strings.Cut(name, ":")
		if !split || thing == "" || verb == "" || name == old || old == "x:y" {
			t.Fatalf("%q, once %q, is accepted", name, old)
		}
		for _, asks := range []string{name, old} {
			if d := p.Check(person("dan"), asks, in("p1"), 0); !d.Allowed || d.Permission != name {
				t.Errorf("%q, once %q: asked for %q: %+v", name, old, asks, d)
			}
		}
		if !authz.Match(thing+":*", name) || p.Suggest(name) != name {
			t.Errorf("%q is not matched or suggested", name)
		}
	})
}
