package authz_test

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// saidOf are the differences that one change makes to the world of the examples
// with what was given before, in words.
func saidOf(t *testing.T, given []change, edit change, now int64) (lines []string) {
	t.Helper()
	before := compile(t, given...)
	after := compile(t, append(given, edit)...)
	for _, d := range authz.Diff(before, after, now) {
		lines = append(lines, d.String())
	}
	return lines
}

const second = 1_000_000

func TestDiffTellsWhoGainsAndLosesWhat(t *testing.T) {
	t.Parallel()
	for name, ex := range map[string]struct {
		given []change
		edit  change
		now   int64
		want  []string
	}{
		"a member's role": {
			edit: member("p1", "dan", "drummer"),
			want: []string{
				"dan gains project:view in p1",
				"dan gains record:view.events in p1",
				"dan gains record:view.overview in p1",
			},
		},
		"a role that says no more than another": {
			given: []change{member("p1", "dan", "production_manager", "drummer"), entry("p1", "dan", authz.Allow, "record:view.overview")},
			edit:  func(s *authz.Source) { s.Projects[0].Members = s.Projects[0].Members[:1] },
		},
		"taking a role away gives, where the role carried a deny (R24, example 31)": {
			given: []change{
				member("p1", "pam", "production_manager", "drummer"),
				override("p1", "drummer", authz.Deny, "record:view.budget"),
			},
			edit: func(s *authz.Source) { s.Projects[0].Members = s.Projects[0].Members[:1] },
			want: []string{
				"pam gains record:edit.budget in p1",
				"pam gains record:view.budget in p1",
				"pam loses record:view.overview in p1",
			},
		},
		"an entry for some time": {
			edit: during("p1", "bob", authz.Allow, "job:run.ml", authz.Interval{From: 20 * second, Until: 30 * second}),
			now:  10 * second,
			want: []string{
				"bob gains job:run.ml in p1 from 1970-01-01T00:00:20Z until 1970-01-01T00:00:30Z",
				"bob gains project:view in p1 from 1970-01-01T00:00:20Z until 1970-01-01T00:00:30Z",
			},
		},
		"an entry that has ended": {
			edit: during("p1", "bob", authz.Allow, "job:run.ml", authz.Interval{Until: 5 * second}),
			now:  10 * second,
		},
		"own things only": {
			given: []change{member("p1", "bob", "sound_tech")},
			edit:  entry("p1", "bob", authz.Deny, "job:cancel@own"),
			want:  []string{"bob loses job:cancel@own in p1"},
		},
		"what a requirement took along": {
			given: []change{member("p1", "pam", "production_manager")},
			edit:  entry("p1", "pam", authz.Deny, "record:view.budget"),
			want:  []string{"pam loses record:edit.budget in p1", "pam loses record:view.budget in p1"},
		},
		"a membership of one collection opens what is private in it": {
			edit: func(s *authz.Source) {
				s.Projects[0].Members = append(s.Projects[0].Members, authz.Member{User: "ada", Role: "reader", Collection: "c1"})
			},
			want: []string{
				"ada gains project:view in p1",
				"ada gains collection:read in collection c1 of p1",
				"ada gains collection:read in collection c1 of p1 on private things",
			},
		},
		"a template, where somebody has it": {
			given: []change{member("p2", "bob", "basic"), member("p3", "dan", "basic"), override("p3", "basic", authz.Remove, "job:run.ml")},
			edit:  func(s *authz.Source) { s.Roles[5].Allow = append(s.Roles[5].Allow, "job:run.ml") },
			want:  []string{"bob gains job:run.ml in p2"},
		},
		"publishing is told of everybody, once": {
			given: []change{member("p1", "dan", "drummer")},
			edit:  public("p1", "record:view.events"),
			want:  []string{"everybody gains project:view in p1", "everybody gains record:view.events in p1"},
		},
		"publishing gives more to whoever lacked only that": {
			given: []change{siteEntry("eve", authz.Allow, "record:edit.events")},
			edit:  public("p1", "record:view.events"),
			want: []string{
				"everybody gains project:view in p1", "everybody gains record:view.events in p1",
				"eve gains record:edit.events in p1",
			},
		},
		"one more requirement": {
			given: []change{
				member("p1", "bob", "owner"),
				entry("p1", "dan", authz.Allow, "record:edit.budget"), entry("p1", "dan", authz.Allow, "record:view.budget"),
			},
			edit: func(s *authz.Source) {
				for i, p := range s.Catalog.Permissions {
					if p.Name == "record:edit.budget" {
						s.Catalog.Permissions[i].Requires = append(p.Requires, "record:view.events")
					}
				}
			},
			want: []string{"dan loses record:edit.budget in p1"},
		},
		"what an account gains on the site": {
			edit: func(s *authz.Source) { s.SiteRoles[0].Allow = append(s.SiteRoles[0].Allow, "job:create") },
			want: []string{"every account gains job:create in every project"},
		},
		"a ban outlasts what every account gains": {
			given: []change{entry("p2", "eve", authz.Deny, "project:view"), member("p2", "bob", "reader")},
			edit:  func(s *authz.Source) { s.SiteRoles[0].Allow = append(s.SiteRoles[0].Allow, "user:read@others") },
			want:  []string{"every account gains user:read@others on the site"},
		},
		"a reservation spares superusers": {
			given: []change{member("p1", "bob", "basic"), entry("p1", "sue", authz.Allow, "job:run.ml.single")},
			edit:  func(s *authz.Source) { s.Reserved = []string{"job:run.ml.single"} },
			want:  []string{"bob loses job:run.ml.single in p1"},
		},
		"a disabled account loses what every account has, and what strangers have": {
			edit: func(s *authz.Source) { s.Users[0].Disabled = true },
			want: []string{
				"ada loses user:read@own on the site",
				"ada loses collection:read in every project on public things",
				"ada loses file:read in every project on public things",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(ex.want, saidOf(t, ex.given, ex.edit, ex.now)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestDiffOfAPolicyAndItselfIsNothing(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "drummer"), public("p2", "record:view.events"))
	if left := authz.Diff(p, p, 0); left != nil {
		t.Errorf("%v", left)
	}
}

func ExampleDiff() {
	source := authz.Source{
		Catalog: authz.Catalog{Permissions: []authz.Permission{{Name: "budget:read"}, {Name: "event:read"}}},
		Users:   []authz.User{{ID: "dan"}, {ID: "pam"}},
		Roles:   []authz.Role{{Name: "drummer", Allow: []string{"event:read"}}},
		Projects: []authz.Project{
			{ID: "song", Members: []authz.Member{{User: "dan", Role: "drummer"}}},
			{ID: "tour", Members: []authz.Member{{User: "dan", Role: "drummer"}, {User: "pam", Role: "drummer"}}},
		},
	}
	before, _ := authz.Compile(source)
	source.Roles = []authz.Role{{Name: "drummer", Allow: []string{"budget:read"}}}
	after, _ := before.Recompile(source)
	for _, d := range authz.Diff(before, after, 0) {
		fmt.Println(d)
	}
	// Output:
	// dan gains budget:read in song
	// dan loses event:read in song
	// dan gains budget:read in tour
	// dan loses event:read in tour
	// pam gains budget:read in tour
	// pam loses event:read in tour
}
