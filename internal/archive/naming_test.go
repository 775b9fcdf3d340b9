package archive_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/policyfile"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// Entries, requests and written access name a collection of their project that
// their writer may read, as memberships do; what stands already stays.
func TestWhateverNamesACollectionNamesOneThatItsWriterMayRead(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, first, _ := dark(t, d)
		w.newProject("elsewhere", remit.VisibilityPrivate)
		w.person("eve", false)
		giver, olga := w.person("gil", false, "giver"), w.person("olga", false, "owner")
		files := policyfile.New(w.gate)
		files.OnCollection(w.projects.KnownCollection)
		entry := func(id remit.CollectionID) remit.Entry {
			return remit.Entry{User: "eve", Permission: "project:view", Effect: "allow", Collection: id}
		}
		ways := map[string]func(who authz.Subject, slug string, id remit.CollectionID) error{
			"an entry": func(who authz.Subject, slug string, id remit.CollectionID) error {
				_, err := w.projects.AddEntry(t.Context(), who, slug, entry(id))
				return err
			},
			"a request": func(who authz.Subject, slug string, id remit.CollectionID) error {
				_, err := w.projects.Request(t.Context(), who, projects.NewRequest{Project: slug, Role: "reader", Collection: id, Reason: "x"})
				return err
			},
			"written access": func(who authz.Subject, slug string, id remit.CollectionID) error {
				_, err := files.PutAccess(t.Context(), who, slug, policyfile.Rows{Entries: []remit.Entry{entry(id)}}, "")
				return err
			},
			"a written member": func(who authz.Subject, slug string, id remit.CollectionID) error {
				_, err := files.PlanAccess(t.Context(), who, slug, policyfile.Rows{Members: []remit.Member{{User: "eve", Roles: []string{"reader"}, Collection: id}}})
				return err
			},
		}
		w.role("giver", false, "project:view", "member:read", "access:grant", "access:view", "collection:read")
		for _, way := range []string{"written access", "a written member", "an entry", "a request"} {
			name := ways[way]
			hidden, none := name(giver, "sky", first), name(giver, "sky", "collection_00000000000000000000000000")
			for _, err := range []error{hidden, none} {
				if remit.KindOf(err) != remit.Invalid {
					t.Errorf("%s: %v", way, err)
				}
			}
			if same := strings.ReplaceAll(hidden.Error(), string(first), "X") == strings.ReplaceAll(none.Error(), "collection_00000000000000000000000000", "X"); !same {
				t.Errorf("%s tells a hidden collection from none: %v, %v", way, hidden, none)
			}
			if way != "a request" { // it is for accounts
				if err := name(setup, "elsewhere", first); remit.KindOf(err) != remit.Invalid {
					t.Errorf("%s of another project's collection: %v", way, err)
				}
			}
			w.must(name(olga, "sky", first))
		}
		// eve's entry for the collection stands; who does not see it leaves it there
		_, err := files.PutAccess(t.Context(), giver, "sky", policyfile.Rows{Entries: []remit.Entry{entry(first),
			{User: "eve", Permission: "project:view", Effect: "allow"}}}, "")
		w.must(err)
	})
}
