package policyfile_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/policyfile"
)

func TestOldNamesInFilesAreWrittenAnewWhereTheyStand(t *testing.T) {
	t.Parallel()
	const text = `# Kept as it is, with its comments.
roles:
  - name: ä
    allow: ["jobs:read", 'jobs:see@own' , job:create]   # jobs:read
  - name: b
    allow:
      - jobs:stop
      - "jobs:see"
      - "record:view.gone"
projects:
  m:
    overrides: [{role: b, permission: "jobs:stop@own", effect: deny}, {role: b, permission: "jobs:see", effect: deny}]
    entries: [{user: ü, permission: 'jobs:*', effect: allow}]
`
	got, report, err := policyfile.MigrateFile(policyfile.File{Name: "p.yaml", Text: text}, oldNames())
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, got, strings.NewReplacer(
		`["jobs:read", 'jobs:see@own' , job:create]`, `["job:read", "job:cancel@own", "job:read@own" , job:create]`,
		`- jobs:stop`, `- "job:cancel"`, `"jobs:stop@own"`, `"job:cancel@own"`).Replace(text))
	var lines []string
	for _, m := range report {
		lines = append(lines, m.String())
	}
	wantEqual(t, lines, []string{
		`p.yaml:4:13: jobs:read → job:read`,
		`p.yaml:4:26: jobs:see@own → job:cancel@own, job:read@own`,
		`p.yaml:7:9: jobs:stop → job:cancel`,
		`p.yaml:8:9: jobs:see is left: it stands for several; write one each for job:cancel, job:read`,
		`p.yaml:9:9: record:view.gone is left: unknown permission "record:view.gone"`,
		`p.yaml:12:39: jobs:stop@own → job:cancel@own`,
		`p.yaml:12:93: jobs:see is left: it stands for several; write one each for job:cancel, job:read`,
		`p.yaml:13:37: jobs:* is left: it stands for several; write one each for job:cancel, job:read`,
	})
}

// What the catalogue has lost stays, reported, until somebody drops it; it
// gives nothing either way.
func TestStoredNamesThatMeanNothingAreDroppedWhenAsked(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply("permissions: [{name: 'x:y'}, {name: 'x:z'}]\nroles: [{name: reader, allow: ['job:read', 'x:y', 'x:*', 'project:view', 'member:read']}]\n" +
			"site: {reserved: ['x:y']}\nprojects: {moths: {overrides: [{role: reader, permission: 'x:y', effect: deny}], entries: [{user: bob, permission: 'x:z', effect: allow}]}}")
		w.lose()
		root, before := w.person("root"), w.export()
		report, err := w.Migrate(w.Context(), root, false, true)
		w.must(err)
		wantEqual(w.T, len(report), 5)
		wantEqual(w.T, w.export(), before)
		report, err = w.Migrate(w.Context(), root, true, false)
		w.must(err)
		wantEqual(w.T, w.export(), before)
		wantEqual(w.T, report[0].String(), `role reader: x:y is dropped: unknown permission "x:y"`)
		policy := w.policy()
		_, err = w.Migrate(w.Context(), root, true, true)
		w.must(err)
		wantEqual(w.T, w.effects(policy, w.policy()), []string{})
		if p := w.plan(w.export()); strings.Contains(w.export(), "x:") || !p.Empty() {
			w.Errorf("still there:\n%s", w.export())
		}
		for _, write := range []bool{true, false} {
			_, err = w.Migrate(w.Context(), w.person("ada"), true, write)
			wantError(w.T, err, remit.Denied, "")
		}
	})
}

// lose makes the catalogue lose all that was declared.
func (w *world) lose() {
	w.Helper()
	w.must(w.db.Write(w.Context(), db.Exclusive, func(tx *db.Tx) error {
		if _, err := tx.Exec(`DELETE FROM declared_permissions`); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE key = 'policy_version'`)
		return err
	}))
}
