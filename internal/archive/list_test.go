package archive_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// crowd is a world with collections of every visibility and people of many rights.
func crowd(t *testing.T, d *db.DB) (*world, map[string]authz.Subject) {
	t.Helper()
	w := newWorld(t, d)
	for _, v := range []string{"private", "project", "public"} {
		w.write(v+"/a.fits", "a of "+v)
		w.write(v+"/sub/b.txt", "b of "+v)
	}
	w.write("named/a.fits", "in a private collection that an entry names")
	w.scan()
	c := w.collections(setup)
	for name, v := range map[string]string{"private": "private", "project": "project", "public": "public", "named": "private"} {
		_, err := w.SetVisibility(t.Context(), setup, c[name].ID, v)
		w.must(err)
	}
	w.must(w.projects.DeclarePermissions(t.Context(), setup, remit.RunPermissions(remit.JobType{Key: "ml", On: []string{"file", "collection"}})...))
	w.role("anonymous", true, "collection:read", "file:read")
	w.role("signed_in", true, "user:read@own")
	w.role("owner", false, "*")
	w.role("reader", false, "project:view", "collection:read", "file:read")
	w.role("own", false, "project:view", "collection:read@own", "file:read@own")
	w.role("curator", false, "project:view", "collection:read", "collection:read_private", "file:read", "file:read_private")
	w.role("titles", false, "project:view", "collection:read")
	w.role("basic", false, "project:view", "collection:read", "file:read", "file:download", "job:read", "job:create", "job:run.ml.single")
	who := map[string]authz.Subject{"anonymous": {}, "root": w.person("root", true), "stranger": w.person("stranger", false), "setup": setup}
	for _, role := range []string{"owner", "reader", "own", "curator", "titles", "basic"} {
		who[role] = w.person(role+"1", false, role)
	}
	who["named"] = w.person("named1", false, "reader")
	for _, permission := range []string{"collection:read", "file:read"} {
		_, err := w.projects.AddEntry(t.Context(), setup, "sky", remit.Entry{User: "named1", Permission: permission, Effect: "allow", Collection: c["named"].ID})
		w.must(err)
	}
	capped := who["owner"]
	capped.Caps = &authz.Caps{Scopes: []string{"job:read"}}
	who["capped owner"] = capped
	return w, who
}

func TestListsAreTheFilterOfEverythingByCheck(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, who := crowd(t, d)
		for name, asker := range who {
			wantFiles, wantCollections := permitted(w, asker)
			for _, slug := range []string{"sky", ""} {
				files, err := w.Files(t.Context(), asker, archive.FileFilter{Project: slug, Limit: remit.MaxLimit})
				hidden(t, name, err, len(wantFiles))
				if diff := cmp.Diff(wantFiles, pathsOf(files.Items)); diff != "" {
					t.Errorf("%s in %q: the list of files is not what check permits (-check +list):\n%s", name, slug, diff)
				}
				collections, err := w.Collections(t.Context(), asker, archive.CollectionFilter{Project: slug, Limit: remit.MaxLimit})
				hidden(t, name, err, len(wantCollections))
				counts := map[string]int{}
				for _, c := range collections.Items {
					counts[c.Name] = c.Files
				}
				if diff := cmp.Diff(wantCollections, counts); diff != "" {
					t.Errorf("%s in %q: the list of collections is not what check permits (-check +list):\n%s", name, slug, diff)
				}
			}
		}
	})
}

