package projects_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/projects"
)

func TestARoleIsShownWithTheProjectsThatDoNotFollowIt(t *testing.T) {
	inWorlds(t, func(w *world) {
		for _, slug := range []string{"a", "b", "c"} {
			w.project(slug)
		}
		olga, _ := w.member("a", "olga", "owner")
		w.member("b", "olga", "reader")
		w.override("a", "worker", "job:read", "deny")
		w.override("a", "worker", "job:delete", "allow")
		w.override("b", "worker", "job:read", "remove")
		use, err := w.Role(w.Context(), setup, "worker")
		w.must(err)
		a := remit.RoleOverrides{Project: "a", Overrides: []remit.Override{
			{Role: "worker", Permission: "job:delete", Effect: "allow"}, {Role: "worker", Permission: "job:read", Effect: "deny"}}}
		b := remit.RoleOverrides{Project: "b", Overrides: []remit.Override{{Role: "worker", Permission: "job:read", Effect: "remove"}}}
		wantEqual(w.T, use, remit.RoleUse{Role: remit.Role{Name: "worker", Allow: []string{"job:read", "job:create", "job:cancel@own"}},
			Overridden: []remit.RoleOverrides{a, b}, Permissions: []string{"update", "delete"}})

		use, err = w.Role(w.Context(), olga, "worker") // who may see the access of a only
		w.must(err)
		wantEqual(w.T, use.Overridden, []remit.RoleOverrides{a})
		wantEqual(w.T, use.Permissions, []string{})
		use, err = w.Role(w.Context(), olga, "reader")
		w.must(err)
		wantEqual(w.T, use.Overridden, []remit.RoleOverrides{})
		for _, name := range []string{"absent", "no name\x00"} {
			_, err = w.Role(w.Context(), olga, name)
			wantKind(w.T, err, remit.NotFound)
		}
		_, err = w.Role(w.Context(), stranger, "worker")
		_, other := w.Role(w.Context(), stranger, "absent")
		wantKind(w.T, err, remit.NotFound)
		wantSame(w.T, err, other)
	})
}

func TestARoleIsMadeOnceChangedAndDeleted(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		root, dan := w.superuser("root"), w.person("dan")
		_, err := w.CreateRole(w.Context(), dan, remit.Role{Name: "drummer"})
		wantKind(w.T, err, remit.Denied)
		role, err := w.CreateRole(w.Context(), root, remit.Role{Name: "drummer", Allow: []string{"job:read"}})
		w.must(err)
		wantEqual(w.T, role, remit.Role{Name: "drummer", Allow: []string{"job:read"}})
		_, err = w.CreateRole(w.Context(), root, remit.Role{Name: "drummer"})
		wantKind(w.T, err, remit.Conflict)
		role, err = w.UpdateRole(w.Context(), root, "drummer", projects.RolePatch{Title: new("Drummer"), Allow: []string{"job:*"}})
		w.must(err)
		wantEqual(w.T, role, remit.Role{Name: "drummer", Title: "Drummer", Allow: []string{"job:*"}})
		_, err = w.UpdateRole(w.Context(), root, "drummer", projects.RolePatch{Allow: []string{"job:raed"}})
		wantKind(w.T, err, remit.Invalid)
		_, err = w.UpdateRole(w.Context(), root, "absent", projects.RolePatch{})
		wantKind(w.T, err, remit.NotFound)
		_, err = w.UpdateRole(w.Context(), dan, "drummer", projects.RolePatch{Title: new("")})
		wantKind(w.T, err, remit.Denied)
		w.wantAssigned(root, "drummer", true)
		wantKind(w.T, w.DeleteRole(w.Context(), dan, "drummer"), remit.Denied)
		w.must(w.DeleteRole(w.Context(), root, "drummer"))
		wantKind(w.T, w.DeleteRole(w.Context(), root, "drummer"), remit.NotFound)
		w.wantAssigned(root, "drummer", false)
	})
}

// wantAssigned says whether the catalogue has a right to make people a role.
func (w *world) wantAssigned(who any, role string, want bool) {
	w.Helper()
	_, err := w.Check(w.Context(), setup, projects.Question{Permission: "member:assign." + role, Project: "moths"})
	if known := err == nil; known != want {
		w.Errorf("member:assign.%s: known %t (%v), want %t", role, known, err, want)
	}
}

func TestARoleThatIsHeldOrNamedStays(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "drummer", Allow: []string{"job:read"}}))
		_, first := w.member("moths", "dan", "drummer")
		_, second := w.member("moths", "eve", "drummer")
		w.override("moths", "drummer", "job:read", "deny")
		refused := func(role, code, message string) {
			w.Helper()
			err := w.DeleteRole(w.Context(), setup, role)
			w.wantCode(err, code, role)
			wantEqual(w.T, err.Error(), message)
		}
		refused("drummer", "role_held", "The role drummer is still given, by 2 memberships")
		w.must(w.RemoveMember(w.Context(), setup, "moths", first.ID))
		refused("drummer", "role_held", "The role drummer is still given, by 1 membership")
		w.must(w.RemoveMember(w.Context(), setup, "moths", second.ID))
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "registrar", Allow: []string{"member:assign.drummer"}}))
		refused("drummer", "role_named", "member:assign.drummer is still named, in 1 place")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "registrar", Allow: []string{"member:assign.*"}}))
		w.must(w.DeleteRole(w.Context(), setup, "drummer"))
		a, err := w.Access(w.Context(), setup, "moths")
		w.must(err)
		wantEqual(w.T, len(a.Overrides), 0)

		staffed(w)
		m := w.siteRole("sam", "staff", nil)
		refused("staff", "role_held", "The role staff is still given, by 1 membership")
		w.must(w.RemoveSiteMember(w.Context(), setup, m.ID))
		w.must(w.DeleteRole(w.Context(), setup, "staff"))
		refused("signed_in", "conflict", "signed_in is part of the program")
	})
}

func TestARoleStaysWhereItIsHeld(t *testing.T) {
	inWorlds(t, func(w *world) {
		wantKind(w.T, w.PutRole(w.Context(), setup, remit.Role{Name: "worker", Site: true}), remit.Conflict)
		staffed(w)
		wantKind(w.T, w.PutRole(w.Context(), setup, remit.Role{Name: "staff"}), remit.Conflict)
		w.project("moths")
		_, err := w.AddMember(w.Context(), setup, "moths", projects.NewMember{User: w.person("dan").Name, Roles: []string{"staff"}})
		wantKind(w.T, err, remit.Invalid)
	})
}
