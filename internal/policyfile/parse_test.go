package policyfile_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/policyfile"
)

func TestEveryFaultOfAFileIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"rols: []":                                 `p.yaml:1:1: a policy file has no key "rols", did you mean "roles"?`,
		"roles:\n  - name: a\n    alow: []":        `p.yaml:3:5: a role has no key "alow", did you mean "allow"?`,
		"roles:\n  - {name: a}\n  - {name: a}":     `p.yaml:3:12: role "a" is defined twice, first at p.yaml:2:12`,
		"roles: [{title: x}]":                      `p.yaml:1:10: a role without a name`,
		"roles: hello":                             `p.yaml:1:8: roles takes a list, not a text`,
		"roles: [a]":                               `p.yaml:1:9: a role takes keys with values, not a text`,
		"projects: {m: {members: [{user: a}]}}":    `a member needs at least one role`,
		"projects: {m: {members: [{roles: [a]}]}}": `a member is either a user or a team`,
		"projects: {m: {members: [{user: a, role: r, until: soon}]}}":                                             `p.yaml:1:52: until is "soon"; write times like 2026-12-01T00:00:00Z (RFC 3339)`,
		"projects: {m: {members: [{user: a, role: r, from: 2026-02-01T00:00:00Z, until: 2026-01-01T00:00:00Z}]}}": `it ends at 2026-01-01T00:00:00Z, before it begins`,
		"projects: {m: {entries: [{user: a, permission: 'job:read', effect: alow}]}}":                             `effect is allow or deny, not "alow", did you mean "allow"?`,
		"projects: {m: {entries: [{user: a}]}}":                                                                   `an entry lacks permission and effect`,
		"projects: {m: {collection: x}}":                                                                          `a project has no key "collection"`,
		"projects: {m: {members: [{user: a, role: r, collection: x}]}}":                                           `"x" is no collection's id`,
		"site: {members: [{user: a, role: r, collection: x}]}":                                                    `a member has no key "collection"`,
		"roles: [{name: a, site: perhaps}]":                                                                       `site is true or false`,
		"a: 1\na: 2":                                                                                              `p.yaml:2:1: `,
		"roles: &x []":                                                                                            `an anchor`,
		"roles: !!set []":                                                                                         `a tag`,
		"roles: [":                                                                                                `p.yaml:1:`,
		"---\nroles: []\n---\nroles: []":                                                                          `a second document`,
		"- a":                                                                                                     `a policy file takes keys with values, not a list`,
		"roles: [{name: a, allow: ['x:y', 'x:y']}]":                                                               `"x:y" is there twice`,
		"x: " + strings.Repeat("[", 100):                                                                          `too deep`,
		"x:\n" + strings.Repeat("- ", 100):                                                                        `too deep`,
	} {
		_, err := policyfile.Parse(policyfile.File{Name: "p.yaml", Text: text})
		if remit.KindOf(err) != remit.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestFilesAreReadAsOneAndAskedForNamesOnce(t *testing.T) {
	t.Parallel()
	doc, err := policyfile.Parse(
		policyfile.File{Name: "a.yaml", Text: "roles: [{name: a}]\nsite: {reserved: ['job:read']}"},
		policyfile.File{Name: "b.yaml", Text: "# nothing yet\n"},
		policyfile.File{Name: "c.yaml", Text: "roles: [{name: c}]\nsite: {members: []}\nprojects: {m: , n: {}}"})
	if err != nil || len(doc.Roles) != 2 || len(doc.Projects) != 2 || doc.Site == nil || doc.Site.Members == nil || doc.Site.Entries != nil {
		t.Errorf("%+v, %v", doc, err)
	}
	_, err = policyfile.Parse(policyfile.File{Name: "a.yaml", Text: "projects: {m: {}}\nsite: {reserved: []}"},
		policyfile.File{Name: "b.yaml", Text: "projects: {m: {}}\nsite: {reserved: []}"})
	want := `b.yaml:1:12: project "m" is defined twice, first at a.yaml:1:12` + "\n" +
		`b.yaml:2:8: key of site "reserved" is defined twice, first at a.yaml:2:8`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// Whatever is in a file, it is read or refused.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "roles:\n  - name: a\n    allow: ['x:*@own']", "projects: {m: {members: [{user: a, roles: [b], from: 2026-01-01T00:00:00Z}]}}",
		"site: {reserved: [a]}", "a: |\n  x\n  y", "? a\n: b", "<<: *a", "%YAML 1.2\n---\na: !b c", "a: [1, {b: c}, \"d\\n\"]", "- - - a", "a: 'b''c'", "\x00", "a:\n\tb", everything, clerk} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := policyfile.Parse(policyfile.File{Name: "f", Text: text})
		if err != nil && (remit.KindOf(err) != remit.Invalid || !strings.HasPrefix(err.Error(), "f")) {
			t.Errorf("%v", err)
		}
		if err != nil {
			return
		}
		policyfile.Lint(doc, oldNames(), noon)
		if _, _, err := policyfile.MigrateFile(policyfile.File{Name: "f", Text: text}, oldNames()); err != nil && remit.KindOf(err) != remit.Invalid {
			t.Errorf("migrating: %v", err)
		}
		written := doc.YAML()
		again, err := policyfile.Parse(policyfile.File{Name: "f", Text: written})
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, written)
		}
		if rewritten := again.YAML(); rewritten != written {
			t.Errorf("written anew:\n%s\nthen:\n%s", written, rewritten)
		}
	})
}