// permitted asks, thing by thing, what an asker may read: paths of files, and
// collections with the number of their files that may be read.
func permitted(w *world, asker authz.Subject) (files []string, collections map[string]int) {
	w.Helper()
	collections = map[string]int{}
	all, every := w.files(), w.collections(setup)
	_, err := gate.View(w.Context(), w.gate, asker, gate.Query[struct{}]{Name: "me.read", Read: func(r *gate.Reader) (struct{}, error) {
		seen := map[remit.CollectionID]int{}
		for _, f := range all {
			row, err := archive.LocateFile(r, f.ID)
			if err != nil {
				return struct{}{}, err
			}
			if r.Can("file.read", row.Resource()).Allowed {
				files = append(files, string(f.ID))
				seen[f.Collection]++
			}
		}
		for name, c := range every {
			row, err := archive.LocateCollection(r, c.ID)
			if err != nil {
				return struct{}{}, err
			}
			if r.Can("collection.read", row.Resource()).Allowed {
				collections[name] = seen[c.ID]
			}
		}
		return struct{}{}, nil
	}})
	w.must(err)
	slices.Sort(files)
	return files, collections
}

func pathsOf(files []remit.File) []string {
	var ids []string
	for _, f := range files {
		ids = append(ids, string(f.ID))
	}
	slices.Sort(ids)
	return ids
}

// hidden accepts no error, or, where nothing may be seen, that the project is not there.
func hidden(t *testing.T, name string, err error, visible int) {
	t.Helper()
	if err != nil && (visible > 0 || remit.KindOf(err) == remit.Internal) {
		t.Errorf("%s: %v", name, err)
	}
}

func TestDetailsAgreeWithLists(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, who := crowd(t, d)
		for name, asker := range who {
			page, err := w.Files(t.Context(), asker, archive.FileFilter{Limit: remit.MaxLimit})
			w.must(err)
			listed := map[remit.FileID]remit.File{}
			for _, f := range page.Items {
				listed[f.ID] = f
			}
			for path, f := range w.files() {
				one, err := w.File(t.Context(), asker, f.ID)
				if in, ok := listed[f.ID]; ok != (err == nil) || ok && !slices.Equal(in.Permissions, one.Permissions) {
					t.Errorf("%s: %s is listed: %v %v, alone: %v %v", name, path, ok, in.Permissions, err, one.Permissions)
				}
				_, rc, err := w.OpenFile(t.Context(), asker, f.ID)
				if may := slices.Contains(one.Permissions, "download"); may != (err == nil) {
					t.Errorf("%s: %s offers download: %v, opening it gives %v", name, path, may, err)
				}
				if err == nil {
					rc.Close()
				}
			}
		}
	})
}

func TestPermissionsOfAnAnswerNameTheRunRights(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, who := crowd(t, d)
		id, collection := w.files()["project/a.fits"].ID, w.collections(setup)["project"].ID
		for name, want := range map[string][2]string{
			"basic":  {"read download run.ml", "read"},
			"owner":  {"read download run.ml", "read update publish run.ml"},
			"root":   {"read download run.ml", "read update publish run.ml"},
			"reader": {"read", "read"},
		} {
			f, err := w.File(t.Context(), who[name], id)
			w.must(err)
			c, err := w.Collection(t.Context(), who[name], collection)
			w.must(err)
			if got := [2]string{strings.Join(f.Permissions, " "), strings.Join(c.Permissions, " ")}; got != want {
				t.Errorf("%s may %q, want %q", name, got, want)
			}
		}
	})
}

