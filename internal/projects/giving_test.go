package projects_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// givers is a project where gil gives access and may read, and no more.
func givers(t *testing.T, d *db.DB) *world {
	w := newWorld(t, d)
	w.project("p1")
	w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "giver", Allow: []string{"project:view", "member:read", "access:grant", "file:read"}}))
	w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "reads", Allow: []string{"project:view", "file:read"}}))
	w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "loads", Allow: []string{"project:view", "file:read", "file:download@own"}}))
	w.member("p1", "gil", "giver")
	w.person("eve")
	return w
}

func TestNobodyGivesMoreThanTheyHold(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := givers(t, d)
		gil, _ := w.member("p1", "gus", "giver")
		add := func(role string) error {
			_, err := w.AddMember(t.Context(), gil, "p1", projects.NewMember{User: "eve", Roles: []string{role}})
			return err
		}
		if err := add("loads"); remit.CodeOf(err) != "gives_more" {
			t.Errorf("a role with file:download@own: %v", err)
		}
		if err := add("owner"); remit.CodeOf(err) != "gives_more" {
			t.Errorf("the role owner: %v", err)
		}
		if err := add("reads"); err != nil {
			t.Errorf("a role that gil holds all of: %v", err)
		}
		_, err := w.AddEntry(t.Context(), gil, "p1", remit.Entry{User: "gus", Permission: "job:*", Effect: "allow"})
		if remit.CodeOf(err) != "gives_more" {
			t.Errorf("job:* to oneself: %v", err)
		}
		err = w.SetOverride(t.Context(), gil, "p1", remit.Override{Role: "giver", Permission: "file:download", Effect: "allow"})
		if remit.CodeOf(err) != "gives_more" {
			t.Errorf("file:download to one's own role: %v", err)
		}
	})
}

func TestTakingARoleAwayIsNoWayToGain(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := givers(t, d)
		w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "loader", Allow: []string{"project:view", "file:read", "file:download"}}))
		gus, _ := w.member("p1", "gus", "giver", "loader")
		_, blocked := w.member("p1", "gus", "reads")
		w.override("p1", "reads", "file:download", "deny")
		if err := w.RemoveMember(t.Context(), gus, "p1", blocked.ID); remit.CodeOf(err) != "gives_more" {
			t.Errorf("gus takes off the role that blocks file:download for gus: %v", err)
		}
	})
}

// temporary is a project where dan is admin for an hour, and ada for ever.
func temporary(t *testing.T, d *db.DB) (w *world, dan authz.Subject, noon time.Time) {
	w = newWorld(t, d)
	w.project("p1")
	w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "admin", Allow: []string{"project:view", "member:read", "access:*", "job:read", "job:create", "file:read"}}))
	w.member("p1", "ada", "admin")
	noon = w.clock.Now().Add(time.Hour)
	dan, _ = w.memberFor("p1", projects.NewMember{User: "dan", Roles: []string{"admin"}, Until: &noon})
	return w, dan, noon
}

func (w *world) wantCode(err error, code, doing string) {
	w.Helper()
	if remit.CodeOf(err) != code {
		w.Errorf("%s: got %v, want the code %q", doing, err, code)
	}
}

