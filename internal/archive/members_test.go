package archive_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// dark is a project with two collections, both private.
func dark(t *testing.T, d *db.DB) (w *world, first, second remit.CollectionID) {
	w = newWorld(t, d)
	w.role("owner", false, "*")
	w.role("reader", false, "collection:read", "file:read")
	w.role("secretary", false, "collection:read", "collection:read_private")
	w.role("giver", false, "project:view", "member:read", "access:grant", "collection:read")
	w.write("a/one.txt", "1")
	w.write("b/two.txt", "2")
	w.scan()
	for name, c := range w.collections(setup) {
		_, err := w.SetVisibility(t.Context(), setup, c.ID, remit.VisibilityPrivate)
		w.must(err)
		if name == "a" {
			first = c.ID
		} else {
			second = c.ID
		}
	}
	return w, first, second
}

// Example 37 of the rules: a private collection with one member of its own.
func TestExample37APrivateCollectionIsOpenToItsOwnMembers(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, first, second := dark(t, d)
		own, reads, all := w.person("own", false), w.person("reads", false, "reader"), w.person("all", false, "secretary")
		_, err := w.projects.AddMember(t.Context(), setup, "sky", projects.NewMember{User: "own", Roles: []string{"reader"}, Collection: first})
		w.must(err)
		for _, c := range []struct {
			who authz.Subject
			id  remit.CollectionID
			yes bool
		}{{own, first, true}, {own, second, false}, {reads, first, false}, {all, first, true}, {all, second, true}} {
			_, err := w.Collection(t.Context(), c.who, c.id)
			if c.yes {
				w.must(err)
			} else {
				wantKind(t, err, remit.NotFound, "")
			}
			if listed := w.collectionIDs(c.who)[c.id]; listed != c.yes {
				t.Errorf("%s: %s is listed %t, want %t", c.who.Name, c.id, listed, c.yes)
			}
		}
	})
}

func (w *world) collectionIDs(who authz.Subject) map[remit.CollectionID]bool {
	ids := map[remit.CollectionID]bool{}
	for _, c := range w.collections(who) {
		ids[c.ID] = true
	}
	return ids
}

func TestAMemberOfACollectionByATeam(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, first, _ := dark(t, d)
		dan := w.person("dan", false)
		_, err := w.projects.CreateTeam(t.Context(), setup, projects.NewTeam{Name: "night"})
		w.must(err)
		_, err = w.projects.AddToTeam(t.Context(), setup, "night", "dan")
		w.must(err)
		_, err = w.projects.AddMember(t.Context(), setup, "sky", projects.NewMember{Team: "night", Roles: []string{"reader"}, Collection: first})
		w.must(err)
		_, err = w.Collection(t.Context(), dan, first)
		w.must(err)
		_, err = w.projects.RemoveFromTeam(t.Context(), setup, "night", "dan")
		w.must(err)
		_, err = w.Collection(t.Context(), dan, first)
		wantKind(t, err, remit.NotFound, "")
	})
}

// Whoever may not read a collection cannot find out by a membership whether it
// is there, and neither can it be one of another project.
func TestAMembershipNamesOnlyACollectionOfItsProjectThatItsEditorMayRead(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, first, _ := dark(t, d)
		w.newProject("elsewhere", remit.VisibilityPrivate)
		w.person("eve", false)
		add := func(who authz.Subject, slug string, id remit.CollectionID) error {
			_, err := w.projects.AddMember(t.Context(), who, slug, projects.NewMember{User: "eve", Roles: []string{"giver"}, Collection: id})
			return err
		}
		giver := w.person("gil", false, "giver")
		for _, err := range []error{add(giver, "sky", first), add(giver, "sky", "collection_00000000000000000000000000"), add(setup, "elsewhere", first)} {
			wantKind(t, err, remit.Invalid, "")
			if e := err.(*remit.Error); e.Field != "collection" {
				t.Errorf("the field is %q: %v", e.Field, err)
			}
		}
		w.must(add(w.person("olga", false, "owner"), "sky", first))
	})
}
