package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func TestAnAccountIsReadAsItWasMade(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		made, err := w.Create(t.Context(), setup, identity.NewUser{Name: "ada", FullName: "Ada Łovelace", Email: "ada@example.org", Password: password, Superuser: true})
		w.must(err)
		want := remit.User{ID: made.ID, Name: "ada", FullName: "Ada Łovelace", Email: "ada@example.org", Superuser: true,
			CreatedAt: w.clock.Now(), Permissions: []string{"read", "update", "password", "delete"}}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Errorf("made (-want +got):\n%s", diff)
		}
		read, err := w.User(t.Context(), setup, "ada")
		w.must(err)
		if diff := cmp.Diff(want, read); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
	})
}

func TestATakenNameIsAConflict(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.person("ada")
		_, err := w.Create(t.Context(), setup, identity.NewUser{Name: "ada", Password: password})
		wantKind(t, err, remit.Conflict)
		w.person("bob") // the failed transaction left nothing behind
	})
}

func TestBadAccountsAreRefusedByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	good := identity.NewUser{Name: "ada", Password: password}
	for name, tc := range map[string]struct {
		field  string
		change func(*identity.NewUser)
	}{
		"no name":                {"name", func(n *identity.NewUser) { n.Name = "" }},
		"capitals":               {"name", func(n *identity.NewUser) { n.Name = "Ada" }},
		"a leading dot":          {"name", func(n *identity.NewUser) { n.Name = ".ada" }},
		"64 letters":             {"name", func(n *identity.NewUser) { n.Name = strings.Repeat("a", 64) }},
		"a line end":             {"name", func(n *identity.NewUser) { n.Name = "ada\n" }},
		"who asks":               {"name", func(n *identity.NewUser) { n.Name = "me" }},
		"eleven characters":      {"password", func(n *identity.NewUser) { n.Password = "äöüäöüäßéèñ"[:22] }},
		"an endless password":    {"password", func(n *identity.NewUser) { n.Password = strings.Repeat("x", 2000) }},
		"no address":             {"email", func(n *identity.NewUser) { n.Email = "ada" }},
		"an address with name":   {"email", func(n *identity.NewUser) { n.Email = "Ada <ada@example.org>" }},
		"a NUL in the name":      {"full_name", func(n *identity.NewUser) { n.FullName = "A\x00da" }},
		"a name that is no text": {"full_name", func(n *identity.NewUser) { n.FullName = "A\xffda" }},
	} {
		t.Run(name, func(t *testing.T) {
			n := good
			tc.change(&n)
			_, err := w.Create(t.Context(), setup, n)
			if e := wantKind(t, err, remit.Invalid); e.Field != tc.field {
				t.Errorf("field %q, want %q", e.Field, tc.field)
			}
		})
	}
}

func TestOnlySuperusersWithAllTheirRightsMakeSuperusers(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, "user:create")
		root, clerk := w.superuser("root"), w.person("clerk")
		_, narrow := w.key(root, identity.NewKey{Scopes: []string{"user:*"}})
		create := func(who authz.Subject, name string, superuser bool) error {
			_, err := w.Create(t.Context(), who, identity.NewUser{Name: name, Password: password, Superuser: superuser})
			return err
		}
		w.must(create(clerk, "by-clerk", false))
		wantKind(t, create(clerk, "super-by-clerk", true), remit.Denied)
		w.must(create(narrow, "by-key", false))
		wantKind(t, create(narrow, "super-by-key", true), remit.Denied)
		w.must(create(root, "super-by-root", true))
	})
}

func TestWhoMayNotMakeAccountsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	n := identity.NewUser{Name: "eve", Password: password}
	_, err := w.Create(t.Context(), w.person("bob"), n)
	if e := wantKind(t, err, remit.Denied); e.Decision.Permission != "user:create" {
		t.Errorf("missing %q, want user:create", e.Decision.Permission)
	}
	_, err = w.Create(t.Context(), authz.Subject{Kind: authz.Anonymous}, n)
	wantKind(t, err, remit.Unauthenticated)
}

func TestAnAccountThatOneMayNotSeeLooksAbsent(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, "user:update@own")
		bob := w.person("bob")
		w.person("ada")
		_, keyless := w.key(bob, identity.NewKey{Scopes: []string{"key:read"}})
		node := authz.Subject{Kind: authz.Node, ID: "node_1", Site: true}
		for _, who := range []authz.Subject{bob, keyless, node, {Kind: authz.Anonymous}} {
			_, seen := w.User(t.Context(), who, "ada")
			_, absent := w.User(t.Context(), who, "nobody")
			wantSame(t, seen, absent)
			patch := identity.UserPatch{FullName: new("Ada")}
			_, seen = w.Update(t.Context(), who, "ada", patch)
			_, absent = w.Update(t.Context(), who, "nobody", patch)
			wantSame(t, seen, absent)
		}
		_, err := w.User(t.Context(), bob, "ada")
		wantKind(t, err, remit.NotFound)
		_, err = w.User(t.Context(), setup, "no\x00body")
		wantKind(t, err, remit.NotFound)
	})
}

