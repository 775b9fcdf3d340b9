package policyfile_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/policyfile"
)

// lint are the findings of a text as lines, without a server.
func lint(t *testing.T, w policyfile.World, text string) string {
	t.Helper()
	doc, err := policyfile.Parse(policyfile.File{Name: "p.yaml", Text: text})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range policyfile.Lint(doc, w, noon) {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// oldNames is the program's world with two permissions that had other names.
func oldNames() policyfile.World {
	w := policyfile.BuiltIn()
	for i, p := range w.Catalog.Permissions {
		switch p.Name {
		case "job:read":
			w.Catalog.Permissions[i].Aliases = []string{"jobs:read", "jobs:see"}
		case "job:cancel":
			w.Catalog.Permissions[i].Aliases = []string{"jobs:stop", "jobs:see"}
		}
	}
	return w
}

func TestLintFindsWhatIsMostLikelyNotMeant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"roles: [{name: a, allow: ['job:raed']}]", `p.yaml:1:27: error: unknown permission "job:raed", did you mean "job:read"? (refused)` + "\n"},
		{"roles: [{name: a, allow: ['audit:x.*', 'job:run.*']}]", `p.yaml:1:27: warning: "audit:x.*" matches no permission that there is (never-matches)` + "\n" +
			`p.yaml:1:40: warning: "job:run.*" matches no permission that there is (never-matches)` + "\n"},
		{"roles: [{name: a, allow: ['project:*@own']}]", `p.yaml:1:27: warning: "project:*@own" matches no permission that there is (never-matches)` + "\n"},
		{"roles: [{name: a, allow: ['jobs:see@own']}]", `p.yaml:1:27: warning: "jobs:see@own" is an old name; write job:cancel@own, job:read@own, or let ` + "`remit policy migrate` do it (deprecated)\n"},
		{"roles: [{name: a, allow: ['jobs:*']}]", `p.yaml:1:27: warning: "jobs:*" is an old name; write job:cancel, job:read, or let ` + "`remit policy migrate` do it (deprecated)\n"},
		{"roles: [{name: a, allow: ['job:*', 'job:read', 'file:read', 'file:read@own']}]", "p.yaml:1:36: note: job:read of role a is covered by job:* (covered)\n" +
			"p.yaml:1:61: note: file:read@own of role a is covered by file:read (covered)\n"},
		{"roles: [{name: a, allow: ['job:read@own', 'job:read@others']}]", ""},
		{"projects: {m: {members: [{user: u, role: a}], overrides: [{role: a, permission: 'job:read@own', effect: allow}, {role: a, permission: 'job:*', effect: deny}]}}",
			"p.yaml:1:60: warning: this allow of job:read@own does nothing: role a is denied job:* at p.yaml:1:114 (shadowed)\n"},
		{"projects: {m: {entries: [{user: u, permission: 'job:read', effect: allow, until: 2027-01-01T00:00:00Z}, {user: u, permission: '*', effect: deny}]}}",
			"p.yaml:1:27: warning: this allow of job:read does nothing: u is denied * at p.yaml:1:106 (shadowed)\n"},
		{"projects: {m: {entries: [{user: u, permission: 'job:read', effect: allow}, {user: u, permission: '*', effect: deny, until: 2027-01-01T00:00:00Z}]}}", ""},
		{"site: {entries: [{user: u, permission: 'job:*', effect: deny}]}\nprojects: {m: {entries: [{user: u, permission: 'job:read', effect: allow}, {user: v, permission: 'job:read', effect: allow}]}}",
			"p.yaml:2:27: warning: this allow of job:read does nothing: u is denied job:* at p.yaml:1:19 (shadowed)\n"},
		{"projects: {m: {public: ['file:read'], entries: [{user: u, permission: 'file:read', effect: deny}, {user: u, permission: 'file:*', effect: deny}]}}",
			"p.yaml:1:50: warning: this deny of file:read cannot bite: everybody may do it here (R7) (cannot-bite)\n"},
		{"roles: [{name: anonymous, site: true, allow: ['file:read']}]\nprojects: {m: {overrides: [{role: a, permission: 'file:read@own', effect: deny}]}}",
			"p.yaml:2:29: warning: this deny of file:read@own cannot bite: everybody may do it here (R7) (cannot-bite)\n" +
				"p.yaml:2:35: note: no file defines role \"a\" (unknown-role)\n"},
		{"roles: [{name: a, allow: ['job:*']}]\nprojects: {m: {overrides: [{role: a, permission: 'file:read', effect: remove}]}}",
			"p.yaml:1:16: note: nobody holds role a (unheld)\np.yaml:2:29: note: role a does not allow file:read, so there is nothing to remove (removes-nothing)\n"},
		{"roles: [{name: a, allow: ['job:*']}]\nprojects: {m: {members: [{user: u, role: a}]}}",
			"p.yaml:2:12: error: nobody can give access in project m: no member holds access:grant (no-manager)\n"},
		{"roles: [{name: a, allow: ['*']}]\nprojects: {m: {members: [{user: u, role: a, until: 2026-01-01T00:00:00Z}]}}",
			"p.yaml:2:12: error: nobody can give access in project m: no member holds access:grant (no-manager)\n" +
				"p.yaml:2:27: note: the membership of u ended at 2026-01-01T00:00:00Z (ended)\n"},
		{"roles: [{name: a, allow: ['*']}]\nteams: [{name: t, users: [u]}]\nprojects: {m: {members: [{team: t, role: a}], entries: [{user: u, permission: 'job:read', effect: deny, until: 2026-01-01T00:00:00Z}]}}",
			"p.yaml:3:58: note: the deny of job:read for u ended at 2026-01-01T00:00:00Z (ended)\n"},
	} {
		if got := lint(t, oldNames(), c.text); got != c.want {
			t.Errorf("%s\n got:\n%swant:\n%s", c.text, got, c.want)
		}
	}
}

