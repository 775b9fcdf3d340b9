package projects_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/projects"
)

// A registrar holds what roles give only as far as making people of them.
func TestExample32ARegistrarAddsADrummerAndNoProductionManager(t *testing.T) {
	inWorlds(t, func(w *world) {
		declared(w)
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "drummer", Allow: []string{"record:view.budget", "job:read"}}))
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "registrar", Allow: []string{"member:assign.drummer"}}))
		w.project("p1")
		w.member("p1", "olga", "owner")
		reg, _ := w.member("p1", "reg", "registrar")
		w.person("dan")
		_, err := w.AddMember(w.Context(), reg, "p1", projects.NewMember{User: "dan", Roles: []string{"drummer"}})
		w.must(err)
		w.wantRule("dan", "record:view.budget", "p1", true, "R12")
		for _, roles := range [][]string{{"production_manager"}, {"drummer", "production_manager"}, {"registrar"}} {
			_, err = w.AddMember(w.Context(), reg, "p1", projects.NewMember{User: "dan", Roles: roles})
			wantKind(w.T, err, remit.Denied)
		}
		w.wantRule("reg", "record:view.budget", "p1", false, "R14")
	})
}
