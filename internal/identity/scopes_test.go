package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/testkit"
)

func TestScopesThatMatchNothingAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	ada := w.person("ada")
	for scope, want := range map[string]string{
		"job:raed":         `did you mean "job:read"?`,
		"jbo:*":            "no thing",
		"job.read":         "unknown",
		"job*":             "no thing",
		"job:run*":         "no thing",
		"**":               "no thing",
		"":                 "unknown",
		"job:read@mine":    "@own",
		"job:create@own":   "write job:create",
		"job:run.a\x00b.*": "no thing",
		"job:read ":        `did you mean "job:read"?`,
	} {
		_, err := w.CreateKey(t.Context(), ada, identity.NewKey{Title: "of a test", Scopes: []string{"job:read", scope}})
		e := wantKind(t, err, remit.Invalid)
		if e.Field != "scopes[1]" || !strings.Contains(e.Message, want) || e.Hint == "" {
			t.Errorf("%q: field %q, %q, hint %q", scope, e.Field, e.Message, e.Hint)
		}
	}
}

func TestScopesMayNameWhatWillComeOfAKnownThing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	w.key(w.person("ada"), identity.NewKey{Scopes: []string{"*", "job:*", "job:run.*", "job:*@own", "job:read@others", "*@own"}})
}

func TestAKeyMakesOnlyKeysWithinItsScopes(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		_, capped := w.key(ada, identity.NewKey{Scopes: []string{"key:*", "job:run.*", "file:read@own"}})
		for scope, within := range map[string]bool{
			"key:*": true, "key:read": true, "key:read@own": true, "job:run.*": true, "job:run.ml.*": true, "file:read@own": true,
			"*": false, "*@own": false, "job:*": false, "job:read": false, "file:read": false, "file:read@others": false, "file:*@own": false,
		} {
			_, err := w.CreateKey(t.Context(), capped, identity.NewKey{Title: "of a test", Scopes: []string{scope}})
			if within {
				w.must(err)
				continue
			}
			if e := wantKind(t, err, remit.Denied); e.Code != "key_scope" {
				t.Errorf("%s: code %q, want key_scope", scope, e.Code)
			}
		}
		_, err := w.CreateKey(t.Context(), capped, identity.NewKey{Title: "of a test"}) // everything
		wantKind(t, err, remit.Denied)
	})
}

func TestAKeyWithoutTheScopeOrLimitedToProjectsMakesNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	project := []remit.ProjectID{remit.NewID[remit.ProjectID](w.clock.Now())}
	root := w.superuser("root")
	for _, n := range []identity.NewKey{{Scopes: []string{"job:read"}}, {Projects: project}} {
		_, capped := w.key(root, n)
		n.Title = "the same again"
		_, err := w.CreateKey(t.Context(), capped, n)
		if e := wantKind(t, err, remit.Denied); e.Code != "key_scope" {
			t.Errorf("%+v: code %q, want key_scope", n, e.Code)
		}
	}
}

func TestAKeyNamesABoundedNumberOfScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	_, err := w.CreateKey(t.Context(), w.person("ada"), identity.NewKey{Title: "of a test", Scopes: slices.Repeat([]string{"job:read"}, 101)})
	wantKind(t, err, remit.Invalid)
}

func TestAKeyThatEndsMakesNoKeyThatLastsLonger(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ada := w.person("ada")
		noon, later := w.clock.Now().Add(time.Hour), w.clock.Now().Add(2*time.Hour)
		key, asker := w.key(ada, identity.NewKey{ExpiresAt: &noon})
		_, err := w.CreateKey(t.Context(), asker, identity.NewKey{Title: "endless"})
		wantKind(t, err, remit.Denied)
		_, err = w.CreateKey(t.Context(), asker, identity.NewKey{Title: "longer", ExpiresAt: &later})
		wantKind(t, err, remit.Denied)
		_, err = w.CreateKey(t.Context(), asker, identity.NewKey{Title: "as long", ExpiresAt: &noon})
		w.must(err)
		w.must(w.DeleteKey(t.Context(), ada, key.ID))
		_, err = w.CreateKey(t.Context(), asker, identity.NewKey{Title: "too late", ExpiresAt: &noon})
		wantKind(t, err, remit.Unauthenticated)
	})
}

func TestAKeyNeedsATitleAndAnEndThatIsToCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	ada, now := w.person("ada"), w.clock.Now()
	for field, n := range map[string]identity.NewKey{
		"title":      {Title: " "},
		"expires_at": {Title: "of a test", ExpiresAt: &now},
	} {
		_, err := w.CreateKey(t.Context(), ada, n)
		if e := wantKind(t, err, remit.Invalid); e.Field != field {
			t.Errorf("field %q, want %q", e.Field, field)
		}
	}
}

func TestAKeyForAProjectThatOneCannotSeeIsRefusedAsIfItWereAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	project := remit.NewID[remit.ProjectID](w.clock.Now())
	_, err := w.CreateKey(t.Context(), w.person("ada"), identity.NewKey{Title: "of a test", Projects: []remit.ProjectID{project}})
	wantKind(t, err, remit.NotFound)
}

func TestAKeyForNothingIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.Open(t, testkit.SQLite(t)))
	ada := w.person("ada")
	for field, k := range map[string]identity.NewKey{"scopes": {Scopes: []string{}}, "projects": {Projects: []remit.ProjectID{}}} {
		k.Title = "of a test"
		_, err := w.CreateKey(t.Context(), ada, k)
		if e := wantKind(t, err, remit.Invalid); e.Field != field || e.Hint == "" {
			t.Errorf("%s: %+v", field, e)
		}
	}
}
