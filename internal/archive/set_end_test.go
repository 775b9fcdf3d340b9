package archive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/testkit"
)

func TestASetIsRenamedAndDeletedByThoseWhoMay(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, ada, bob, dark := newSetWorld(t, d)
		w.role("editor", false, "project:view", "collection:create", "collection:read", "collection:update", "file:read")
		w.role("tidy", false, "project:view", "collection:create", "collection:read", "collection:update@own", "collection:delete@own")
		eve, tess := w.person("eve", false, "editor"), w.person("tess", false, "tidy")
		rename := func(who authz.Subject, id remit.CollectionID, name string) error {
			_, err := w.Update(t.Context(), who, id, archive.CollectionPatch{Name: name})
			return err
		}
		files := w.files()
		set, other := w.set(ada, "best", remit.SetDefinition{ByHand: true}), w.set(ada, "other", remit.SetDefinition{ByHand: true})
		_, err := w.Put(t.Context(), ada, set.ID, []remit.FileID{files["night/a.txt"].ID}, nil)
		w.must(err)

		// Hidden is absent.
		absent := remit.NewID[remit.CollectionID](set.CreatedAt)
		for _, try := range []func(id remit.CollectionID) error{
			func(id remit.CollectionID) error { return rename(bob, id, "x") },
			func(id remit.CollectionID) error { return w.DeleteSet(t.Context(), bob, id) },
		} {
			wantKind(t, try(set.ID), remit.NotFound, "")
			if hidden, none := try(set.ID), try(absent); hidden.Error() != none.Error() {
				t.Errorf("a hidden set says %q, an absent one %q", hidden, none)
			}
		}
		_, err = w.SetVisibility(t.Context(), ada, set.ID, remit.VisibilityProject)
		w.must(err)

		capped := ada
		capped.Caps = &authz.Caps{Scopes: []string{"collection:read", "file:read"}}
		for _, who := range []authz.Subject{bob, tess, capped} {
			wantKind(t, rename(who, set.ID, "x"), remit.Denied, "")
			wantKind(t, w.DeleteSet(t.Context(), who, set.ID), remit.Denied, "")
		}
		wantKind(t, w.DeleteSet(t.Context(), eve, set.ID), remit.Denied, "")
		w.must(rename(eve, set.ID, "finest"))
		w.must(rename(eve, set.ID, "finest"))
		if seen, err := w.Collection(t.Context(), bob, set.ID); err != nil || seen.Name != "finest" || seen.Files != 1 {
			t.Errorf("bob sees %+v, %v", seen, err)
		}
		wantKind(t, rename(ada, set.ID, "other"), remit.Conflict, "name_taken")
		for _, bad := range []string{" x", "a/b", "a\nb", "\x00", strings.Repeat("x", 201)} {
			wantKind(t, rename(ada, set.ID, bad), remit.Invalid, "")
		}
		wantKind(t, rename(ada, set.ID, ""), remit.Invalid, "")
		wantKind(t, rename(ada, dark, "x"), remit.Conflict, "no_set")
		wantKind(t, w.DeleteSet(t.Context(), ada, dark), remit.Conflict, "no_set")

		mine := w.set(tess, "mine", remit.SetDefinition{ByHand: true})
		w.must(w.DeleteSet(t.Context(), tess, mine.ID))
		w.must(w.DeleteSet(t.Context(), ada, set.ID))
		_, err = w.Collection(t.Context(), ada, set.ID)
		wantKind(t, err, remit.NotFound, "")
		wantKind(t, w.DeleteSet(t.Context(), ada, set.ID), remit.NotFound, "")
		if said := strings.Join(w.history(string(set.ID)), "\n"); !strings.Contains(said, "renamed set best to finest") || !strings.Contains(said, "deleted set finest") {
			t.Errorf("its history is\n%s", said)
		}
		if after := w.files(); len(after) != len(files) {
			t.Errorf("of %d files %d are left", len(files), len(after))
		}
		w.must(rename(ada, other.ID, "finest")) // the name is free again
	})
}

func TestWhatASetShowedIsGoneWithIt(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, ada, _, _ := newSetWorld(t, d)
		set := w.set(ada, "open", remit.SetDefinition{ByHand: true})
		seen := func(who authz.Subject) (names []string) {
			page, err := w.Collections(t.Context(), who, archive.CollectionFilter{})
			w.must(err)
			for _, c := range page.Items {
				names = append(names, c.Name)
			}
			return names
		}
		c, err := w.Update(t.Context(), ada, set.ID, archive.CollectionPatch{Name: "for all", Visibility: remit.VisibilityPublic})
		w.must(err)
		if c.Name != "for all" || c.Visibility != remit.VisibilityPublic {
			t.Errorf("it is %+v", c)
		}
		stranger := w.person("stranger", false)
		if diff := cmp.Diff([]string{"for all"}, seen(stranger)); diff != "" {
			t.Errorf("a stranger sees (-want +got):\n%s", diff)
		}
		w.must(w.DeleteSet(t.Context(), ada, set.ID))
		if names := seen(stranger); names != nil {
			t.Errorf("a stranger sees %q", names)
		}
		if _, err := w.Collections(t.Context(), stranger, archive.CollectionFilter{Project: "sky"}); remit.KindOf(err) != remit.NotFound {
			t.Errorf("a stranger still sees the project that only the set opened: %v", err)
		}
	})
}

func TestPublishingTakesTheRightToChangeToo(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, ada, _, _ := newSetWorld(t, d)
		w.role("publisher", false, "project:view", "collection:read", "collection:publish")
		pam := w.person("pam", false, "publisher")
		set := w.set(ada, "best", remit.SetDefinition{ByHand: true})
		_, err := w.SetVisibility(t.Context(), ada, set.ID, remit.VisibilityProject)
		w.must(err)
		_, err = w.Update(t.Context(), pam, set.ID, archive.CollectionPatch{Name: "hers", Visibility: remit.VisibilityPublic})
		wantKind(t, err, remit.Denied, "")
	})
}