func TestLintOfAServerKnowsWhatIsStored(t *testing.T) {
	inWorlds(t, func(w *world) {
		for text, want := range map[string]string{
			"projects: {moths: {members: [{user: bob, role: ownr}]}}":              `p.yaml:1:48: error: there is no role "ownr", did you mean "owner"? (refused)`,
			"projects: {moths: {members: [{user: bob, role: reader}]}}":            `p.yaml:1:12: error: nobody can give access in project moths: no member holds access:grant (no-manager)`,
			"projects: {moths: {members: [{user: bob, role: owner}]}}":             "",
			"roles: [{name: owner}, {name: x, allow: ['job:read']}]\nprojects: {}": `p.yaml:1:31: note: nobody holds role x (unheld)`,
		} {
			found, err := w.Lint(w.Context(), w.person("root"), file(text))
			w.must(err)
			var lines []string
			for _, f := range found {
				lines = append(lines, f.String())
			}
			wantEqual(w.T, strings.Join(lines, "\n"), want)
		}
		_, err := w.Lint(w.Context(), w.person("ada"), file(""))
		wantError(w.T, err, remit.Denied, "")
		_, err = w.Lint(w.Context(), authz.Subject{}, file(""))
		wantError(w.T, err, remit.Unauthenticated, "")
	})
}

// A role that no file defines may be one of elsewhere, also for its registrars.
func TestARegistrarOfAnUnknownRoleIsANote(t *testing.T) {
	doc, err := policyfile.Parse(file("roles: [{name: clerk, allow: ['member:assign.zz1']}, {name: zz2, allow: ['job:read']}]")...)
	if err != nil {
		t.Fatal(err)
	}
	found := policyfile.Lint(doc, policyfile.BuiltIn(), noon)
	wantEqual(t, len(found), 1)
	wantEqual(t, found[0].String(), `p.yaml:1:31: note: no file defines role "zz1", did you mean "zz2"? (unknown-role)`)
}