func TestHiddenIsLikeAbsent(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, who := crowd(t, d)
		w.newProject("dark", remit.VisibilityPrivate)
		hiddenCollection, hiddenFile := w.collections(setup)["private"].ID, w.files()["private/a.fits"].ID
		absentCollection, absentFile := remit.CollectionID("collection_06g000000000000000000000jr"), remit.FileID("file_06g000000000000000000000jr")
		asker := who["reader"]
		for what, pair := range map[string][2]error{
			"collection":          {errOf(w.Collection(t.Context(), asker, hiddenCollection)), errOf(w.Collection(t.Context(), asker, absentCollection))},
			"file":                {errOf(w.File(t.Context(), asker, hiddenFile)), errOf(w.File(t.Context(), asker, absentFile))},
			"files of collection": {errOf(w.Files(t.Context(), asker, archive.FileFilter{Collection: hiddenCollection})), errOf(w.Files(t.Context(), asker, archive.FileFilter{Collection: absentCollection}))},
			"files of project":    {errOf(w.Files(t.Context(), asker, archive.FileFilter{Project: "dark"})), errOf(w.Files(t.Context(), asker, archive.FileFilter{Project: "nowhere"}))},
			"collections":         {errOf(w.Collections(t.Context(), asker, archive.CollectionFilter{Project: "dark"})), errOf(w.Collections(t.Context(), asker, archive.CollectionFilter{Project: "nowhere"}))},
			"roots":               {errOf(w.Roots(t.Context(), asker, "dark")), errOf(w.Roots(t.Context(), asker, "nowhere"))},
			"files of hidden project and readable collection": {
				errOf(w.Files(t.Context(), asker, archive.FileFilter{Project: "dark", Collection: w.collections(setup)["project"].ID})),
				errOf(w.Files(t.Context(), asker, archive.FileFilter{Project: "nowhere", Collection: w.collections(setup)["project"].ID}))},
			"files of what is no id": {errOf(w.Files(t.Context(), asker, archive.FileFilter{Collection: "\x00"})), errOf(w.Files(t.Context(), asker, archive.FileFilter{Collection: absentCollection}))},
			"no id at all":           {errOf(w.File(t.Context(), asker, "x")), errOf(w.File(t.Context(), asker, "\x00"))},
		} {
			if remit.KindOf(pair[0]) != remit.NotFound || fmt.Sprint(pair[0]) != fmt.Sprint(pair[1]) {
				t.Errorf("%s: hidden reads %v, absent %v", what, pair[0], pair[1])
			}
		}
	})
}

func errOf[T any](_ T, err error) error { return err }

func TestFilesAreFilteredAndPaged(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.bring("observatory", "Night")
		w.write("Night/100%_Sure.txt", "text")
		w.write("Night/ÄRGER.txt", "text too")
		w.scan()
		count := func(f archive.FileFilter) int {
			t.Helper()
			page, err := w.Files(t.Context(), setup, f)
			w.must(err)
			return len(page.Items)
		}
		for want, f := range map[archive.FileFilter]int{
			{}: 8, {MediaType: "image/fits"}: 6, {MediaType: "image/"}: 6, {MediaType: "image"}: 0, {State: "missing"}: 0, {State: "present"}: 8,
			{Name: "0%_s"}: 1, {Name: "WCS"}: 1, {Name: "ärger"}: 1, {Name: "_"}: 2, {Name: "nothing like it"}: 0, {Project: "sky"}: 8,
		} {
			if got := count(want); got != f {
				t.Errorf("%+v finds %d files, want %d", want, got, f)
			}
		}
		for _, f := range []archive.FileFilter{{State: "lost"}, {Limit: -1}, {Limit: 501}, {After: "file_x"}, {Name: "\x00"}, {MediaType: "\xff"}} {
			_, err := w.Files(t.Context(), setup, f)
			wantKind(t, err, remit.Invalid, "")
		}
		seen := map[remit.FileID]bool{}
		for after, pages := "", 1; ; pages++ {
			page, err := w.Files(t.Context(), setup, archive.FileFilter{Limit: 4, After: after})
			w.must(err)
			for _, f := range page.Items {
				seen[f.ID] = true
			}
			if after = page.Next; after == "" {
				if pages != 2 || len(seen) != 8 {
					t.Errorf("%d pages hold %d files, want 2 and 8", pages, len(seen))
				}
				break
			}
		}
	})
}