// Example 30 of the design: what one holds until noon one gives until noon.
func TestARightForAnHourIsGivenForThatHourOnly(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, dan, noon := temporary(t, d)
		w.person("eve")
		later := noon.Add(time.Minute)
		for doing, n := range map[string]projects.NewMember{
			"himself without an end": {User: "dan", Roles: []string{"admin"}},
			"eve without an end":     {User: "eve", Roles: []string{"worker"}},
			"himself for longer":     {User: "dan", Roles: []string{"admin"}, Until: &later},
			"himself afterwards":     {User: "dan", Roles: []string{"admin"}, From: &noon, Until: &later},
		} {
			_, err := w.AddMember(t.Context(), dan, "p1", n)
			w.wantCode(err, "gives_more", doing)
		}
		_, err := w.AddEntry(t.Context(), dan, "p1", remit.Entry{User: "eve", Permission: "job:read", Effect: "allow"})
		w.wantCode(err, "gives_more", "an entry without an end")
		err = w.SetOverride(t.Context(), dan, "p1", remit.Override{Role: "reader", Permission: "job:create", Effect: "allow"})
		w.wantCode(err, "gives_more", "an override, which never ends")
		_, err = w.AddMember(t.Context(), dan, "p1", projects.NewMember{User: "eve", Roles: []string{"admin"}, Until: &noon})
		w.must(err)
		_, err = w.AddEntry(t.Context(), dan, "p1", remit.Entry{User: "eve", Permission: "job:read", Effect: "allow", Until: &noon})
		w.must(err)
	})
}

func TestAKeyThatEndsGivesNothingBeyondItsEnd(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("p1")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"key:create@own", "key:read@own"}}))
		olga, _ := w.member("p1", "olga", "owner")
		w.person("eve")
		end := w.clock.Now().Add(time.Hour)
		made, err := w.accounts.CreateKey(w.Context(), olga, identity.NewKey{Title: "short", ExpiresAt: &end})
		w.must(err)
		byKey, err := w.accounts.AuthenticateKey(w.Context(), made.Secret)
		w.must(err)
		_, err = w.AddMember(w.Context(), byKey, "p1", projects.NewMember{User: "eve", Roles: []string{"worker"}})
		w.wantCode(err, "gives_more", "for ever")
		_, err = w.AddMember(w.Context(), byKey, "p1", projects.NewMember{User: "eve", Roles: []string{"worker"}, Until: &end})
		w.must(err)
	})
}

func TestNobodyTakesAnythingFromThoseWhoHoldMore(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, dan, _ := temporary(t, d)
		w.member("p1", "olga", "owner")
		_, owner := w.member("p1", "owen", "owner")
		_, worker := w.member("p1", "will", "reader")
		w.wantCode(w.RemoveMember(t.Context(), dan, "p1", owner.ID), "takes_more", "an owner's role")
		_, err := w.AddEntry(t.Context(), dan, "p1", remit.Entry{User: "olga", Permission: "job:read", Effect: "deny"})
		w.wantCode(err, "takes_more", "something of an owner by an entry")
		err = w.SetOverride(t.Context(), dan, "p1", remit.Override{Role: "owner", Permission: "job:read", Effect: "deny"})
		w.wantCode(err, "takes_more", "something of all owners")
		from := w.clock.Now().Add(time.Minute)
		_, err = w.AddEntry(t.Context(), dan, "p1", remit.Entry{User: "olga", Permission: "project:view", Effect: "deny", From: &from})
		w.wantCode(err, "takes_more", "everything of an owner, later")

		w.must(w.RemoveMember(t.Context(), dan, "p1", worker.ID)) // though will's right had no end and dan's has
		_, err = w.AddEntry(t.Context(), w.person("olga"), "p1", remit.Entry{User: "dan", Permission: "job:read", Effect: "deny"})
		w.must(err)
	})
}

func TestOneMayTakeFromOneselfButNotWithALimitedKey(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("p1")
		w.member("p1", "olga", "owner")
		owen, m := w.member("p1", "owen", "owner")
		limited := owen
		limited.Caps = &authz.Caps{Scopes: []string{"access:grant"}}
		w.wantCode(w.RemoveMember(w.Context(), limited, "p1", m.ID), "takes_more", "with a key for access:grant")
		w.must(w.RemoveMember(w.Context(), owen, "p1", m.ID))
	})
}

