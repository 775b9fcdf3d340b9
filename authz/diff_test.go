package authz_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/worlds"
)

// What Diff says is worked out here once more, by asking Check about everything
// at every moment, from the definition in its comment.
func TestDiffIsWhatCheckSaysDifferentlyOfTwoPolicies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dice := worlds.Rapid(t)
		source := withNobody(worlds.Source(dice))
		edited := source
		for range rapid.IntRange(0, 3).Draw(t, "edits") {
			edited = withNobody(worlds.Edit(dice, edited))
		}
		if rapid.IntRange(0, 15).Draw(t, "whole") == 15 {
			edited = withNobody(worlds.Source(dice))
		}
		before, after := compiled(t, source), compiled(t, edited)
		now := rapid.Int64Range(0, 10).Draw(t, "now")
		w := exchange{[2]*authz.Policy{before, after}, [2]authz.Source{source, edited}, now}
		want, got := w.differences(), authz.Diff(before, after, now)
		got = slices.DeleteFunc(got, func(d authz.Difference) bool { return !lookedAt(d.Permission) })
		if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-want +got\n%s\nfrom %s\n to %s", diff, worlds.Brief(source), worlds.Brief(edited))
		}
	})
}

// The accounts that Recompile numbers otherwise than Compile are the same.
func TestDiffDoesNotDependOnHowThePoliciesWereCompiled(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dice := worlds.Rapid(t)
		source := worlds.Source(dice)
		before := compiled(t, source)
		first, last := before, before
		for range rapid.IntRange(1, 5).Draw(t, "edits") {
			source = worlds.Edit(dice, source)
			next, err := last.Recompile(source)
			if err != nil {
				t.Fatal(err)
			}
			first, last = last, next
		}
		after := compiled(t, source)
		for _, pair := range [][2]*authz.Policy{{before, last}, {first, last}, {first, after}, {last, after}} {
			mirror := authz.Diff(pair[1], pair[0], 3)
			for i := range mirror {
				mirror[i].Gained = !mirror[i].Gained
			}
			slices.SortFunc(mirror, inOrder)
			if diff := gocmp.Diff(authz.Diff(pair[0], pair[1], 3), mirror); diff != "" {
				t.Fatalf("what is gained one way is not lost the other way: %s", diff)
			}
		}
		if diff := gocmp.Diff(authz.Diff(before, last, 3), authz.Diff(before, after, 3)); diff != "" {
			t.Fatal(diff)
		}
		if left := authz.Diff(last, after, 0); left != nil {
			t.Fatalf("Compile and Recompile differ: %v", left)
		}
	})
}

// nobody is an account that holds nothing.
const nobody = "~"

func withNobody(src authz.Source) authz.Source {
	src.Users = slices.DeleteFunc(slices.Clone(src.Users), func(u authz.User) bool { return u.ID == nobody })
	src.Users = append(src.Users, authz.User{ID: nobody})
	return src
}

// exchange is two policies and when they are compared.
type exchange struct {
	policies [2]*authz.Policy
	sources  [2]authz.Source
	now      int64
}

// horizon is when nothing changes any more in the worlds drawn.
const horizon = 12

// spot is a place where somebody may ask, at any time.
type spot struct {
	user, project, collection, permission string
	visibility                            authz.Visibility
}

func (w exchange) differences() (list []authz.Difference) {
	for _, s := range w.spots() {
		if !w.mayDiffer(s) {
			continue
		}
		for _, gained := range []bool{false, true} {
			list = append(list, w.along(s, gained)...)
		}
	}
	slices.SortStableFunc(list, inOrder)
	return list
}

// mayDiffer is there for speed.
func (w exchange) mayDiffer(s spot) bool {
	for at := w.now; at <= horizon; at++ {
		for _, own := range []bool{false, true} {
			if allows(w.policies[0], s, own, at) != allows(w.policies[1], s, own, at) {
				return true
			}
		}
	}
	return false
}

// along joins the moments at which the same cells differ.
func (w exchange) along(s spot, gained bool) (list []authz.Difference) {
	before := ""
	for at := w.now; at <= horizon; at++ {
		now := ""
		switch own, others := w.tells(s, true, gained, at), w.tells(s, false, gained, at); {
		case own && others:
			now = s.permission
		case own:
			now = s.permission + "@own"
		case others:
			now = s.permission + "@others"
		}
		if before != "" && now != before {
			list[len(list)-1].Until = at
		}
		if now != "" && now != before {
			list = append(list, authz.Difference{
				User: s.user, Permission: now, Project: s.project, Collection: s.collection, Visibility: s.visibility,
				Gained: gained, Interval: authz.Interval{From: at},
			})
		}
		before = now
	}
	return list
}

