package policyfile_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/policyfile"
)

func TestAFileChangesNoProjectInWhichTheApplierMayNotGiveAccess(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.office(ungiving)
		before := w.export()
		for _, text := range []string{
			"projects: {sky: {members: [{user: ada, role: owner}]}}",
			"projects: {sky: {entries: []}}",
			"projects: {sky: {overrides: [{role: reader, permission: 'job:read', effect: deny}]}}",
			"projects: {moths: {entries: [{user: bob, permission: 'job:read', effect: deny}]}, sky: {entries: []}}",
		} {
			_, err := w.Plan(w.Context(), w.person("cy"), policyfile.Request{Files: file(text)})
			w.must(err)
			_, err = w.Apply(w.Context(), w.person("cy"), policyfile.Request{Files: file(text)})
			wantError(w.T, err, remit.Denied, "In project sky: Insufficient permissions")
		}
		wantEqual(w.T, w.export(), before)
		if last := w.written("policy.apply"); !strings.Contains(last[len(last)-1], "cy was refused In project sky") {
			w.Errorf("the log ends with %q", last[len(last)-1])
		}
		p, err := w.Apply(w.Context(), w.person("cy"), policyfile.Request{Files: file("projects: {sky: {}, moths: {entries: [{user: bob, permission: 'job:read', effect: deny}]}}")})
		w.must(err)
		wantEqual(w.T, len(p.Changes), 1) // what is only named asks for nothing more than to be read
	})
}

func TestAnArchivedProjectTakesNoChangeByAFile(t *testing.T) {
	inWorlds(t, func(w *world) {
		root := w.person("root")
		_, err := w.projects.Archive(w.Context(), root, "sky", true)
		w.must(err)
		before := w.export()
		for _, text := range []string{"projects: {sky: {members: [{user: bob, role: owner}]}}", "projects: {sky: {public: ['file:read']}}",
			"projects: {moths: {public: ['file:read']}, sky: {entries: [{user: bob, permission: 'job:read', effect: deny}]}}"} {
			p := w.plan(text)
			if p.Empty() {
				w.Errorf("%s: nothing is planned", text)
			}
			_, err := w.Apply(w.Context(), root, policyfile.Request{Files: file(text)})
			wantError(w.T, err, remit.Conflict, "In project sky: The project is archived")
			wantEqual(w.T, remit.CodeOf(err), "archived")
		}
		wantEqual(w.T, w.export(), before)
		if p := w.apply(before); !p.Empty() {
			w.Error("it may be named as it is")
		}
	})
}

func TestTeamsInFilesAskWhatTeamsAsk(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.office(ungiving)
		w.apply("teams: [{name: crew, users: [bob]}]")
		cy := w.person("cy")
		apply := func(text string, prune bool) error {
			_, err := w.Apply(w.Context(), cy, policyfile.Request{Files: file(text), Prune: prune})
			return err
		}
		wantMissing(w.T, apply("teams: [{name: band}]", false), "team:create")
		wantMissing(w.T, apply("teams: []", true), "team:delete")
		w.must(apply("teams: [{name: crew, title: The crew, users: [bob, dan]}]", false))

		give := func(rights string) {
			w.apply("roles: [{name: clerk, site: true, allow: ['role:read', 'role:update', 'site:view', 'site:grant', 'team:update', 'access:view', 'access:grant', 'member:read', 'project:view', 'job:read'" + rights + "]}]")
		}
		give(", 'team:read', 'team:create'")
		wantError(w.T, apply("teams: [{name: band}]\nprojects: {moths: {members: [{user: ada, role: owner}, {team: band, role: owner}]}}", false), remit.Denied, "you do not hold")
		w.must(apply("teams: [{name: band}]", false))
		wantMissing(w.T, apply("teams: [{name: band}]", true), "team:delete")
		give(", 'team:read', 'team:delete'")
		w.must(apply("teams: [{name: crew}]", true))
		wantMissing(w.T, apply("teams: [{name: band}]", false), "team:create")
	})
}

// What a file opens asks the right to open, where it opens it.
func TestPublishingByAFileAsksInTheProject(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.office("{user: cy, permission: 'project:publish', effect: deny}")
		w.apply("site: {members: [{user: cy, role: clerk}], entries: [{user: cy, permission: 'project:publish', effect: allow}]}")
		cy := w.person("cy")
		_, err := w.Apply(w.Context(), cy, policyfile.Request{Files: file("projects: {sky: {public: ['file:read']}}")})
		wantMissing(w.T, err, "project:publish")
		_, err = w.Apply(w.Context(), cy, policyfile.Request{Files: file("projects: {moths: {public: ['file:read']}}")})
		w.must(err)
	})
}

