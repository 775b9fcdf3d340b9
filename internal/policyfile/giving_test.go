package policyfile_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/policyfile"
)

// clerk may write policies, and holds no more than that and a few rights
// everywhere.
const clerk = `
permissions:
  - {name: "record:view.budget", title: See budgets}
roles:
  - {name: clerk, site: true, allow: ["role:read", "role:update", "site:view", "site:grant", "team:read", "team:update", "access:view", "access:grant", "member:read", "project:view", "job:read"]}
site:
  members: [{user: cy, role: clerk}]
`

func TestWhoeverAppliesGivesNoMoreThanTheyHold(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply(clerk)
		w.apply("projects: {sky: {members: [{user: ada, role: owner}, {user: dan, role: reader}]}}")
		before := w.export()
		for text, want := range map[string]string{
			"projects: {moths: {members: [{user: ada, role: owner}, {user: bob, role: owner}]}}":                                       "you do not hold",
			"projects: {moths: {entries: [{user: bob, permission: 'file:read', effect: allow}]}}":                                      "file:read",
			"roles: [{name: reader, allow: ['project:view', 'member:read', 'job:read', 'record:view.budget']}]":                        "record:view.budget",
			"roles: [{name: unheld, allow: ['record:view.budget']}]":                                                                   "record:view.budget",
			"roles: [{name: signed_in, site: true, allow: ['user:read@own', 'role:read', 'key:create']}]":                              "key:create",
			"roles: [{name: clerk, site: true, allow: ['*']}]":                                                                         "you do not hold",
			"site: {entries: [{user: bob, permission: 'file:read', effect: allow}]}":                                                   "file:read",
			"site: {entries: [{user: cy, permission: '*', effect: allow}]}":                                                            "you do not hold",
			"permissions: [{name: 'x:y'}]\nsite: {entries: [{user: bob, permission: 'x:y', effect: allow}]}":                           "x:y",
			"teams: [{name: crew, users: [bob]}]\nprojects: {moths: {members: [{user: ada, role: owner}, {team: crew, role: owner}]}}": "Insufficient permissions",
			"projects: {moths: {overrides: [{role: reader, permission: 'file:read', effect: allow}]}}":                                 "file:read",
			"projects: {moths: {public: ['file:read']}}":                                                                               "Insufficient permissions",
			"projects: {sky: {members: [{user: dan, role: reader}]}}":                                                                  "you can take nothing away",
		} {
			for _, do := range []func(q policyfile.Request) (policyfile.Plan, error){
				func(q policyfile.Request) (policyfile.Plan, error) { return w.Apply(w.Context(), w.person("cy"), q) },
			} {
				_, err := do(policyfile.Request{Files: file(text)})
				if remit.KindOf(err) != remit.Denied {
					w.Errorf("%s: got %v, want denied", text, err)
					continue
				}
				wantError(w.T, err, remit.Denied, want)
			}
		}
		wantEqual(w.T, w.export(), before)
		_, err := w.Apply(w.Context(), w.person("cy"), policyfile.Request{Files: file("projects: {moths: {members: [{user: ada, role: owner}, {user: bob, role: reader}]}}")})
		w.must(err)
		if !w.allowed("bob", "job:read", "moths") {
			w.Error("what the clerk holds was not given")
		}
	})
}