// tells: it differs here, and not in more general words.
func (w exchange) tells(s spot, own, gained bool, at int64) bool {
	if !w.differs(s, own, gained, at) {
		return false
	}
	for _, general := range s.above() {
		if w.differs(general, own, gained, at) {
			return false
		}
	}
	return true
}

func (w exchange) differs(s spot, own, gained bool, at int64) bool {
	before, after := allows(w.policies[0], s, own, at), allows(w.policies[1], s, own, at)
	return before != after && after == gained
}

func allows(p *authz.Policy, s spot, own bool, at int64) bool {
	subject := authz.Subject{Kind: authz.Person, ID: s.user}
	switch s.user {
	case "":
		subject = authz.Subject{}
	case "*":
		subject.ID = nobody
	}
	r := authz.Resource{Project: s.project, Collection: s.collection, Visibility: s.visibility}
	if own {
		r.Owner = subject.ID
	}
	return p.Check(subject, s.permission, r, at).Allowed
}

// above lists what is more general in any respect, and not less in another.
func (s spot) above() (list []spot) {
	users, projects, collections := []string{s.user, "*", ""}, []string{s.project}, []string{s.collection, ""}
	switch s.user {
	case "":
		users = users[:1]
	case "*":
		users = users[:2]
		users[1] = ""
	}
	if s.project != "" {
		projects = append(projects, "*")
	}
	visible := []authz.Visibility{s.visibility}
	if s.visibility == authz.Public {
		visible = append(visible, authz.ProjectWide)
	}
	for _, user := range users {
		for _, project := range projects {
			for _, collection := range collections {
				for _, visibility := range visible {
					if general := (spot{user, project, collection, s.permission, visibility}); general != s {
						list = append(list, general)
					}
				}
			}
		}
	}
	return list
}

func (w exchange) spots() (list []spot) {
	users, projects, onSite, inProject := []string{"", "*"}, []string{"*"}, map[string]bool{}, map[string]bool{}
	visible := map[string]bool{}
	for _, src := range w.sources {
		for _, u := range src.Users {
			users = append(users, u.ID)
		}
		for _, p := range src.Projects {
			projects = append(projects, p.ID)
		}
		for _, p := range src.Catalog.Permissions {
			if !lookedAt(p.Name) {
				continue
			}
			if p.Level == authz.OnSite {
				onSite[p.Name] = true
			} else {
				inProject[p.Name] = true
			}
			visible[p.Name] = visible[p.Name] || heedsVisibility(src.Catalog, p)
		}
	}
	add := func(project, collection string, permissions map[string]bool) {
		for name := range permissions {
			for _, user := range set(users) {
				list = append(list, spot{user, project, collection, name, authz.ProjectWide})
				if visible[name] {
					list = append(list, spot{user, project, collection, name, authz.Private}, spot{user, project, collection, name, authz.Public})
				}
			}
		}
	}
	add("", "", onSite)
	for _, project := range set(projects) {
		for _, collection := range []string{"", "c1", "c2"} {
			add(project, collection, inProject)
		}
	}
	return list
}

// lookedAt leaves out most of the padding that some catalogues have.
func lookedAt(permission string) bool {
	return !strings.HasPrefix(permission, "a:") || strings.Contains(permission, "57")
}

func set(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

// heedsVisibility says so of a permission that has a private counterpart, or
// requires one that does.
func heedsVisibility(c authz.Catalog, p authz.Permission) bool {
	if p.Private != "" {
		return true
	}
	return slices.ContainsFunc(c.Permissions, func(need authz.Permission) bool {
		return slices.Contains(p.Requires, need.Name) && heedsVisibility(c, need)
	})
}

// inOrder is the order that Diff promises.
func inOrder(a, b authz.Difference) int {
	name := func(d authz.Difference) string {
		base, _, _ := strings.Cut(d.Permission, "@")
		return base
	}
	lost := func(d authz.Difference) int {
		if d.Gained {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(general(a.User), general(b.User)), cmp.Compare(general(a.Project), general(b.Project)),
		cmp.Compare(a.Collection, b.Collection), cmp.Compare(name(a), name(b)), cmp.Compare(a.Visibility, b.Visibility),
		cmp.Compare(a.From, b.From), cmp.Compare(lost(a), lost(b)),
	)
}

func general(id string) string {
	if id == "*" {
		return "\x00"
	}
	return id
}
