package projects_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func (w *world) disable(name string, disabled bool) error {
	_, err := w.accounts.Update(w.Context(), setup, name, identity.UserPatch{Disabled: &disabled})
	return err
}

// What a disabled account holds is out of use, not given away (R24).
func TestFromADisabledAccountNobodyTakesMoreThanTheyHold(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, dan, _ := temporary(t, d)
		w.member("p1", "olga", "owner")
		_, owner := w.member("p1", "owen", "owner")
		_, reader := w.member("p1", "rita", "reader")
		w.must(w.disable("owen", true))
		w.must(w.disable("rita", true))
		w.wantCode(w.RemoveMember(t.Context(), dan, "p1", owner.ID), "takes_more", "an owner's role, while disabled")
		_, err := w.AddEntry(t.Context(), dan, "p1", remit.Entry{User: "owen", Permission: "job:read", Effect: "deny"})
		w.wantCode(err, "takes_more", "something of an owner by an entry, while disabled")
		w.must(w.RemoveMember(t.Context(), dan, "p1", reader.ID))
	})
}

func TestADisabledAccountGainsNothingForWhenItIsEnabled(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := givers(t, d)
		w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "loader", Allow: []string{"project:view", "file:read", "file:download"}}))
		gil := w.person("gil")
		pam, _ := w.member("p1", "pam", "loader")
		_, blocked := w.member("p1", "pam", "reads")
		w.override("p1", "reads", "file:download", "deny")
		w.must(w.disable("pam", true))
		w.wantCode(w.RemoveMember(t.Context(), gil, "p1", blocked.ID), "gives_more", "the end of a block, while disabled")
		w.must(w.disable("pam", false))
		w.wantAllowed(pam, "file:download", "p1", false)
	})
}

func TestAChangeOfARoleIsComparedForDisabledAccountsToo(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"role:read", "role:update", "job:read"}}))
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "keeper", Allow: []string{"project:view", "member:read", "access:*"}}))
		w.project("p1")
		w.member("p1", "olga", "keeper")
		w.member("p1", "owen", "owner")
		w.must(w.disable("owen", true))
		err := w.PutRole(w.Context(), w.person("dan"), remit.Role{Name: "owner", Allow: []string{"job:read"}})
		w.wantCode(err, "takes_more", "everything from the one owner, who is disabled")
	})
}

// An account that is disabled gives nobody access: it is no manager (R25).
func TestADisabledAccountDoesNotManageAProject(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.project("p1")
		olga, last := w.member("p1", "olga", "owner")
		w.member("p1", "owen", "owner")
		w.must(w.disable("owen", true))
		remove := func(who authz.Subject) error { return w.RemoveMember(t.Context(), who, "p1", last.ID) }
		w.wantCode(remove(olga), "last_manager", "the last owner who is enabled leaves")
		w.wantCode(w.disable("olga", true), "last_manager", "the last owner who is enabled is disabled")
		w.must(w.disable("owen", false))
		w.must(remove(olga))
	})
}
