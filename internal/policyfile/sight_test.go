package policyfile_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/policyfile"
)

// Entries of sky that keep the clerk from something there.
const (
	banned   = "{user: cy, permission: 'project:view', effect: deny}"
	unseeing = "{user: cy, permission: 'access:view', effect: deny}"
	ungiving = "{user: cy, permission: 'access:grant', effect: deny}"
)

// office is a world with the clerk cy, and one more entry in sky, in which bob
// is a reader.
func (w *world) office(entry string) {
	w.Helper()
	w.apply(clerk)
	w.apply("projects: {sky: {members: [{user: ada, role: owner}, {user: bob, role: reader}], entries: [" + entry + "]}}")
}

// refusals are what planning, linting and applying say to the clerk.
func (w *world) refusals(text string) (all []error) {
	cy, q := w.person("cy"), policyfile.Request{Files: file(text)}
	_, planned := w.Plan(w.Context(), cy, q)
	_, linted := w.Lint(w.Context(), cy, q.Files)
	_, applied := w.Apply(w.Context(), cy, q)
	return []error{planned, linted, applied}
}

func TestAnExportLeavesOutTheProjectsWhoseAccessIsNotForTheAsker(t *testing.T) {
	inWorlds(t, func(w *world) {
		for entry, told := range map[string]bool{banned: false, unseeing: true} {
			w.office(entry)
			text, version, err := w.Export(w.Context(), w.person("cy"))
			w.must(err)
			if strings.Contains(text, "  sky:") || strings.Contains(text, "user: bob") || !strings.Contains(text, "  moths:") {
				w.Errorf("with %s:\n%s", entry, text)
			}
			if strings.Contains(text, "sky") != told {
				w.Errorf("with %s, sky is named: %t, want %t", entry, !told, told)
			}
			p, err := w.Plan(w.Context(), w.person("cy"), policyfile.Request{Files: file(text)})
			w.must(err)
			if !p.Empty() || p.Version != version {
				w.Errorf("what was exported changes something: %s of %s\n%s", p.Version, version, p.Text())
			}
			w.member("sky", "dan", "reader")
			if _, again, err := w.Export(w.Context(), w.person("cy")); err != nil || again != version {
				w.Errorf("with %s, the version tells that something changed there: %v", entry, err)
			}
			if !strings.Contains(w.export(), "  sky:") {
				w.Error("nor is it for superusers")
			}
		}
	})
}

func TestAHiddenProjectInAFileReadsLikeOneThatIsAbsent(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.office(banned)
		for _, section := range []string{"{}", "{members: []}", "{members: [{user: bob, role: reader}]}", "{public: []}"} {
			hidden, absent := w.refusals("projects: {sky: "+section+"}"), w.refusals("projects: {ski: "+section+"}")
			for i := range hidden {
				if hidden[i] == nil && absent[i] == nil {
					continue // lint tells of it as a finding
				}
				wantError(w.T, hidden[i], remit.Invalid, `p.yaml:1:12: there is no project "sky"`)
				wantEqual(w.T, hidden[i].Error(), strings.ReplaceAll(absent[i].Error(), "ski", "sky"))
			}
		}
		found, err := w.Lint(w.Context(), w.person("cy"), file("projects: {sky: {members: []}}"))
		w.must(err)
		wantEqual(w.T, len(found), 1)
		wantEqual(w.T, found[0].String(), `p.yaml:1:12: error: there is no project "sky" (refused)`)
		if _, err = w.Plan(w.Context(), w.person("cy"), policyfile.Request{Files: file("projects: {skyy: {}}")}); err == nil || strings.Contains(err.Error(), `"sky"`) {
			w.Errorf("a hidden project is suggested: %v", err)
		}
	})
}

func TestAFileAboutAProjectThatOneMayNotReadIsRefusedWhole(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.office(unseeing)
		before := w.export()
		for _, text := range []string{"projects: {sky: {}}", "projects: {moths: {entries: [{user: bob, permission: 'job:read', effect: deny}]}, sky: {members: []}}"} {
			for _, err := range w.refusals(text) {
				wantError(w.T, err, remit.Denied, "In project sky: Insufficient permissions")
			}
		}
		wantEqual(w.T, w.export(), before)
	})
}

// What a template means where the asker may not look is not told; that there
// are such places is told of those that they know of.
func TestAPlanTellsNothingOfProjectsWhoseAccessIsNotForTheAsker(t *testing.T) {
	inWorlds(t, func(w *world) {
		for entry, partial := range map[string]bool{banned: false, unseeing: true, ungiving: false} {
			w.office(entry)
			w.apply("projects: {moths: {members: [{user: ada, role: owner}, {user: dan, role: reader}]}}")
			p, err := w.Plan(w.Context(), w.person("cy"), policyfile.Request{Files: file("roles: [{name: reader, allow: ['project:view', 'member:read']}]")})
			w.must(err)
			var lines []string
			for _, e := range p.Effects {
				lines = append(lines, e.Text)
			}
			want := []string{"dan loses job:read in moths"}
			if entry == ungiving {
				want = []string{"bob loses job:read in sky", "dan loses job:read in moths"}
			}
			wantEqual(w.T, lines, want)
			wantEqual(w.T, p.Partial, partial)
			wantEqual(w.T, strings.Contains(p.Text(), "may not read"), partial)
		}
	})
}

