package archive_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

// newSetWorld has an open folder "night", a private one "dark", ada who makes
// sets and sees both, and bob who sees what the project sees.
func newSetWorld(t *testing.T, d *db.DB) (w *world, ada, bob authz.Subject, dark remit.CollectionID) {
	t.Helper()
	w = newWorld(t, d)
	for _, path := range []string{"night/a.txt", "night/b.txt", "dark/secret.txt"} {
		w.write(path, path)
	}
	w.scan()
	w.role("maker", false, "project:view", "collection:*", "file:*")
	w.role("looker", false, "project:view", "collection:read", "file:read")
	ada, bob = w.person("ada", false, "maker"), w.person("bob", false, "looker")
	dark = w.collections(setup)["dark"].ID
	_, err := w.SetVisibility(t.Context(), setup, dark, remit.VisibilityPrivate)
	w.must(err)
	return w, ada, bob, dark
}

func (w *world) set(who authz.Subject, name string, d remit.SetDefinition) remit.Collection {
	w.Helper()
	c, err := w.CreateSet(w.Context(), who, "sky", name, d)
	w.must(err)
	return c
}

// in are the paths of a collection's files that who sees.
func (w *world) in(who authz.Subject, id remit.CollectionID) []string {
	w.Helper()
	page, err := w.Files(w.Context(), who, archive.FileFilter{Project: "sky", Collection: id})
	w.must(err)
	paths := []string{}
	for _, f := range page.Items {
		paths = append(paths, f.Path)
	}
	slices.Sort(paths)
	return paths
}

func TestSetNeverOpensAFile(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, ada, bob, _ := newSetWorld(t, d)
		files := w.files()
		set := w.set(ada, "best", remit.SetDefinition{ByHand: true})
		put := []remit.FileID{files["night/a.txt"].ID, files["dark/secret.txt"].ID}
		c, err := w.Put(t.Context(), ada, set.ID, put, nil)
		w.must(err)
		if c.Files != 2 || c.Kind != remit.KindSet || c.Owner != "ada" || c.Visibility != remit.VisibilityPrivate {
			t.Fatalf("the set is %+v", c)
		}
		_, err = w.Files(t.Context(), bob, archive.FileFilter{Collection: set.ID})
		_, absent := w.Files(t.Context(), bob, archive.FileFilter{Collection: remit.NewID[remit.CollectionID](set.CreatedAt)})
		wantKind(t, err, remit.NotFound, "")
		if err.Error() != absent.Error() {
			t.Errorf("a hidden set says %q, an absent one %q", err, absent)
		}
		for _, v := range []string{remit.VisibilityProject, remit.VisibilityPublic} {
			_, err = w.SetVisibility(t.Context(), ada, set.ID, v)
			w.must(err)
			if diff := cmp.Diff([]string{"a.txt"}, w.in(bob, set.ID)); diff != "" {
				t.Errorf("bob sees in the %s set (-want +got):\n%s", v, diff)
			}
			seen, err := w.Collection(t.Context(), bob, set.ID)
			w.must(err)
			if seen.Files != 1 || seen.Set != nil {
				t.Errorf("bob is told of %d files, definition %v", seen.Files, seen.Set)
			}
			_, err = w.File(t.Context(), bob, files["dark/secret.txt"].ID)
			wantKind(t, err, remit.NotFound, "")
		}
		if got := w.in(ada, set.ID); len(got) != 2 {
			t.Errorf("ada sees %q", got)
		}
		w.scan()
		if got := w.in(ada, set.ID); len(got) != 2 {
			t.Errorf("after a scan ada sees %q", got)
		}
		c, err = w.Put(t.Context(), ada, set.ID, nil, put[:1])
		w.must(err)
		if c.Files != 1 {
			t.Errorf("%d files are left", c.Files)
		}
	})
}

func TestSetsAreMadeAndFilledByThoseWhoMay(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, ada, bob, dark := newSetWorld(t, d)
		files := w.files()
		w.role("editor", false, "project:view", "collection:create", "collection:read", "collection:update", "file:read")
		eve := w.person("eve", false, "editor")
		_, err := w.CreateSet(t.Context(), bob, "sky", "x", remit.SetDefinition{ByHand: true})
		wantKind(t, err, remit.Denied, "")
		_, err = w.CreateSet(t.Context(), eve, "sky", "x", remit.SetDefinition{From: []remit.CollectionID{dark}})
		wantKind(t, err, remit.NotFound, "")
		set := w.set(ada, "best", remit.SetDefinition{ByHand: true})
		_, err = w.Put(t.Context(), eve, set.ID, []remit.FileID{files["night/a.txt"].ID}, nil)
		wantKind(t, err, remit.Denied, "")
		mine := w.set(eve, "mine", remit.SetDefinition{ByHand: true})
		_, err = w.Put(t.Context(), eve, mine.ID, []remit.FileID{files["night/a.txt"].ID, files["dark/secret.txt"].ID}, nil)
		wantKind(t, err, remit.NotFound, "")
		if got := w.in(eve, mine.ID); len(got) != 0 {
			t.Errorf("a refused change put %q", got)
		}
		_, err = w.Put(t.Context(), ada, dark, nil, nil)
		wantKind(t, err, remit.Conflict, "no_set")
		_, err = w.CreateSet(t.Context(), ada, "sky", "best", remit.SetDefinition{ByHand: true})
		wantKind(t, err, remit.Conflict, "name_taken")
		capped := ada
		capped.Caps = &authz.Caps{Scopes: []string{"collection:read", "file:read"}}
		_, err = w.CreateSet(t.Context(), capped, "sky", "capped", remit.SetDefinition{ByHand: true})
		wantKind(t, err, remit.Denied, "")
		_, err = w.Define(t.Context(), capped, set.ID, remit.SetDefinition{})
		wantKind(t, err, remit.Denied, "")
		_, err = w.Put(t.Context(), capped, set.ID, nil, nil)
		wantKind(t, err, remit.Denied, "")
		for _, bad := range []remit.SetDefinition{
			{ByHand: true, Name: "x"}, {Sample: &remit.Sample{}}, {Sample: &remit.Sample{Every: 1, Random: 1}}, {Sample: &remit.Sample{Every: -1}},
			{Sample: &remit.Sample{Every: 2, Seed: "x"}}, {From: []remit.CollectionID{set.ID}}, {Name: "\x00"},
		} {
			_, err = w.Define(t.Context(), ada, set.ID, bad)
			wantKind(t, err, remit.Invalid, "")
		}
		// Whoever may change a set is not told of folders that they may not see.
		_, err = w.Define(t.Context(), ada, set.ID, remit.SetDefinition{From: []remit.CollectionID{dark, w.collections(setup)["night"].ID}})
		w.must(err)
		_, err = w.SetVisibility(t.Context(), ada, set.ID, remit.VisibilityProject)
		w.must(err)
		seen, err := w.Collection(t.Context(), eve, set.ID)
		w.must(err)
		if diff := cmp.Diff([]remit.CollectionID{w.collections(setup)["night"].ID}, seen.Set.From); diff != "" {
			t.Errorf("eve is told (-want +got):\n%s", diff)
		}
	})
}
