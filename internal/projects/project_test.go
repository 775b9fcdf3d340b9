package projects_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

func TestWhoeverMakesAProjectOwnsIt(t *testing.T) {
	inWorlds(t, func(w *world) {
		ada := w.person("ada")
		p, err := w.Create(w.Context(), ada, projects.NewProject{Slug: "moths", Description: "At night"})
		w.must(err)
		wantEqual(w.T, []string{p.Title, p.Visibility, p.CollectionVisibility}, []string{"moths", "private", "private"})
		wantEqual(w.T, p.Roles, []string{"owner"})
		if !slices.Contains(p.Permissions, "access:grant") || !remit.IsID[remit.ProjectID](string(p.ID)) {
			w.Errorf("project %s, permissions %v", p.ID, p.Permissions)
		}
		again, err := w.Project(w.Context(), ada, "moths")
		w.must(err)
		wantEqual(w.T, again, p)
	})
}

func TestAProjectThatTheProgramMakesHasNoOwner(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		page, err := w.Members(w.Context(), setup, "moths", 0, "")
		w.must(err)
		wantEqual(w.T, len(page.Items), 0)
	})
}

func TestImpossibleProjectsAreRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		for name, c := range map[string]struct {
			n    projects.NewProject
			kind remit.Kind
		}{
			"no slug":             {projects.NewProject{}, remit.Invalid},
			"capitals":            {projects.NewProject{Slug: "Moths"}, remit.Invalid},
			"a slash":             {projects.NewProject{Slug: "a/b"}, remit.Invalid},
			"too long":            {projects.NewProject{Slug: strings.Repeat("a", 64)}, remit.Invalid},
			"taken":               {projects.NewProject{Slug: "moths"}, remit.Conflict},
			"public by default":   {projects.NewProject{Slug: "x", CollectionVisibility: "public"}, remit.Invalid},
			"a zero byte":         {projects.NewProject{Slug: "x", Title: "a\x00b"}, remit.Invalid},
			"text that is not":    {projects.NewProject{Slug: "x", Description: "\xff"}, remit.Invalid},
			"a very long account": {projects.NewProject{Slug: "x", Description: strings.Repeat("a", 10_001)}, remit.Invalid},
		} {
			if _, err := w.Create(w.Context(), setup, c.n); remit.KindOf(err) != c.kind {
				w.Errorf("%s: got %v, want %s", name, err, c.kind)
			}
		}
	})
}

func TestAProjectIsChangedByThoseWhoMay(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		rita, _ := w.member("moths", "rita", "reader")
		olga, _ := w.member("moths", "olga", "owner")
		change := projects.ProjectPatch{Title: new("Moths"), CollectionVisibility: new("project")}
		_, err := w.Update(w.Context(), rita, "moths", change)
		wantKind(w.T, err, remit.Denied)
		p, err := w.Update(w.Context(), olga, "moths", change)
		w.must(err)
		wantEqual(w.T, []string{p.Title, p.Description, p.CollectionVisibility}, []string{"Moths", "about moths", "project"})
		_, err = w.Update(w.Context(), olga, "moths", projects.ProjectPatch{CollectionVisibility: new("public")})
		wantKind(w.T, err, remit.Invalid)
	})
}

func TestAHiddenProjectIsAsIfItWereAbsent(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("hidden")
		_, m := w.member("hidden", "olga", "owner")
		for _, who := range []authz.Subject{w.person("eve"), stranger} {
			for _, ask := range []func(slug string) error{
				func(slug string) error { _, err := w.Project(w.Context(), who, slug); return err },
				func(slug string) error { _, err := w.Members(w.Context(), who, slug, 0, ""); return err },
				func(slug string) error { _, err := w.Access(w.Context(), who, slug); return err },
				func(slug string) error {
					_, err := w.Update(w.Context(), who, slug, projects.ProjectPatch{})
					return err
				},
				func(slug string) error {
					_, err := w.AddMember(w.Context(), who, slug, projects.NewMember{User: "eve", Roles: []string{"owner"}})
					return err
				},
				func(slug string) error { return w.RemoveMember(w.Context(), who, slug, m.ID) },
				func(slug string) error {
					return w.RemoveMember(w.Context(), who, slug, remit.NewID[remit.MemberID](w.clock.Now()))
				},
				func(slug string) error {
					return w.SetOverride(w.Context(), who, slug, remit.Override{Role: "owner", Permission: "*", Effect: "deny"})
				},
				func(slug string) error {
					return w.RemoveEntry(w.Context(), who, slug, remit.NewID[remit.EntryID](w.clock.Now()))
				},
				func(slug string) error {
					_, err := w.Check(w.Context(), who, projects.Question{Permission: "job:read", Project: slug})
					return err
				},
				func(slug string) error {
					_, err := w.IDs(w.Context(), who, []string{slug})
					return err
				},
			} {
				wantKind(w.T, ask("hidden"), remit.NotFound)
				wantSame(w.T, ask("hidden"), ask("absent"))
				wantSame(w.T, ask("hidden"), ask("no slug\x00"))
			}
		}
	})
}

