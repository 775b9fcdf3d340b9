package server_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// R19: whatever tells somebody what there is and what can be done with it says
// the same: lists, details, counts, checks, pages, and the deed itself. Every
// account walks over everything.
func TestListsDetailsPermissionsChecksAndButtonsAgreeForEveryAccount(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, func(o *server.Options, _ map[string][]string) { o.LeaseTTL = time.Hour })
		u := w.universe()
		for _, name := range slices.Sorted(maps.Keys(w.keys)) {
			if name == "worker" {
				continue
			}
			t.Run(name, func(t *testing.T) {
				on := *w
				on.t = t
				walk := &walk{world: &on, name: name, universe: u, seen: map[string]item{}}
				walk.look()
				walk.parts()
				walk.site()
				walk.ask()
				walk.list()
				walk.pages()
				if want, known := visible[name]; known {
					if diff := cmp.Diff(want, walk.counts()); diff != "" {
						t.Errorf("what %s sees (-want +got):\n%s", name, diff)
					}
				}
			})
		}
	})
}

// visible is what some accounts must see, counted by hand: in moths one of two
// nights of five pictures is public, in observatory one of two is private.
var visible = map[string]map[string]int{
	"root":                   {"projects": 2, "collections": 4, "files": 20, "jobs": 11},
	"moths-basic_member":     {"projects": 1, "collections": 2, "files": 10, "jobs": 7},
	"moths-project_manager":  {"projects": 1, "collections": 2, "files": 10, "jobs": 7},
	"moths-researcher":       {"projects": 1, "collections": 2, "files": 10, "jobs": 1},
	"observatory-student":    {"projects": 2, "collections": 2, "files": 10, "jobs": 4},
	"observatory-supervisor": {"projects": 2, "collections": 3, "files": 15, "jobs": 4},
	"stranger":               {"projects": 1, "collections": 1, "files": 5, "jobs": 0},
	"banned":                 {"projects": 1, "collections": 1, "files": 5, "jobs": 0},
	"anonymous":              {"projects": 1, "collections": 1, "files": 5, "jobs": 0},
	"capped":                 {"projects": 1, "collections": 1, "files": 5, "jobs": 7},
	"narrow":                 {"projects": 2, "collections": 3, "files": 15, "jobs": 4},
}

// listOf is a whole list as an account sees it; nothing when it is refused.
func listOf(w *world, name, path string) remit.Page[item] {
	w.t.Helper()
	r := w.call(name, "GET", path+"?limit=500", nil)
	if r.status != 200 {
		problemOf(w.t, r)
		return remit.Page[item]{}
	}
	return into[remit.Page[item]](w.t, r, 200)
}

// walk is one account's.
type walk struct {
	*world
	name string
	universe
	projects []string
	seen     map[string]item // what lists show, by id
	creates  map[string]bool // projects where a list of jobs offers "create"
}

func (w *walk) get(path string) reply { w.t.Helper(); return w.call(w.name, "GET", path, nil) }

func (w *walk) counts() map[string]int {
	n := map[string]int{"projects": len(w.projects), "collections": 0, "files": 0, "jobs": 0}
	for _, x := range w.things {
		if _, seen := w.seen[x.id]; seen {
			n[x.kind]++
		}
	}
	return n
}

// look compares lists with details, and what is hidden with what is absent.
func (w *walk) look() {
	w.t.Helper()
	listed := map[string]item{}
	for _, p := range listOf(w.world, w.name, "/api/v1/projects").Items {
		listed[p.Slug] = p
		w.projects = append(w.projects, p.Slug)
	}
	w.creates = map[string]bool{}
	for _, slug := range w.slugs {
		at := "/api/v1/projects/" + slug
		p, visible := listed[slug]
		w.lookAt(at, "/api/v1/projects/no-such-project", p, visible)
		for _, kind := range []string{"collections", "files", "jobs", "members", "job-types", "roots"} {
			if !visible {
				w.sameAsAbsent(at+"/"+kind, "/api/v1/projects/no-such-project/"+kind)
			}
		}
		for _, kind := range []string{"collections", "files", "jobs"} {
			page := listOf(w.world, w.name, at+"/"+kind)
			for _, x := range page.Items {
				w.seen[x.ID] = x
				if x.Project != slug {
					w.t.Errorf("the list of %s's %s shows one of %s", slug, kind, x.Project)
				}
			}
			if kind == "jobs" {
				w.creates[slug] = slices.Contains(page.Permissions, "create")
			}
		}
	}
	for _, x := range w.things {
		shown, visible := w.seen[x.id]
		w.lookAt(x.address(), absent(x), shown, visible)
	}
	w.countFiles()
	w.across()
}

