package gate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/naive/judge"
	"github.com/remit-server/remit/internal/naive/worlds"
	"github.com/remit-server/remit/internal/testkit"
)

var visibilityNames = map[authz.Visibility]string{authz.ProjectWide: "project", authz.Private: "private", authz.Public: "public"}

// things are one of every kind, everywhere; the third project is in no
// policy. A collection's id may stand in several projects: what one project
// says of another's collection must not count.
func things() []authz.Resource {
	var all []authz.Resource
	for _, project := range []string{"p1", "p2", "p9", ""} {
		for _, collection := range []string{"", "c1", "c2", "c9"} {
			for _, owner := range []string{"", "u1", "u2", "u3", "j1"} {
				for v := range visibilityNames {
					all = append(all, authz.Resource{Project: project, Collection: collection, Owner: owner, Visibility: v})
				}
			}
		}
	}
	for i := range all {
		all[i].Thing = fmt.Sprintf("%03d", i)
	}
	return all
}

// shelf is a table of things.
type shelf struct {
	ctx    context.Context
	db     *db.DB
	things []authz.Resource
}

func newShelf(t *testing.T, d *db.DB) *shelf {
	t.Helper()
	s := &shelf{t.Context(), d, things()}
	err := d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
		_, err := tx.Exec(`CREATE TABLE things (id TEXT PRIMARY KEY, project TEXT NOT NULL, owner TEXT NOT NULL, visibility TEXT NOT NULL, collection TEXT NOT NULL)`)
		for _, r := range s.things {
			if err == nil {
				_, err = tx.Exec(`INSERT INTO things VALUES ($1, $2, $3, $4, $5)`, r.Thing, r.Project, r.Owner, visibilityNames[r.Visibility], r.Collection)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// listed runs the condition between arguments of the query's own.
func (s *shelf) listed(c gate.Columns, scopes ...authz.Scope) (ids []string, text string, err error) {
	condition, args := gate.WhereAll(scopes, c, 2)
	text = fmt.Sprintf(`SELECT id FROM things WHERE id >= $1 AND %s AND id < $%d ORDER BY id`, condition, len(args)+2)
	args = append(append([]any{"000"}, args...), "999")
	err = s.db.Read(s.ctx, func(r db.Reader) error {
		ids, err = db.Rows(r, db.Value[string], text, args...)
		return err
	})
	return ids, text, err
}

// had is the same by Scope.Has, of things that have what there are columns for.
func (s *shelf) had(c gate.Columns, scopes ...authz.Scope) []string {
	ids := []string{}
	for _, r := range s.things {
		if !slices.ContainsFunc(scopes, func(scope authz.Scope) bool { return !scope.Has(cut(r, c)) }) {
			ids = append(ids, r.Thing)
		}
	}
	return ids
}

func cut(r authz.Resource, c gate.Columns) authz.Resource {
	if c.Project == "" {
		r.Project, r.Collection = "", ""
	}
	if c.Owner == "" {
		r.Owner = ""
	}
	if c.Visibility == "" {
		r.Visibility = authz.ProjectWide
	}
	if c.Collection == "" {
		r.Collection = ""
	}
	return r
}

// columns draws which columns the table is said to have.
func columns(t *rapid.T) gate.Columns {
	some := func(name string) string {
		if rapid.IntRange(0, 3).Draw(t, "no "+name) == 3 {
			return ""
		}
		return name
	}
	return gate.Columns{Project: some("project"), Owner: some("owner"), Visibility: some("visibility"), Collection: some("collection")}
}

func (s *shelf) agrees(t *rapid.T, scopes ...authz.Scope) {
	c := columns(t)
	got, text, err := s.listed(c, scopes...)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if want := s.had(c, scopes...); !slices.Equal(got, want) {
		t.Fatalf("%+v\n%s\nlisted %v\nhad    %v", scopes, text, got, want)
	}
}

func TestAConditionListsWhatAllScopesHave(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		cells := rapid.Map(rapid.SampledFrom([]int{0, 0, 63, 21, 42, 1, 2, 3, 17, 25, 58}), func(n int) authz.Cells { return authz.Cells(n) })
		projects := rapid.SampledFrom([]string{"p1", "p2", "p3"})
		collections := rapid.Custom(func(t *rapid.T) authz.CollectionKey {
			return authz.CollectionKey{Project: projects.Draw(t, "project"), Collection: rapid.SampledFrom([]string{"c1", "c2", "c3"}).Draw(t, "collection")}
		})
		scope := rapid.Custom(func(t *rapid.T) authz.Scope {
			return authz.Scope{
				Subject:     rapid.SampledFrom([]string{"u1", "", "u9"}).Draw(t, "subject"),
				Default:     cells.Draw(t, "default"),
				Projects:    rapid.MapOfN(projects, cells, 0, 3).Draw(t, "projects"),
				Collections: rapid.MapOfN(collections, cells, 0, 4).Draw(t, "collections"),
			}
		})
		rapid.Check(t, func(t *rapid.T) { s.agrees(t, rapid.SliceOfN(scope, 1, 3).Draw(t, "scopes")...) })
	})
}

// A scope of a generated policy, judged by the naive evaluator: R19.
func TestAListShowsExactlyWhatCheckAllows(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		rapid.Check(t, func(t *rapid.T) {
			src := worlds.Source(worlds.Rapid(t))
			p, err := authz.Compile(src)
			if err != nil {
				t.Fatal(err)
			}
			for range 8 {
				s.showsWhatIsAllowed(t, p, src, worlds.Ask(worlds.Rapid(t), src))
			}
		})
	})
}