func TestPublishingNeedsItsOwnRight(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/a.txt", "a")
		w.scan()
		w.role("updater", false, "project:view", "collection:read", "collection:read_private", "collection:update")
		w.role("publisher", false, "project:view", "collection:read", "collection:publish")
		updater, both := w.person("updater", false, "updater"), w.person("both", false, "updater", "publisher")
		publisher := w.person("publisher", false, "publisher")
		id := w.collections(setup)["night"].ID
		set := func(who authz.Subject, v string) error { return errOf(w.SetVisibility(t.Context(), who, id, v)) }
		wantMissing := func(err error, permission string) {
			t.Helper()
			wantKind(t, err, remit.Denied, "")
			if !strings.Contains(err.(*remit.Error).Hint, permission) {
				t.Errorf("the refusal does not name %s: %v", permission, err.(*remit.Error).Hint)
			}
		}
		wantKind(t, set(setup, "secret"), remit.Invalid, "")
		w.must(set(updater, "private"))
		w.must(set(updater, "project"))
		wantMissing(set(updater, "public"), "collection:publish")
		wantMissing(set(publisher, "public"), "collection:update")
		wantKind(t, errOf(w.Collection(t.Context(), authz.Subject{}, id)), remit.NotFound, "")
		w.must(set(both, "public"))
		c, err := w.Collection(t.Context(), authz.Subject{}, id)
		w.must(err)
		if c.Visibility != "public" || c.Files != 1 {
			t.Errorf("a stranger sees %+v", c)
		}
		wantMissing(set(updater, "private"), "collection:publish")
		w.must(set(both, "private"))
		wantKind(t, errOf(w.Collection(t.Context(), authz.Subject{}, id)), remit.NotFound, "")
	})
}

func TestNewCollectionsAreAsVisibleAsTheProjectSays(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("first/a.txt", "a")
		w.scan()
		_, err := w.projects.Update(t.Context(), setup, "sky", projects.ProjectPatch{CollectionVisibility: new(remit.VisibilityPrivate)})
		w.must(err)
		w.write("second/b.txt", "b")
		w.scan()
		c := w.collections(setup)
		if c["first"].Visibility != "project" || c["second"].Visibility != "private" {
			t.Errorf("collections are %q and %q, want project and private", c["first"].Visibility, c["second"].Visibility)
		}
	})
}

func TestMediaTypesAreFilteredWhateverTheirCase(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.write("night/a.csv", "x,y\n1,2\n")
		w.scan()
		stored := w.files()["night/a.csv"].MediaType
		kind, _, _ := strings.Cut(stored, "/")
		for asked, want := range map[string]int{stored: 1, strings.ToUpper(stored): 1, kind + "/": 1, strings.ToUpper(kind) + "/": 1, kind: 0, "%/": 0, "": 1} {
			page, err := w.Files(t.Context(), setup, archive.FileFilter{Project: "sky", MediaType: asked})
			w.must(err)
			if len(page.Items) != want {
				t.Errorf("%q finds %d files of type %q, want %d", asked, len(page.Items), stored, want)
			}
		}
		_, err := w.Files(t.Context(), setup, archive.FileFilter{Project: "sky", MediaType: strings.Repeat("a", 256)})
		wantKind(t, err, remit.Invalid, "")
	})
}

// Names are those of what lists show, and no others.
func TestNamesAreOfWhatTheAskerMaySee(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w, who := crowd(t, d)
		absent := remit.On{File: "file_00000000000000000000000000"}
		things := []remit.On{{}, absent, absent}
		for _, f := range w.files() {
			things = append(things, remit.On{File: f.ID}, remit.On{File: f.ID})
		}
		for _, c := range w.collections(setup) {
			things = append(things, remit.On{Collection: c.ID})
		}
		for name, asker := range who {
			got, err := w.Names(t.Context(), asker, things)
			w.must(err)
			wantFiles, wantCollections := permitted(w, asker)
			var want, texts []string
			for path, f := range w.files() {
				if slices.Contains(wantFiles, string(f.ID)) {
					want = append(want, path)
				}
			}
			for collection := range wantCollections {
				want = append(want, collection)
			}
			for _, n := range got {
				texts = append(texts, n.Text)
			}
			slices.Sort(want)
			slices.Sort(texts)
			if diff := cmp.Diff(want, texts); diff != "" {
				t.Errorf("%s (-may see +named):\n%s", name, diff)
			}
		}
	})
}
