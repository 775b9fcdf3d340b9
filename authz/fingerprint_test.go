package authz_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/worlds"
)

func TestTheSameSourcesInAnyOrderHaveOneFingerprint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source := worlds.Source(worlds.Rapid(t))
		want := compiled(t, source).Fingerprint()
		if compiled(t, worlds.Shuffle(worlds.Rapid(t), source)).Fingerprint() != want {
			t.Fatalf("another order, another fingerprint: %s", worlds.Brief(source))
		}
	})
}

func TestRecompileHasTheFingerprintOfCompile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source := worlds.Source(worlds.Rapid(t))
		policy := compiled(t, source)
		for range 6 {
			source = worlds.Edit(worlds.Rapid(t), source)
			next, err := policy.Recompile(source)
			if err != nil {
				t.Fatal(err)
			}
			if next.Fingerprint() != compiled(t, source).Fingerprint() {
				t.Fatalf("not that of Compile: %s", worlds.Brief(source))
			}
			policy = next
		}
	})
}

func TestPoliciesThatDifferHaveDifferentFingerprints(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source := worlds.Source(worlds.Rapid(t))
		edited := worlds.Edit(worlds.Rapid(t), source)
		before, after := compiled(t, source), compiled(t, edited)
		if len(authz.Diff(before, after, 0)) > 0 && before.Fingerprint() == after.Fingerprint() {
			t.Fatalf("one fingerprint for two policies:\nfrom %s\n to %s", worlds.Brief(source), worlds.Brief(edited))
		}
	})
}

// One change to each kind of thing that decides, and to some that do not.
func TestAFingerprintIsOfWhatDecides(t *testing.T) {
	t.Parallel()
	want := compile(t).Fingerprint()
	for name, given := range map[string]change{
		"an alias":         func(s *authz.Source) { s.Catalog.Permissions[0].Aliases = []string{"old:name"} },
		"a node's right":   func(s *authz.Source) { s.Catalog.Node[0].Serves = false },
		"a node's need":    func(s *authz.Source) { s.Catalog.Node[0].Needs = authz.IsSelf },
		"a loop's right":   func(s *authz.Source) { s.Catalog.System["sweeper"] = []string{"job:read"} },
		"a token's right":  func(s *authz.Source) { s.Catalog.Token = []string{"job:read"} },
		"a guard":          func(s *authz.Source) { s.Catalog.Operations[0].Guards = []authz.Guard{authz.GuardFinished} },
		"a place to go to": func(s *authz.Source) { s.Catalog.Operations[0].To = groups("job:create") },
		"what only looks":  func(s *authz.Source) { s.Catalog.Permissions[0].Reads = true },
		"a reservation":    func(s *authz.Source) { s.Reserved = []string{"job:create"} },
		"a disabled user":  func(s *authz.Source) { s.Users[0].Disabled = true },
		"a project":        func(s *authz.Source) { s.Projects = append(s.Projects, authz.Project{ID: "p4"}) },
		"a role nobody has": func(s *authz.Source) {
			s.Roles = append(s.Roles, authz.Role{Name: "guest", Allow: []string{"job:read"}})
		},
		"a ban for whoever may come": override("p1", "reader", authz.Deny, authz.ProjectView),
	} {
		if compile(t, given).Fingerprint() == want {
			t.Errorf("%s does not show", name)
		}
	}
	for name, given := range map[string]change{
		"a title": func(s *authz.Source) { s.Catalog.Permissions[0].Title = "Create" },
		"a name":  func(s *authz.Source) { s.Users[0].Name = "Ada" },
	} {
		if compile(t, given).Fingerprint() != want {
			t.Errorf("%s shows", name)
		}
	}
}