// Whether or not anybody is touched by it today.
func TestWhatAChangeNamesIsHeldByWhoMakesIt(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := givers(t, d)
		gil := w.person("gil")
		_, err := w.accounts.Update(t.Context(), setup, "eve", identity.UserPatch{Disabled: new(true)})
		w.must(err)
		_, err = w.AddMember(t.Context(), gil, "p1", projects.NewMember{User: "eve", Roles: []string{"owner"}})
		w.wantCode(err, "gives_more", "a role to an account that is disabled")
		_, err = w.AddEntry(t.Context(), gil, "p1", remit.Entry{User: "eve", Permission: "file:*", Effect: "allow"})
		w.wantCode(err, "gives_more", "an allow to an account that is disabled")
		set := func(role, permission, effect string) error {
			return w.SetOverride(t.Context(), gil, "p1", remit.Override{Role: role, Permission: permission, Effect: effect})
		}
		w.wantCode(set("reads", "file:download", "allow"), "gives_more", "an allow in a role that nobody holds")
		w.override("p1", "loads", "file:download@own", "deny")
		w.wantCode(set("loads", "file:download@own", "inherit"), "gives_more", "the lifting of a role's deny")
		w.wantCode(set("loads", "file:download@own", "remove"), "gives_more", "the lifting of a role's deny by a remove")
		w.override("p1", "loads", "file:download@own", "remove")
		w.wantCode(set("loads", "file:download@own", "inherit"), "gives_more", "the lifting of a remove")
		w.person("gus")
		denied, err := w.AddEntry(t.Context(), setup, "p1", remit.Entry{User: "gus", Permission: "file:download", Effect: "deny"})
		w.must(err)
		w.wantCode(w.RemoveEntry(t.Context(), gil, "p1", denied.ID), "gives_more", "the lifting of a deny")
		w.must(set("reads", "file:read", "deny"))
		w.must(set("reads", "file:read", "inherit"))
		_, err = w.AddMember(t.Context(), gil, "p1", projects.NewMember{User: "eve", Roles: []string{"reads"}})
		w.must(err)
	})
}

func TestATemplateNamesOnlyWhatItsEditorHoldsOnTheWholeSite(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"role:read", "role:update", "job:read"}}))
		w.project("p1")
		dan, _ := w.member("p1", "dan", "owner")
		put := func(who authz.Subject, name string, allow ...string) error {
			return w.PutRole(w.Context(), who, remit.Role{Name: name, Allow: allow, Site: name == "signed_in"})
		}
		w.wantCode(put(dan, "drummer", "job:cancel"), "gives_more", "a new role that nobody holds")
		w.wantCode(put(dan, "signed_in", "role:read", "role:update", "job:read", "user:create"), "gives_more", "a right of the site")
		w.must(put(dan, "drummer", "job:read"))
		w.must(put(w.superuser("root"), "drummer", "job:cancel", "job:read"))
		w.must(put(dan, "drummer", "job:cancel"))
	})
}

// What is reserved to superusers (R4) may still be part of what an owner gives.
func TestAReservedRightDoesNotKeepAnOwnerFromGivingTheRole(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("p1")
		olga, _ := w.member("p1", "olga", "owner")
		w.person("eve")
		_, err := w.AddMember(w.Context(), olga, "p1", projects.NewMember{User: "eve", Roles: []string{"owner"}})
		w.must(err)
	})
}

// A role or entry for one collection opens others' private things there.
func TestWhatIsGivenInACollectionIsHeldThere(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := givers(t, d)
		w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "giver", Allow: []string{"project:view", "member:read", "access:grant", "file:read"}}))
		gil, in := w.person("gil"), remit.NewID[remit.CollectionID](w.clock.Now())
		give := func(who authz.Subject, permission string) error {
			_, err := w.AddEntry(t.Context(), who, "p1", remit.Entry{User: "eve", Permission: permission, Effect: "allow", Collection: in})
			return err
		}
		w.wantCode(give(gil, "file:download"), "gives_more", "a right that gil holds nowhere")
		w.wantCode(give(gil, "file:read@others"), "gives_more", "sight of what is private in a collection")
		w.must(give(gil, "project:view"))
		olga, _ := w.member("p1", "olga", "owner")
		w.must(give(olga, "file:read@others"))
	})
}