// Teams are for those who may list them.
func TestWhoMayNotSeeTeamsIsToldOfNone(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply("teams: [{name: crew, users: [bob]}]\nroles: [{name: looker, site: true, allow: ['role:read', 'site:view', 'access:view', 'member:read', 'project:view']}]\nsite: {members: [{user: dan, role: looker}]}")
		dan := w.person("dan")
		text, _, err := w.Export(w.Context(), dan)
		w.must(err)
		if strings.Contains(text, "teams:") || strings.Contains(text, "crew") {
			w.Errorf("exported:\n%s", text)
		}
		for _, section := range []string{"teams: []", "teams: [{name: crew}]", "teams: [{name: none}]"} {
			_, err = w.Plan(w.Context(), dan, policyfile.Request{Files: file(section)})
			wantMissing(w.T, err, "team:read")
			_, err = w.Lint(w.Context(), dan, file(section))
			wantMissing(w.T, err, "team:read")
		}
		_, err = w.Plan(w.Context(), dan, policyfile.Request{Files: file("projects: {moths: {members: [{user: ada, role: owner}, {team: crwe, role: reader}]}}")})
		wantError(w.T, err, remit.Invalid, `there is no team "crwe"`)
		if strings.Contains(err.Error(), `"crew"`) {
			w.Errorf("a team is suggested: %v", err)
		}
	})
}

// R23: who looks as another sees what both may see.
func TestAPreviewOfThePolicyShowsWhatBothMaySee(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.office(unseeing)
		w.apply("roles: [{name: looker, site: true, allow: ['role:read', 'site:view', 'access:view', 'member:read', 'project:view', 'job:read']}]\n" +
			"site: {members: [{user: cy, role: clerk}, {user: dan, role: looker}]}\nprojects: {moths: {entries: [{user: dan, permission: 'access:view', effect: deny}]}}")
		as := func(viewer, shown string) authz.Subject {
			who := w.person(viewer)
			who.Preview = &authz.Preview{User: w.person(shown).ID}
			return who
		}
		for _, c := range []struct {
			who        authz.Subject
			moths, sky bool
		}{{as("root", "cy"), true, false}, {as("root", "dan"), false, true}, {as("dan", "cy"), false, false}, {as("cy", "root"), true, false}} {
			text, _, err := w.Export(w.Context(), c.who)
			w.must(err)
			if strings.Contains(text, "  moths:") != c.moths || strings.Contains(text, "  sky:") != c.sky {
				w.Errorf("%s as %s:\n%s", c.who.Name, c.who.Preview.User, text)
			}
			p, err := w.Plan(w.Context(), c.who, policyfile.Request{Files: file("roles: [{name: reader, allow: ['project:view', 'member:read']}]")})
			w.must(err)
			for _, e := range p.Effects {
				if e.Project == "moths" && !c.moths || e.Project == "sky" && !c.sky {
					w.Errorf("%s as %s is told: %s", c.who.Name, c.who.Preview.User, e.Text)
				}
			}
			_, err = w.Apply(w.Context(), c.who, policyfile.Request{Files: file("roles: []")})
			wantError(w.T, err, remit.Denied, "A preview changes nothing")
		}
	})
}

// A key is for less than its owner: on some projects alone it is for no policy
// of the site, and what its scopes leave out it does not write.
func TestAKeyReadsAndWritesPoliciesWithinItsCaps(t *testing.T) {
	inWorlds(t, func(w *world) {
		narrowed, looking := w.person("root"), w.person("root")
		id, err := w.projects.IDs(w.Context(), narrowed, []string{"moths"})
		w.must(err)
		narrowed.Caps = &authz.Caps{Scopes: []string{"*"}, Projects: []string{string(id[0])}}
		looking.Caps = &authz.Caps{Scopes: []string{"role:read", "site:view", "access:view", "member:read"}}
		q := policyfile.Request{Files: file("projects: {sky: {entries: [{user: bob, permission: 'job:read', effect: deny}]}}")}
		for _, who := range []authz.Subject{narrowed, looking} {
			_, err := w.Apply(w.Context(), who, q)
			wantError(w.T, err, remit.Denied, "Insufficient permissions")
			wantEqual(w.T, remit.CodeOf(err), "key_scope")
		}
		_, _, err = w.Export(w.Context(), narrowed)
		wantEqual(w.T, remit.CodeOf(err), "key_scope")
		_, err = w.Plan(w.Context(), narrowed, q)
		wantEqual(w.T, remit.CodeOf(err), "key_scope")
		p, err := w.Plan(w.Context(), looking, q)
		w.must(err)
		wantEqual(w.T, len(p.Changes), 1)
		if text, _, err := w.Export(w.Context(), looking); err != nil || strings.Contains(text, "teams:") || !strings.Contains(text, "  sky:") {
			w.Errorf("%v\n%s", err, text)
		}
	})
}

// R22: a plan names nobody whom the asker could not name by what is stored.
func TestAPlanNamesOnlyAccountsThatTheAskerMayKnowOf(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply("teams: [{name: crew, users: [bob, cy]}]\nprojects: {moths: {members: [{user: ada, role: owner}, {user: dan, role: reader}]}}")
		rows := policyfile.Rows{Members: []remit.Member{{User: "ada", Roles: []string{"owner"}}, {Team: "crew", Roles: []string{"reader"}}}}
		texts := func(who string) (lines []string) {
			p, err := w.PlanAccess(w.Context(), w.person(who), "moths", rows)
			w.must(err)
			for _, e := range p.Effects {
				if e.Permission == "job:read" {
					lines = append(lines, e.Text)
				}
			}
			return lines
		}
		wantEqual(w.T, texts("ada"), []string{"2 accounts that you may not see gain job:read in moths", "dan loses job:read in moths"})
		wantEqual(w.T, texts("root"), []string{"bob gains job:read in moths", "cy gains job:read in moths", "dan loses job:read in moths"})
		w.member("sky", "bob", "reader")
		wantEqual(w.T, texts("ada"), []string{"an account that you may not see gains job:read in moths", "bob gains job:read in moths", "dan loses job:read in moths"})
	})
}