// forget makes the catalogue lose the permission x:y, which reader and entries
// of bob in both projects name; entry is one more in sky.
func (w *world) forget(entry string) {
	w.Helper()
	const lost = "{user: bob, permission: 'x:y', effect: allow}"
	w.apply("permissions: [{name: 'x:y'}]\nroles: [{name: reader, allow: ['project:view', 'member:read', 'job:read', 'x:y']}]\n" +
		"projects: {moths: {entries: [" + lost + "]}, sky: {entries: [" + strings.Trim(lost+", "+entry, ", ") + "]}}")
	w.lose()
}

func TestAMigrationLeavesWhatIsNotForTheAsker(t *testing.T) {
	inWorlds(t, func(w *world) {
		for entry, refused := range map[string]bool{banned: false, unseeing: false, ungiving: true} {
			w.office(entry)
			w.forget(entry)
			report, err := w.Migrate(w.Context(), w.person("cy"), true, false)
			w.must(err)
			if said := strings.Contains(reportOf(report), "sky"); said != refused {
				w.Errorf("with %s the preview tells of sky: %t\n%s", entry, said, reportOf(report))
			}
			_, err = w.Migrate(w.Context(), w.person("cy"), true, true)
			if refused {
				wantError(w.T, err, remit.Denied, "In project sky: Insufficient permissions")
				continue
			}
			w.must(err)
			if text := w.export(); strings.Count(text, "x:y") != 1 || !strings.Contains(text[strings.Index(text, "  sky:"):], "x:y") {
				w.Errorf("with %s:\n%s", entry, text)
			}
		}
	})
}

func TestAMigrationLeavesArchivedProjectsAndSaysSo(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.forget("")
		root := w.person("root")
		_, err := w.projects.Archive(w.Context(), root, "sky", true)
		w.must(err)
		for _, write := range []bool{false, true} {
			report, err := w.Migrate(w.Context(), root, true, write)
			w.must(err)
			if want := "entry of bob in project sky: x:y is left: The project is archived"; len(report) != 3 || !strings.Contains(reportOf(report), want) {
				w.Errorf("want %q:\n%s", want, reportOf(report))
			}
		}
		if text := w.export(); strings.Count(text, "x:y") != 1 {
			w.Errorf("%s", text)
		}
	})
}

func reportOf(report []policyfile.Migration) string {
	var lines []string
	for _, m := range report {
		lines = append(lines, m.String())
	}
	return strings.Join(lines, "\n")
}

// A role or team that goes is named nowhere, where the asker may not look too;
// there the refusal names no place.
func TestWhatHiddenProjectsNameDoesNotGo(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.office(banned)
		w.apply("roles: [{name: spare, allow: ['job:read']}]\nprojects: {sky: {members: [{user: ada, role: owner}, {user: bob, roles: [reader, spare]}]}}")
		rest := "roles: [{name: owner}, {name: reader}, {name: clerk, site: true}]"
		q := policyfile.Request{Files: file(rest), Prune: true}
		p, err := w.Plan(w.Context(), w.person("cy"), q)
		w.must(err)
		if text := p.Text(); !strings.Contains(text, "- role: spare") || strings.Contains(text, "sky") || strings.Contains(text, "bob") {
			w.Errorf("planned:\n%s", text)
		}
		_, err = w.Apply(w.Context(), w.person("cy"), q)
		wantError(w.T, err, remit.Conflict, "The role spare cannot go: something still names it")
		_, err = w.Plan(w.Context(), w.person("root"), q)
		wantError(w.T, err, remit.Invalid, "still named in project sky")
	})
}

// As with `role.delete`: made again, the role would be its old registrars' to give.
func TestARoleWhoseRegistrarsAreNamedDoesNotGo(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply("roles: [{name: spare, allow: ['job:read']}]")
		w.apply("projects: {moths: {entries: [{user: bob, permission: 'member:assign.spare', effect: allow}]}}")
		q := policyfile.Request{Files: file("roles: [{name: owner}, {name: reader}]"), Prune: true}
		_, err := w.Apply(w.Context(), w.person("root"), q)
		wantError(w.T, err, remit.Invalid, "role spare is in no file, and its permission member:assign.spare still named in project moths")
		w.office(banned)
		w.apply("projects: {moths: {entries: []}, sky: {entries: [" + banned + ", {user: bob, permission: 'member:assign.spare', effect: allow}]}}")
		q.Files = file("roles: [{name: owner}, {name: reader}, {name: clerk, site: true}]")
		_, err = w.Plan(w.Context(), w.person("cy"), q)
		w.must(err)
		_, err = w.Apply(w.Context(), w.person("cy"), q)
		wantError(w.T, err, remit.Conflict, "member:assign.spare is still named, in 1 place")
		q.Files[0].Text += "\nprojects: {sky: {entries: [" + banned + "]}}"
		_, err = w.Apply(w.Context(), w.person("root"), q)
		w.must(err)
	})
}

func wantMissing(t *testing.T, err error, permission string) {
	t.Helper()
	wantError(t, err, remit.Denied, "")
	if e, ok := err.(*remit.Error); !ok || e.Decision == nil || e.Decision.Permission != permission {
		t.Errorf("%v lacks %s: %+v", err, permission, e)
	}
}