func (s *shelf) showsWhatIsAllowed(t *rapid.T, p *authz.Policy, src authz.Source, q worlds.Question) {
	scope := p.Scope(q.Subject, q.Permission, q.Now)
	s.agrees(t, scope)
	got, text, err := s.listed(everyColumn, scope)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	w, want := judge.World{Source: src, Now: q.Now}, []string{}
	for _, r := range s.things {
		id := r.Thing
		if r.Thing = ""; w.Check(q.Subject, q.Permission, r).Allowed {
			want = append(want, id)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%v\n%+v\n%s\nlisted  %v\nallowed %v in %s", q, scope, text, got, want, worlds.Brief(src))
	}
}

var everyColumn = gate.Columns{Project: "project", Owner: "owner", Visibility: "visibility", Collection: "collection"}

func TestWhatAProjectSaysOfAnothersCollectionIsVoid(t *testing.T) {
	t.Parallel()
	scope := authz.Scope{Subject: "eve", Collections: map[authz.CollectionKey]authz.Cells{{Project: "p2", Collection: "c1"}: 63}}
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		got, text, err := s.listed(everyColumn, scope)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range s.things {
			if want := r.Project == "p2" && r.Collection == "c1"; slices.Contains(got, r.Thing) != want {
				t.Errorf("%+v: listed %v by %s", r, !want, text)
			}
		}
	})
}

func TestAConditionNumbersItsArgumentsFromTheFirst(t *testing.T) {
	t.Parallel()
	scope := authz.Scope{Subject: "dan", Projects: map[string]authz.Cells{"p1": 63, "p2": 21, "p3": 21}}
	got, args := gate.Where(scope, gate.Columns{Project: "project", Owner: "owner"}, 7)
	if want := "((project IN ($8, $9) AND owner = $7) OR project IN ($10))"; got != want || fmt.Sprint(args) != "[dan p2 p3 p1]" {
		t.Errorf("%s %v, want %s", got, args, want)
	}
	if all, args := gate.Where(authz.Scope{Default: 63}, gate.Columns{Project: "project", Owner: "owner"}, 1); all != "TRUE" || len(args) != 0 {
		t.Errorf("everything: %s %v", all, args)
	}
	if none, args := gate.Where(authz.Scope{}, gate.Columns{Project: "project"}, 1); !strings.EqualFold(none, "false") || len(args) != 0 {
		t.Errorf("nothing: %s %v", none, args)
	}
}
