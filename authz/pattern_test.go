package authz_test

import (
	"testing"

	"github.com/remit-server/remit/authz"
)

func TestPatternsMatchWholeWordsOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"job:run.ml", "job:run.ml", true},
		{"job:run.ml", "job:run.ml.single", false}, // names never imply names
		{"job:run.ml.single", "job:run.ml", false},
		{"job:*", "job:read", true},
		{"job:*", "job:run.ml.single", true},
		{"job:*", "jobs:read", false},
		{"job:run.*", "job:run.ml", true},
		{"job:run.*", "job:run.ml.single", true},
		{"job:run.*", "job:run", false},
		{"job:run.*", "job:running", false},
		{"job:run*", "job:run.ml", false},
		{"job*", "job:read", false},
		{"*:read", "job:read", false},
		{":*", ":read", false},
		{"*", "anything:at.all", true},
		{"", "job:read", false},
	} {
		if got := authz.Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}

func TestPolicyMatchesKnowsTheCatalogue(t *testing.T) {
	t.Parallel()
	p := compile(t)
	for _, c := range []struct {
		pattern, permission string
		want                bool
	}{
		{"job:*", "job:read", true},
		{"job:*@own", "job:read", true},
		{"job:*@own", "job:create", false}, // it has no selectors
		{"job:*@mine", "job:read", false},
		{"*", "user:read", true},
		{"*", "audit:delete", false}, // never
		{"audit:delete", "audit:delete", false},
		{"job:*", "job:unknown", false},
	} {
		if got := p.Matches(c.pattern, c.permission); got != c.want {
			t.Errorf("Matches(%q, %q) = %v", c.pattern, c.permission, got)
		}
	}
}

func TestSuggestFindsTheNearestName(t *testing.T) {
	t.Parallel()
	p := compile(t)
	for written, want := range map[string]string{
		"job:raed":           "job:read",
		"job.cancl":          "job.cancel",
		"record:view.budgt":  "record:view.budget",
		"nothing like these": "",
	} {
		if got := p.Suggest(written); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", written, got, want)
		}
	}
}