func TestAnAccountKnowsItselfThroughEveryKey(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		_, narrow := w.key(ada, identity.NewKey{Scopes: []string{"job:read"}})
		for who, want := range map[*authz.Subject][]string{&ada: {"read", "password"}, &narrow: {}} {
			u, err := w.Self(t.Context(), *who)
			w.must(err)
			if string(u.ID) != ada.ID || !slices.Equal(u.Permissions, want) {
				t.Errorf("got %+v, want ada with %v", u, want)
			}
		}
		_, err := w.Self(t.Context(), authz.Subject{Kind: authz.Anonymous})
		wantKind(t, err, remit.NotFound)
		w.disable("ada")
		_, err = w.Self(t.Context(), ada)
		wantKind(t, err, remit.Unauthenticated)
	})
}

func TestTheListShowsExactlyTheAccountsThatOneMayRead(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		root, bob := w.superuser("root"), w.person("bob")
		_, keyless := w.key(root, identity.NewKey{Scopes: []string{"key:read"}})
		for _, tc := range []struct {
			who  authz.Subject
			want []string
		}{
			{root, []string{"root", "bob"}},
			{bob, []string{"bob"}},
			{keyless, nil},
			{authz.Subject{Kind: authz.Anonymous}, nil},
			{authz.Subject{Kind: authz.Node, ID: "node_1", Site: true}, nil},
		} {
			page, err := w.Users(t.Context(), tc.who, 0, "")
			w.must(err)
			if diff := cmp.Diff(tc.want, sorted(page.Items, []string{"root", "bob"})); diff != "" {
				t.Errorf("%s %s sees (-want +got):\n%s", tc.who.Name, tc.who.Key, diff)
			}
			for _, name := range []string{"root", "bob"} {
				_, err := w.User(t.Context(), tc.who, name)
				if listed := slices.Contains(tc.want, name); listed != (err == nil) {
					t.Errorf("%s: %s listed: %v, read: %v", tc.who.Name, name, listed, err)
				}
			}
		}
	})
}

// sorted are the names in the order of a list of names: accounts that were
// made within one millisecond have no other.
func sorted(users []remit.User, order []string) (names []string) {
	for _, u := range users {
		names = append(names, u.Name)
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return names
}

func TestAccountsComeInPages(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var want []string
		for i := range 5 {
			want = append(want, w.person(fmt.Sprintf("user%d", i)).Name)
			w.clock.Advance(time.Second)
		}
		var got []string
		after, pages := "", 0
		for more := true; more; more = after != "" {
			page, err := w.Users(t.Context(), setup, 2, after)
			w.must(err)
			for _, u := range page.Items {
				got = append(got, u.Name)
			}
			after = page.Next
			pages++
		}
		if diff := cmp.Diff(want, got); diff != "" || pages != 3 {
			t.Errorf("%d pages, want 3 (-want +got):\n%s", pages, diff)
		}
		_, err := w.Users(t.Context(), setup, 0, "ada")
		wantKind(t, err, remit.Invalid)
	})
}

func TestTheListTellsWhoMayAddToIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	for who, want := range map[string][]string{"root": {"create"}, "bob": {}} {
		asker := w.account(identity.NewUser{Name: who, Password: password, Superuser: who == "root"})
		page, err := w.Users(t.Context(), asker, 0, "")
		w.must(err)
		if diff := cmp.Diff(want, page.Permissions); diff != "" {
			t.Errorf("%s (-want +got):\n%s", who, diff)
		}
	}
}

func TestChangesOfAccountsAreWrittenDownWithoutSecrets(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		w.clock.Advance(time.Second) // entries order by time
		_, err := w.Update(t.Context(), setup, "ada", identity.UserPatch{FullName: new("Ada")})
		w.must(err)
		w.clock.Advance(time.Second)
		w.must(w.SetPassword(t.Context(), setup, "ada", identity.PasswordChange{New: "battery staple"}))
		var details []string
		w.must(d.Read(t.Context(), func(r db.Reader) error {
			history, err := audit.History(r, ada.ID)
			for _, e := range history {
				details = append(details, e.Operation+": "+e.Detail)
			}
			return err
		}))
		want := []string{"user.create: account ada made", "user.update: account ada: full name changed",
			"user.password: password of ada changed; its other sessions ended"}
		if diff := cmp.Diff(want, details); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
	})
}