// What is named has to be held whether or not anybody gains by it today.
func TestWhatIsNamedOnTheSiteAndInTeamsIsHeld(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply(clerk)
		w.apply(`
roles: [{name: boss, site: true, allow: ["file:read"]}, {name: limited, site: true, allow: ["job:read"]}]
teams: [{name: crew, users: []}, {name: idle, users: []}, {name: free, users: []}]
site:
  members: [{user: cy, role: clerk}, {team: idle, role: boss}]
  reserved: ["file:download"]
  overrides: [{role: limited, permission: "file:read", effect: deny}, {role: clerk, permission: "job:update", effect: remove}]
  entries: [{user: bob, permission: "file:download", effect: deny}]
projects: {moths: {members: [{user: ada, role: owner}, {team: crew, role: owner}]}}
`)
		const kept = "overrides: [{role: limited, permission: 'file:read', effect: deny}, {role: clerk, permission: 'job:update', effect: remove}"
		for text, want := range map[string]string{
			"site: {entries: [{user: bob, permission: 'file:download', effect: deny}, {user: root, permission: 'file:read', effect: allow}]}": "file:read",
			"site: {entries: []}": "file:download",
			"site: {members: [{user: cy, role: clerk}, {team: idle, role: boss}, {user: root, role: boss}]}": "file:read",
			"site: {reserved: []}":         "file:download",
			"site: {opened: ['job:work']}": "job:work",
			"site: {overrides: []}":        "you do not hold",
			"site: {" + kept + ", {role: limited, permission: 'file:read@own', effect: allow}]}": "file:read",
			"teams: [{name: crew, users: [root]}]":                                               "you do not hold",
			"teams: [{name: idle, users: [root]}]":                                               "file:read",
		} {
			_, err := w.Apply(w.Context(), w.person("cy"), policyfile.Request{Files: file(text)})
			wantError(w.T, err, remit.Denied, want)
		}
		for _, text := range []string{"teams: [{name: free, users: [bob]}]", "site: {reserved: ['file:download', 'job:claim']}",
			"site: {entries: [{user: bob, permission: 'file:download', effect: deny}, {user: dan, permission: 'job:read', effect: allow}]}"} {
			_, err := w.Apply(w.Context(), w.person("cy"), policyfile.Request{Files: file(text)})
			if err != nil {
				w.Errorf("%s: %v", text, err)
			}
		}
	})
}

func TestApplyingLeavesNoProjectWithoutAManager(t *testing.T) {
	inWorlds(t, func(w *world) {
		for _, text := range []string{
			"projects: {moths: {members: []}}",
			"projects: {moths: {members: [{user: ada, role: owner, until: 2027-01-01T00:00:00Z}]}}",
			"projects: {moths: {overrides: [{role: owner, permission: 'access:grant', effect: deny}]}}",
			"roles: [{name: owner, allow: ['job:*']}]",
		} {
			_, err := w.Apply(w.Context(), w.person("root"), policyfile.Request{Files: file(text)})
			wantError(w.T, err, remit.Conflict, "Nobody could give access in project")
		}
		// Moved by the same file it is no lock-out.
		w.apply("projects: {moths: {members: [{user: bob, role: owner}]}}")
		if w.allowed("ada", "access:grant", "moths") || !w.allowed("bob", "access:grant", "moths") {
			w.Error("the project was not handed over")
		}
	})
}

func TestNobodyReadsOrWritesPoliciesWithoutTheRights(t *testing.T) {
	inWorlds(t, func(w *world) {
		q := policyfile.Request{Files: file("roles: [{name: king, allow: ['*']}]")}
		key := w.person("root")
		key.Caps = &authz.Caps{Scopes: []string{"job:*"}}
		for _, c := range []struct {
			who  authz.Subject
			kind remit.Kind
		}{
			{w.person("ada"), remit.Denied}, {w.person("dan"), remit.Denied}, {key, remit.Denied},
			{authz.Subject{Kind: authz.Anonymous}, remit.Unauthenticated},
			{authz.Subject{Kind: authz.Node, ID: "n", Site: true}, remit.Denied},
		} {
			_, _, err := w.Export(w.Context(), c.who)
			wantError(w.T, err, c.kind, "")
			_, err = w.Plan(w.Context(), c.who, q)
			wantError(w.T, err, c.kind, "")
			_, err = w.Apply(w.Context(), c.who, q)
			wantError(w.T, err, c.kind, "")
		}
	})
}

// A key that may write policies but not what they give gives nothing (R5, R24).
func TestAKeyGivesNoMoreThanItsScopes(t *testing.T) {
	inWorlds(t, func(w *world) {
		key := w.person("root")
		key.Caps = &authz.Caps{Scopes: []string{"role:*", "site:*", "team:*", "access:*", "member:read", "project:view"}}
		made, err := w.accounts.CreateKey(w.Context(), w.person("root"), identity.NewKey{Title: "policies", Scopes: key.Caps.Scopes})
		w.must(err)
		key.Key = string(made.ID)
		_, err = w.Apply(w.Context(), key, policyfile.Request{Files: file("projects: {moths: {members: [{user: ada, role: owner}, {user: bob, role: reader}]}}")})
		wantError(w.T, err, remit.Denied, "job:read")
		_, err = w.Apply(w.Context(), key, policyfile.Request{Files: file("roles: [{name: looker, allow: ['project:view']}]")})
		w.must(err)
	})
}
