package policyfile_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/policyfile"
)

// everything speaks of all that a policy file can.
const everything = `
permissions:
  - {name: "record:view.budget", title: See budgets, selectors: true}
  - {name: "job:run.ml", title: Run ml, selectors: true}
  - {name: "record:view.events", public_ok: true}
roles:
  - name: reader
    allow: ["project:view", "member:read", "job:read", "record:view.budget"]
  - {name: worker, title: Worker, description: "Works: hard", allow: ["job:*", "job:run.*@own"]}
  - {name: staff, site: true, allow: ["job:run.ml"]}
teams:
  - {name: crew, title: The crew, users: [bob, cy]}
site:
  members:
    - {user: dan, role: staff, why: he knows}
    - {team: crew, roles: [staff], until: 2026-12-01T00:00:00Z}
  overrides:
    - {role: staff, permission: "job:run.ml@others", effect: remove}
  entries:
    - {user: cy, permission: "job:read", effect: deny}
  reserved: ["record:view.budget"]
  opened: ["collection:ingest"]
projects:
  moths:
    public: ["record:view.events"]
    overrides:
      - {role: reader, permission: "job:read@others", effect: deny}
    members:
      - {user: ada, role: owner}
      - {team: crew, roles: [reader, worker], from: 2026-06-01T00:00:00Z}
      - {user: dan, roles: [reader], collection: collection_00000000000000000000000000}
    entries:
      - {user: bob, permission: "job:cancel", effect: allow, until: 2026-04-01T00:00:00Z, why: "holiday"}
`

func TestApplyingWritesEverythingThatFilesSay(t *testing.T) {
	inWorlds(t, func(w *world) {
		planned := w.plan(everything)
		if w.allowed("bob", "job:cancel", "moths") {
			w.Error("planning changed something")
		}
		applied := w.apply(everything)
		wantEqual(w.T, applied, planned)
		for _, c := range []struct {
			who, permission string
			want            bool
		}{{"bob", "job:cancel", false}, {"dan", "job:run.ml", true}, {"cy", "record:view.events", true}, {"cy", "job:run.ml", true}, {"bob", "job:read", false}} {
			if got := w.allowed(c.who, c.permission, "moths"); got != c.want {
				w.Errorf("%s %s: %t, want %t", c.who, c.permission, got, c.want)
			}
		}
		if again := w.plan(everything); !again.Empty() {
			w.Errorf("applied, and then planned again:\n%s", again.Text())
		}
	})
}

func TestWhatIsExportedSaysWhatIsStored(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply(everything)
		text := w.export()
		if p := w.plan(text); !p.Empty() {
			w.Errorf("the export as a plan:\n%s", p.Text())
		}
		wantEqual(w.T, w.export(), text)
		for _, line := range []string{`  - {user: dan, roles: [staff], why: he knows}`, `      - {team: crew, roles: [reader, worker], from: 2026-06-01T00:00:00Z}`,
			`    description: "Works: hard"`, `  reserved: ["record:view.budget"]`, `  sky:`} {
			if !strings.Contains(text, line+"\n") {
				w.Errorf("the export lacks %q:\n%s", line, text)
			}
		}
	})
}

// The policy that a plan is made for is the one that applying makes: the same
// effects are seen between the policies before and after.
func TestAPlanTellsWhoGainsAndLosesWhatWhen(t *testing.T) {
	inWorlds(t, func(w *world) {
		before := w.policy()
		p := w.apply("projects: {moths: {entries: [{user: bob, permission: 'job:cancel@own', effect: allow, until: 2026-04-01T00:00:00Z}]}}")
		wantEqual(w.T, p.Changes, []policyfile.Change{{Do: "add", What: "entry", Project: "moths", Text: "bob: allow job:cancel@own until 2026-04-01T00:00:00Z"}})
		var lines []string
		for _, e := range p.Effects {
			lines = append(lines, e.Text)
		}
		wantEqual(w.T, lines, []string{"bob gains project:view in moths until 2026-04-01T00:00:00Z"})
		wantEqual(w.T, len(authz.Diff(before, w.policy(), noon.UnixMicro())), len(p.Effects))

		p = w.apply("projects: {moths: {members: [{user: ada, role: owner}, {user: bob, role: reader}]}}")
		wantEqual(w.T, p.Text(), `+ member in moths: bob: reader

Who gains and loses what:
  bob gains job:cancel@own in moths until 2026-04-01T00:00:00Z
  bob gains job:read in moths
  bob gains member:read in moths
  bob gains project:view in moths from 2026-04-01T00:00:00Z
`)
		p = w.plan("projects: {moths: {members: [{user: ada, role: owner}], entries: []}}")
		wantEqual(w.T, len(p.Changes), 2)
	})
}

