package identity_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func TestADeletedAccountCanDoNothingEverAgainAndKeepsItsName(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root, bob := w.superuser("root"), w.person("bob")
		ada := w.account(identity.NewUser{Name: "ada", FullName: "Ada L.", Email: "ada@example.org", Password: password})
		session := w.login("ada")
		key, byKey := w.key(ada, identity.NewKey{})
		var handed []string
		w.OnDelete(func(_ *gate.Tx, from, to remit.UserID) (string, error) {
			handed = append(handed, string(from), string(to))
			return "3 things", nil
		})
		gone, err := w.Delete(t.Context(), root, "ada", "bob")
		w.must(err)
		if !gone.Disabled || gone.DeletedAt == nil || gone.Email != "" || gone.FullName != "Ada L." || len(gone.Permissions) != 2 {
			t.Errorf("left: %+v", gone)
		}
		if len(handed) != 2 || handed[0] != ada.ID || handed[1] != bob.ID {
			t.Errorf("handed over: %v", handed)
		}
		_, err = w.AuthenticateSession(t.Context(), session)
		wantKind(t, err, remit.Unauthenticated)
		_, err = w.AuthenticateKey(t.Context(), key.Secret)
		wantKind(t, err, remit.Unauthenticated)
		_, _, err = w.Login(t.Context(), "ada", password)
		wantKind(t, err, remit.Unauthenticated)
		for _, who := range []authz.Subject{ada, byKey} {
			_, err = w.Self(t.Context(), who)
			wantKind(t, err, remit.Unauthenticated)
		}
		_, err = w.Update(t.Context(), root, "ada", identity.UserPatch{Disabled: new(false)})
		wantKind(t, err, remit.Conflict)
		wantKind(t, w.change(root, "ada"), remit.Conflict)
		_, err = w.Delete(t.Context(), root, "ada", "bob")
		wantKind(t, err, remit.Conflict)
		_, err = w.Create(t.Context(), root, identity.NewUser{Name: "ada", Password: password})
		wantKind(t, err, remit.Conflict)
		w.must(d.Read(t.Context(), func(r db.Reader) error {
			found, err := db.One(r, db.Value[string], `SELECT detail FROM audit_entries WHERE operation = 'user.delete' AND allowed ORDER BY id LIMIT 1`)
			if found != "account ada deleted; heir bob, 3 things" {
				t.Errorf("written down: %q", found)
			}
			return err
		}))
	})
}

func TestDeletingTakesItsRightAndAnHeirThatOneMayKnowOf(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, "user:read", "user:update")
		root, clerk := w.superuser("root"), w.person("clerk")
		w.person("ada")
		w.person("off")
		w.disable("off")
		_, narrow := w.key(root, identity.NewKey{Scopes: []string{"user:read"}})
		del := func(who authz.Subject, name, heir string) error {
			_, err := w.Delete(t.Context(), who, name, heir)
			return err
		}
		wantKind(t, del(clerk, "ada", "clerk"), remit.Denied)
		wantKind(t, del(narrow, "ada", "clerk"), remit.Denied)
		wantKind(t, del(authz.Subject{}, "ada", "clerk"), remit.NotFound)
		wantSame(t, del(authz.Subject{}, "ada", "clerk"), del(authz.Subject{}, "nobody", "clerk"))
		for heir, want := range map[string]remit.Kind{"": remit.Invalid, "ada": remit.Invalid, "off": remit.Invalid, "nobody": remit.NotFound} {
			if e := wantKind(t, del(root, "ada", heir), want); e.Field != "heir" {
				t.Errorf("heir %q: field %q", heir, e.Field)
			}
		}
		w.must(del(root, "ada", "clerk"))
	})
}

func TestSuperusersAreDeletedBySuperusersAndTheLastOneNever(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, "user:read", "user:delete")
		root, clerk := w.superuser("root"), w.person("clerk")
		del := func(who authz.Subject, name string) error {
			_, err := w.Delete(t.Context(), who, name, "heir")
			return err
		}
		w.person("heir")
		wantKind(t, del(clerk, "root"), remit.Denied)
		wantKind(t, del(root, "root"), remit.Conflict)
		w.superuser("second")
		w.disable("second")
		wantKind(t, del(root, "root"), remit.Conflict)
		wantKind(t, del(clerk, "second"), remit.Denied)
		w.must(del(root, "second"))
		w.must(del(clerk, "clerk"))
	})
}

func TestAnAccountThatAProjectNeedsIsNotDeleted(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root, ada := w.superuser("root"), w.person("ada")
		w.person("bob")
		refusal := remit.Errorf(remit.Conflict, "ada is needed")
		w.OnDisable(refuse(refusal))
		_, err := w.Delete(t.Context(), root, "ada", "bob")
		wantSame(t, refusal, err)
		_, err = w.Self(t.Context(), ada)
		w.must(err)
	})
}