func TestWhoSeesOnlyThatAProjectExistsSeesNoMoreOfIt(t *testing.T) {
	inWorlds(t, func(w *world) {
		p := w.project("moths")
		publish := func(public bool) {
			_, err := gate.Do(w.Context(), w.gate, setup, gate.Op[struct{}]{Name: "project.update",
				Apply: func(tx *gate.Tx) (struct{}, error) {
					return struct{}{}, projects.SetPublic(tx, p.ID, "collection_x", public)
				}})
			w.must(err)
		}
		publish(true)
		publish(true)
		seen, err := w.Project(w.Context(), stranger, "moths")
		w.must(err)
		wantEqual(w.T, seen, remit.Project{ID: p.ID, Slug: "moths", Title: "moths", Visibility: "public", CreatedAt: p.CreatedAt, Permissions: []string{"project:view"}})
		page, err := w.Projects(w.Context(), w.person("eve"), 0, "")
		w.must(err)
		wantEqual(w.T, slugsOf(page), []string{"moths"})
		publish(false)
		_, err = w.Project(w.Context(), stranger, "moths")
		wantKind(w.T, err, remit.NotFound)
	})
}

func slugsOf(page remit.Page[remit.Project]) []string {
	slugs := []string{}
	for _, p := range page.Items {
		slugs = append(slugs, p.Slug)
	}
	return slugs
}

func TestTheListHasExactlyWhatCanBeRead(t *testing.T) {
	inWorlds(t, func(w *world) {
		all := []string{"a", "b", "c", "d", "e"}
		for _, slug := range all {
			w.project(slug)
		}
		for _, slug := range []string{"a", "c", "d"} {
			w.member(slug, "rita", "reader")
		}
		w.override("d", "reader", "project:view", "deny") // a ban (R10)
		_, err := w.AddEntry(w.Context(), setup, "e", remit.Entry{User: "rita", Permission: "job:read", Effect: "allow"})
		w.must(err)
		capped := w.person("rita")
		capped.Caps = &authz.Caps{Scopes: []string{"project:view"}, Projects: []string{string(idOf(w, "c"))}}
		for _, who := range []authz.Subject{w.person("rita"), capped, w.person("eve"), w.superuser("root"), stranger, setup} {
			page, err := w.Projects(w.Context(), who, 0, "")
			w.must(err)
			readable := []string{}
			for _, slug := range all {
				p, err := w.Project(w.Context(), who, slug)
				if err == nil {
					readable = append(readable, slug)
					wantEqual(w.T, page.Items[len(readable)-1], p)
				}
			}
			wantEqual(w.T, slugsOf(page), readable)
		}
		page, err := w.Projects(w.Context(), w.person("rita"), 0, "")
		w.must(err)
		wantEqual(w.T, slugsOf(page), []string{"a", "c", "e"})
		wantEqual(w.T, page.Permissions, []string{"create"})
	})
}

func idOf(w *world, slug string) remit.ProjectID {
	w.Helper()
	ids, err := w.IDs(w.Context(), setup, []string{slug})
	w.must(err)
	return ids[0]
}

func TestPagesFollowEachOther(t *testing.T) {
	inWorlds(t, func(w *world) {
		for _, slug := range []string{"a", "b", "c"} {
			w.project(slug)
			w.clock.Advance(1e9)
		}
		first, err := w.Projects(w.Context(), setup, 2, "")
		w.must(err)
		second, err := w.Projects(w.Context(), setup, 2, first.Next)
		w.must(err)
		wantEqual(w.T, append(slugsOf(first), slugsOf(second)...), []string{"a", "b", "c"})
		wantEqual(w.T, second.Next, "")
		for _, bad := range []struct {
			limit int
			after string
		}{{-1, ""}, {501, ""}, {1, "x"}, {1, "\x00"}} {
			_, err := w.Projects(w.Context(), setup, bad.limit, bad.after)
			wantKind(w.T, err, remit.Invalid)
			_, err = w.Members(w.Context(), setup, "a", bad.limit, bad.after)
			wantKind(w.T, err, remit.Invalid)
		}
	})
}

func TestRightsTellEverythingThatOneMay(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("a")
		w.project("b")
		w.project("c")
		w.member("a", "rita", "reader", "worker")
		w.member("b", "rita", "worker")
		rita := w.person("rita")
		site, mine, err := w.Rights(w.Context(), rita)
		w.must(err)
		wantEqual(w.T, site, []string{"project:create", "role:read", "user:read@own"})
		wantEqual(w.T, mine, []projects.MyProject{
			{Slug: "a", Roles: []string{"reader", "worker"}, Permissions: []string{"job:cancel@own", "job:create", "job:read", "member:read", "project:view"}},
			{Slug: "b", Roles: []string{"worker"}, Permissions: []string{"job:cancel@own", "job:create", "job:read", "project:view"}},
		})
		site, mine, err = w.Rights(w.Context(), stranger)
		w.must(err)
		wantEqual(w.T, len(site)+len(mine), 0)
	})
}

func TestIdsAreMappedToSlugs(t *testing.T) {
	inWorlds(t, func(w *world) {
		a, b := w.project("a"), w.project("b")
		got, err := gate.View(w.Context(), w.gate, setup, gate.Query[map[remit.ProjectID]string]{Name: "me.read",
			Read: func(r *gate.Reader) (map[remit.ProjectID]string, error) {
				if none, err := projects.Slugs(r); err != nil || len(none) > 0 {
					w.Errorf("no ids: %v, %v", none, err)
				}
				return projects.Slugs(r, a.ID, b.ID, a.ID, "project_absent")
			}})
		w.must(err)
		wantEqual(w.T, got, map[remit.ProjectID]string{a.ID: "a", b.ID: "b"})
	})
}
