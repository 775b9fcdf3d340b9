package identity_test

import (
	"context"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

const issuer = "https://id.example.org"

// external signs somebody in by the provider.
func (w *world) external(e identity.External, rules identity.ExternalRules) (authz.Subject, error) {
	w.Helper()
	e.Issuer = issuer
	secret, _, err := w.LoginExternal(w.Context(), e, rules)
	if err != nil {
		return authz.Subject{}, err
	}
	who, err := w.AuthenticateSession(w.Context(), secret)
	w.must(err)
	return who, nil
}

var creates = identity.ExternalRules{Create: true}

func TestWhoIsVouchedForSignsInToTheSameAccount(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, err := w.external(identity.External{Subject: "1", Name: "ada"}, identity.ExternalRules{})
		wantKind(t, err, remit.Unauthenticated)
		ada, err := w.external(identity.External{Subject: "1", Name: "Ada@example.org", FullName: "Ada\x00", Email: "Ada@example.org"}, creates)
		w.must(err)
		again, err := w.external(identity.External{Subject: "1", Name: "renamed"}, identity.ExternalRules{})
		w.must(err)
		if ada.ID != again.ID || again.Name != "ada" {
			t.Errorf("first %+v, then %+v", ada, again)
		}
		u, err := w.User(t.Context(), ada, "ada")
		w.must(err)
		if u.FullName != "" || u.Email != "Ada@example.org" || u.Superuser {
			t.Errorf("made %+v", u)
		}
	})
}

// Names and addresses are anybody's elsewhere.
func TestNobodyComesToAnAccountByItsName(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.account(identity.NewUser{Name: "root", Email: "root@example.org", Password: password, Superuser: true})
		for _, name := range []string{"root", "ROOT", "root@evil.example"} {
			_, err := w.external(identity.External{Subject: "6", Name: name, Email: "root@example.org"}, creates)
			wantKind(t, err, remit.Conflict)
		}
		for _, name := range []string{"", "me", "a b", "@", "ä"} {
			_, err := w.external(identity.External{Subject: "6", Name: name}, creates)
			wantKind(t, err, remit.Invalid)
		}
	})
}

func TestADisabledOrDeletedAccountIsNotVouchedForAnyMore(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root := w.superuser("root")
		_, err := w.external(identity.External{Subject: "1", Name: "ada"}, creates)
		w.must(err)
		_, unknown := w.external(identity.External{Subject: "2", Name: "eve"}, identity.ExternalRules{})
		w.disable("ada")
		_, err = w.external(identity.External{Subject: "1", Name: "ada"}, creates)
		wantSame(t, unknown, err)
		_, err = w.Delete(t.Context(), root, "ada", "root")
		w.must(err)
		_, err = w.external(identity.External{Subject: "1", Name: "ada"}, creates)
		wantKind(t, err, remit.Conflict) // the name is nobody else's
	})
}

func TestAnAccountWithoutAPasswordHasNoneToChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	ada, err := w.external(identity.External{Subject: "1", Name: "ada"}, creates)
	w.must(err)
	if e := wantKind(t, w.SetPassword(t.Context(), ada, "ada", identity.PasswordChange{New: other}), remit.Conflict); e.Code != "no_password" {
		t.Errorf("code %q, want no_password", e.Code)
	}
	_, _, err = w.Login(t.Context(), "ada", "")
	wantKind(t, err, remit.Unauthenticated)
}

// teams makes teams, and a project that the first one manages.
func (w *world) teams(names ...string) *projects.Service {
	w.Helper()
	rooms := projects.New(w.gate, projects.Options{})
	w.must(rooms.PutRole(w.Context(), setup, remit.Role{Name: "owner", Allow: []string{"*"}}))
	_, err := rooms.Create(w.Context(), setup, projects.NewProject{Slug: "moths"})
	w.must(err)
	w.must(w.db.Write(w.Context(), db.Exclusive, func(tx *db.Tx) error {
		for _, name := range names {
			if _, err := tx.Exec(`INSERT INTO teams (id, name, title, created_at) VALUES ($1, $2, $2, 1)`, "team_"+name, name); err != nil {
				return err
			}
		}
		_, project := tx.Exec(`INSERT INTO members (id, project_id, team_id, collection_id, why, written_by, created_at)
			SELECT 'member_1', id, $1, '', '', '', 1 FROM projects`, "team_"+names[0])
		_, role := tx.Exec(`INSERT INTO member_roles (member_id, role) VALUES ('member_1', 'owner')`)
		_, marked := tx.Exec(`UPDATE meta SET value = '1000000' WHERE key = 'policy_version'`) // everything is read anew
		return firstError(project, role, marked)
	}))
	return rooms
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestTeamsFollowTheGroupsOfTheProviderAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rooms := w.teams("keepers", "readers", "other")
		w.OnSync(projects.KeepSynced)
		rules := identity.ExternalRules{Create: true, Teams: map[string]string{"/moths": "keepers", "/moths-too": "keepers", "/all": "readers", "/x": "nowhere"}}
		sees := func(who authz.Subject) bool {
			_, err := rooms.Project(context.Background(), who, "moths")
			return err == nil
		}
		sign := func(groups ...string) authz.Subject {
			t.Helper()
			who, err := w.external(identity.External{Subject: "1", Name: "ada", Groups: groups}, rules)
			w.must(err)
			return who
		}
		ada := sign("/all", "/unknown")
		if sees(ada) {
			t.Error("she is in no group that manages")
		}
		ada = sign("/all", "/moths-too")
		if !sees(ada) {
			t.Error("the group gives nothing")
		}
		w.must(d.Write(t.Context(), db.Exclusive, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO team_users (team_id, user_id) VALUES ('team_other', $1)`, ada.ID)
			return err
		}))
		ada = sign() // the last manager: it is applied all the same (R25)
		if sees(ada) {
			t.Error("the group that is gone still gives")
		}
		w.must(d.Read(t.Context(), func(r db.Reader) error {
			left, err := db.Rows(r, db.Value[string], `SELECT team_id FROM team_users`)
			if len(left) != 1 || left[0] != "team_other" {
				t.Errorf("in %v, want only the team that no group is mapped to", left)
			}
			return err
		}))
	})
}

func TestWhatTheProviderTakesAwayStaysAwayAndIsWrittenDown(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.teams("keepers")
		rules := identity.ExternalRules{Create: true, Teams: map[string]string{"k": "keepers"}}
		_, err := w.external(identity.External{Subject: "1", Name: "ada", Groups: []string{"k"}}, rules)
		w.must(err)
		w.OnSync(func(_ *gate.Tx, _ string, change func() error) error {
			w.must(change())
			return remit.Errorf(remit.Conflict, "Nobody is left")
		})
		_, err = w.external(identity.External{Subject: "1", Name: "ada"}, rules)
		w.must(err)
		w.must(d.Read(t.Context(), func(r db.Reader) error {
			left, err := db.One(r, db.Value[int], `SELECT COUNT(*) FROM team_users`)
			w.must(err)
			told, err := db.One(r, db.Value[int], `SELECT COUNT(*) FROM audit_entries WHERE detail = 'taken away by the identity provider: Nobody is left'`)
			if left != 0 || told != 1 {
				t.Errorf("%d left in the team, told %d times; want 0 and 1", left, told)
			}
			return err
		}))
	})
}
