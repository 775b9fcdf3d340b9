package projects_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

func TestDeclaredPermissionsAreOfTheCatalogue(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		dan, _ := w.member("moths", "dan", "worker")
		run := remit.RunPermissions(remit.JobType{Key: "ml", On: []string{"file", "collection"}})
		w.must(w.DeclarePermissions(w.Context(), setup, run...))
		w.wantAllowed(olga, "job:run.ml", "moths", true)
		w.wantAllowed(dan, "job:run.ml", "moths", false)
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "worker", Allow: []string{"job:run.ml.single@own"}}))
		w.wantAllowed(dan, "job:run.ml.single", "moths", true)

		all, err := w.Permissions(w.Context(), stranger)
		w.must(err)
		wantEqual(w.T, len(all), len(remit.Permissions())+3+2) // three roles of projects, two declared
		wantKind(w.T, w.DeclarePermissions(w.Context(), olga, authz.Permission{Name: "x:y"}), remit.Denied)
		w.must(w.DeclarePermissions(w.Context(), olga))
	})
}

func TestADeclarationThatCannotBeIsRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		first := authz.Permission{Name: "record:view", Title: "See records", Selectors: true, Requires: []string{"project:view"}}
		w.must(w.DeclarePermissions(w.Context(), setup, first))
		first.Title = "See all records"
		w.must(w.DeclarePermissions(w.Context(), setup, first)) // the same meaning
		for name, c := range map[string]struct {
			p    authz.Permission
			kind remit.Kind
		}{
			"another meaning":     {authz.Permission{Name: "record:view"}, remit.Conflict},
			"a core permission":   {authz.Permission{Name: "job:read"}, remit.Conflict},
			"no verb":             {authz.Permission{Name: "record"}, remit.Invalid},
			"a star":              {authz.Permission{Name: "record:*"}, remit.Invalid},
			"unknown requirement": {authz.Permission{Name: "record:edit", Requires: []string{"record:veiw"}}, remit.Invalid},
			"itself":              {authz.Permission{Name: "record:edit", Requires: []string{"record:edit"}}, remit.Invalid},
			"never":               {authz.Permission{Name: "record:edit", Never: true}, remit.Invalid},
		} {
			if err := w.DeclarePermissions(w.Context(), setup, c.p); remit.KindOf(err) != c.kind {
				w.Errorf("%s: got %v, want %s", name, err, c.kind)
			}
		}
	})
}

// A later program may bring a smaller catalogue than the one that names were
// written against. Here it loses them behind the back of those who use them.
func TestNamesThatTheCatalogueLostLockNobodyOut(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		dan, _ := w.member("moths", "dan", "worker")
		w.must(w.DeclarePermissions(w.Context(), setup, authz.Permission{Name: "record:view"},
			authz.Permission{Name: "record:edit", Requires: []string{"record:view"}}, authz.Permission{Name: "record:print", Requires: []string{"record:edit"}}))
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "worker", Allow: []string{"job:read", "record:edit", "record:*"}}))
		w.override("moths", "worker", "record:view", "deny")
		_, err := w.AddEntry(w.Context(), olga, "moths", remit.Entry{User: "dan", Permission: "record:print", Effect: "allow"})
		w.must(err)
		w.lose("record:view")

		w.wantAllowed(dan, "job:read", "moths", true)
		w.wantAllowed(olga, "access:grant", "moths", true)
		_, err = w.Check(w.Context(), dan, projects.Question{Permission: "record:edit", Project: "moths"})
		wantKind(w.T, err, remit.Invalid)
		for _, what := range []string{"declared permission record:edit: it needs record:view", "declared permission record:print: it needs record:edit",
			"role worker: unknown permission", "role worker: pattern", "override of role worker: unknown permission", "an entry: unknown permission"} {
			if !strings.Contains(w.log.String(), what) {
				w.Errorf("the log does not tell of %q:\n%s", what, w.log)
			}
		}

		// What means nothing any more can still be taken back.
		w.override("moths", "worker", "record:view", "inherit")
		a, err := w.Access(w.Context(), olga, "moths")
		w.must(err)
		w.must(w.RemoveEntry(w.Context(), olga, "moths", a.Entries[0].ID))
		w.must(w.DeclarePermissions(w.Context(), setup, authz.Permission{Name: "record:view"}))
		w.wantAllowed(dan, "record:edit", "moths", true)
	})
}

// lose takes a declared permission out of the catalogue.
func (w *world) lose(permission string) {
	w.Helper()
	_, err := gate.Do(w.Context(), w.gate, setup, gate.Op[struct{}]{Name: "permission.declare",
		Apply: func(tx *gate.Tx) (struct{}, error) {
			_, err := tx.Exec(`DELETE FROM declared_permissions WHERE name = $1`, permission)
			return struct{}{}, err
		}})
	w.must(err)
}

func TestWithoutTheRoleOwnerNobodyMakesAProject(t *testing.T) {
	inWorlds(t, func(w *world) {
		_, err := gate.Do(w.Context(), w.gate, setup, gate.Op[struct{}]{Name: "role.update",
			Apply: func(tx *gate.Tx) (struct{}, error) {
				_, err := tx.Exec(`DELETE FROM roles WHERE name = 'owner'`)
				return struct{}{}, err
			}})
		w.must(err)
		_, err = w.Create(w.Context(), w.person("ada"), projects.NewProject{Slug: "moths"})
		wantKind(w.T, err, remit.Conflict)
		page, err := w.Projects(w.Context(), setup, 0, "")
		w.must(err)
		wantEqual(w.T, len(page.Items), 0) // refused whole
	})
}