func TestWhatIsNotMentionedIsLeftAlone(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply(everything)
		before := w.export()
		for _, text := range []string{"", "roles: []", "teams: []", "projects: {}", "projects: {moths: }", "site: {}", "roles: [{name: worker}]", "teams: [{name: crew}]", "permissions: []"} {
			if p := w.apply(text); !p.Empty() {
				w.Errorf("%q changes:\n%s", text, p.Text())
			}
		}
		wantEqual(w.T, w.export(), before)
		p, err := w.Plan(w.Context(), w.person("root"), policyfile.Request{Files: file("roles: [{name: owner}]\nteams: []"), Prune: true})
		wantError(w.T, err, remit.Invalid, "role reader is in no file, and still named in project moths")
		_ = p
		w.apply("site: {members: [], overrides: []}\nprojects: {moths: {members: [{user: ada, role: owner}], overrides: []}}")
		p, err = w.Apply(w.Context(), w.person("root"), policyfile.Request{Files: file("roles: [{name: owner}]\nteams: []"), Prune: true})
		w.must(err)
		wantEqual(w.T, len(p.Changes), 4) // reader, worker, staff, crew; not the built-in roles
		if strings.Contains(w.export(), "crew") {
			w.Error("the team is still there")
		}
	})
}

func TestAPlanFromWhichTheStoredPolicyHasMovedOnIsStale(t *testing.T) {
	inWorlds(t, func(w *world) {
		text := "projects: {moths: {entries: [{user: bob, permission: 'job:cancel', effect: deny}]}}"
		p := w.plan(text)
		w.member("sky", "bob", "reader")
		q := policyfile.Request{Files: file(text), Version: p.Version}
		_, err := w.Apply(w.Context(), w.person("root"), q)
		wantError(w.T, err, remit.Stale, "changed since")
		q.Version = w.plan(text).Version
		_, err = w.Apply(w.Context(), w.person("root"), q)
		w.must(err)
	})
}

func TestWhatMeansNothingIsRefusedWithItsPlaceAndWhatWasMeant(t *testing.T) {
	inWorlds(t, func(w *world) {
		before := w.export()
		for text, want := range map[string]string{
			"roles: [{name: a, allow: ['job:raed']}]":                      `p.yaml:1:27: unknown permission "job:raed", did you mean "job:read"?`,
			"roles: [{name: a, allow: ['user:read']}]":                     `user:read is a permission of the site`,
			"roles: [{name: a, allow: ['project:view@own']}]":              `has no selectors`,
			"roles: [{name: reader, site: true}]":                          `that cannot change`,
			"roles: [{name: anonymous, site: true, allow: ['job:read']}]":  `job:read may not be public`,
			"roles: [{name: 'A b'}]":                                       `cannot be a role's name`,
			"projects: {mths: {}}":                                         `p.yaml:1:12: there is no project "mths", did you mean "moths"?`,
			"projects: {moths: {members: [{user: adda, role: owner}]}}":    `there is no user "adda", did you mean "ada"?`,
			"projects: {moths: {members: [{user: ada, role: ower}]}}":      `there is no role "ower", did you mean "owner"?`,
			"projects: {moths: {members: [{user: ada, role: signed_in}]}}": `signed_in is held by itself`,
			"projects: {moths: {members: [{team: x, role: reader}]}}":      `there is no team "x"`,
			"projects: {moths: {public: ['job:read']}}":                    `job:read may not be public`,
			"projects: {moths: {public: ['job:*']}}":                       `here a name in full has to stand`,
			"site: {members: [{user: ada, role: reader}]}":                 `reader is a role of projects`,
			"site: {reserved: ['job:read'], opened: ['job:read']}":         `opened and reserved`,
			"teams: [{name: x, users: [nobody]}]":                          `there is no user "nobody"`,
			"permissions: [{name: 'job:read', selectors: false}]":          `means something else`,
			"permissions: [{name: 'x:y', requires: ['x:z', 'job:reed']}]":  `unknown permission "job:reed", did you mean "job:read"?`,
			"permissions: [{name: 'x:*'}]":                                 `a pattern`,
			"permissions: [{name: 'nothing'}]":                             `p.yaml:1:22: `,
		} {
			_, err := w.Apply(w.Context(), w.person("root"), policyfile.Request{Files: file(text)})
			if remit.KindOf(err) != remit.Invalid || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "p.yaml:1:") {
				w.Errorf("%s\n got %v\nwant %s", text, err, want)
			}
		}
		wantEqual(w.T, w.export(), before)
	})
}