// absent is the address of a thing of the same kind that is not there.
func absent(x thing) string {
	now := time.Unix(1_700_000_000, 0)
	switch x.kind {
	case "collections":
		return "/api/v1/collections/" + string(remit.NewID[remit.CollectionID](now))
	case "files":
		return "/api/v1/files/" + string(remit.NewID[remit.FileID](now))
	}
	return "/api/v1/jobs/" + string(remit.NewID[remit.JobID](now))
}

// lookAt is one detail: there if and only if a list shows it, with the same permissions.
func (w *walk) lookAt(path, absent string, listed item, visible bool) {
	w.t.Helper()
	if !visible {
		w.sameAsAbsent(path, absent)
		return
	}
	r := w.get(path)
	if r.status != 200 {
		w.t.Errorf("%s answered %d, and a list shows it: %s", r.asked, r.status, r.body)
		return
	}
	detail := into[item](w.t, r, 200)
	if listed.Permissions == nil || detail.Permissions == nil {
		w.t.Errorf("%s has no permissions: list %v, detail %v", path, listed.Permissions, detail.Permissions)
	}
	if diff := cmp.Diff(listed, detail); diff != "" {
		w.t.Errorf("%s (-list +detail):\n%s", path, diff)
	}
}

// sameAsAbsent holds R21: a hidden thing is answered like an absent one. A key
// is told of its scope only where the account that it belongs to may look.
func (w *walk) sameAsAbsent(path, absent string) {
	w.t.Helper()
	hidden, none := w.get(path), w.get(absent)
	p := problemOf(w.t, hidden)
	same := hidden.status == none.status && cmp.Equal(sameBody(none), sameBody(hidden))
	switch {
	case p.Code == "key_scope":
		if !same && w.call(w.owner(), "GET", path, nil).status != 200 {
			w.t.Errorf("%s tells a key of its scope, and is hidden from its owner; absent: %d", path, none.status)
		}
	case hidden.status == none.status && (hidden.status == 404 || hidden.status == 401 && w.name == "anonymous"):
		if diff := cmp.Diff(sameBody(none), sameBody(hidden)); diff != "" {
			w.t.Errorf("%s differs from one that is absent (-absent +hidden):\n%s", path, diff)
		}
	default:
		w.t.Errorf("%s is in no list and answers %d %s; absent: %d", path, hidden.status, hidden.body, none.status)
	}
}

func (w *walk) capped() bool { return w.owner() != w.name }

// owner is the account behind a limited key.
func (w *walk) owner() string {
	switch w.name {
	case "capped":
		return "moths-ml_data_manager"
	case "narrow":
		return "root"
	}
	return w.name
}

// countFiles compares the numbers that collections tell with the files that are listed.
func (w *walk) countFiles() {
	w.t.Helper()
	files := map[string]int{}
	for _, x := range w.seen {
		if x.Collection != "" {
			files[x.Collection]++
		}
	}
	for _, x := range w.things {
		if shown, visible := w.seen[x.id]; visible && x.kind == "collections" && shown.Files != files[x.id] {
			w.t.Errorf("collection %s tells of %d files, and %d are listed", x.id, shown.Files, files[x.id])
		}
	}
}

// across compares the lists across projects with those of each project.
func (w *walk) across() {
	w.t.Helper()
	for _, kind := range []string{"files", "jobs"} {
		var all, each []string
		for _, x := range listOf(w.world, w.name, "/api/v1/"+kind).Items {
			all = append(all, x.ID)
		}
		for _, x := range w.things {
			if _, seen := w.seen[x.id]; seen && x.kind == kind {
				each = append(each, x.id)
			}
		}
		slices.Sort(all)
		slices.Sort(each)
		if diff := cmp.Diff(each, all); diff != "" {
			w.t.Errorf("%s (-of each project +across):\n%s", kind, diff)
		}
	}
}
