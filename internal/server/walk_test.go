package server_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
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

// universe is everything that there is.
type universe struct {
	slugs  []string
	things []thing
}

// thing is one that has a detail address and is listed in a project.
type thing struct{ kind, id, project string }

func (x thing) address() string { return "/api/v1/" + x.kind + "/" + x.id }

// item is the part of an answer that the walk compares.
type item struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	On          remit.On `json:"on"`
	ID          string   `json:"id"`
	Slug        string   `json:"slug"`
	Project     string   `json:"project"`
	Collection  string   `json:"collection"`
	State       string   `json:"state"`
	Files       int      `json:"files"`
	Permissions []string `json:"permissions"`
}

// universe fills the demo with people, jobs and visibilities of every sort.
func (w *world) universe() universe {
	w.t.Helper()
	w.scan("moths")
	w.scan("observatory")
	w.strangers()
	w.visibilities()
	w.someJobs()
	u := universe{}
	for _, p := range listOf(w, "root", "/api/v1/projects").Items {
		u.slugs = append(u.slugs, p.Slug)
		for _, kind := range []string{"collections", "files", "jobs"} {
			for _, x := range listOf(w, "root", "/api/v1/projects/"+p.Slug+"/"+kind).Items {
				u.things = append(u.things, thing{kind, x.ID, p.Slug})
			}
		}
	}
	return u
}

func (w *world) strangers() {
	w.t.Helper()
	w.account("stranger")
	w.account("banned")
	w.keys["capped"] = w.key("moths-ml_data_manager", client.NewKey{Title: "reads jobs", Scopes: []string{"job:read"}}).Secret
	w.keys["narrow"] = w.key("root", client.NewKey{Title: "one project", Projects: []string{"observatory"}}).Secret
	at := "/api/v1/projects/moths"
	into[remit.Member](w.t, w.call("moths-project_manager", "POST", at+"/members", client.NewMember{User: "banned", Roles: []string{"basic_member"}}), 201)
	into[remit.Entry](w.t, w.call("moths-project_manager", "POST", at+"/entries", client.NewEntry{User: "banned", Permission: "project:view", Effect: "deny"}), 201)
	own := remit.Override{Role: "researcher", Permission: "job:read@others", Effect: "deny"}
	into[remit.Override](w.t, w.call("moths-project_manager", "PUT", at+"/overrides", own), 200)
}

func (w *world) visibilities() {
	w.t.Helper()
	for id, v := range map[remit.CollectionID]string{
		w.collections("moths")["2023-06-13_forest-edge"].ID:   remit.VisibilityPublic,
		w.collections("observatory")["2024-03-12_NGC2392"].ID: remit.VisibilityPrivate,
	} {
		into[item](w.t, w.call("root", "PATCH", "/api/v1/collections/"+string(id), client.CollectionPatch{Visibility: v}), 200)
	}
}

// someJobs makes nine besides the scans, of several owners and in several states.
func (w *world) someJobs() {
	w.t.Helper()
	submit := func(name, slug string, on remit.On, start bool) item {
		return into[item](w.t, w.call(name, "POST", "/api/v1/projects/"+slug+"/jobs", remit.JobSpec{Type: "ml", On: on, Start: start}), 201)
	}
	meadow, edge := w.collections("moths")["2023-06-12_meadow"], w.collections("moths")["2023-06-13_forest-edge"]
	m67, hidden := w.collections("observatory")["2024-03-11_M67"], w.collections("observatory")["2024-03-12_NGC2392"]
	in := map[remit.CollectionID]remit.FileID{}
	for _, slug := range []string{"moths", "observatory"} {
		for _, f := range w.files(slug) {
			in[f.Collection] = f.ID
		}
	}
	submit("moths-ml_data_manager", "moths", remit.On{Collection: meadow.ID}, true)
	claim(w.t, w.worker("worker", "")) // somebody works on that one
	submit("moths-basic_member", "moths", remit.On{Collection: meadow.ID}, false)
	submit("moths-basic_member", "moths", remit.On{File: in[meadow.ID]}, true)
	submit("moths-researcher", "moths", remit.On{File: in[edge.ID]}, true)
	submit("root", "moths", remit.On{File: in[edge.ID]}, false)
	over := submit("moths-identifier", "moths", remit.On{File: in[meadow.ID]}, true)
	into[item](w.t, w.call("moths-identifier", "POST", "/api/v1/jobs/"+over.ID+"/cancel", nil), 200)
	submit("observatory-student", "observatory", remit.On{File: in[m67.ID]}, true)
	submit("observatory-supervisor", "observatory", remit.On{Collection: hidden.ID}, true)
	submit("root", "observatory", remit.On{File: in[hidden.ID]}, false)
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
	w.allJobs()
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

// sameAsAbsent holds R21: but for one's own key's scopes, a hidden thing is
// answered like an absent one.
func (w *walk) sameAsAbsent(path, absent string) {
	w.t.Helper()
	hidden, none := w.get(path), w.get(absent)
	p := problemOf(w.t, hidden)
	switch {
	case p.Code == "key_scope" && w.capped():
	case hidden.status == none.status && (hidden.status == 404 || hidden.status == 401 && w.name == "anonymous"):
		if diff := cmp.Diff(sameBody(none), sameBody(hidden)); diff != "" {
			w.t.Errorf("%s differs from one that is absent (-absent +hidden):\n%s", path, diff)
		}
	default:
		w.t.Errorf("%s is in no list and answers %d %s; absent: %d", path, hidden.status, hidden.body, none.status)
	}
}

func (w *walk) capped() bool { return w.name == "capped" || w.name == "narrow" }

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

// allJobs compares the list across projects with those of each project.
func (w *walk) allJobs() {
	w.t.Helper()
	var across, each []string
	for _, x := range listOf(w.world, w.name, "/api/v1/jobs").Items {
		across = append(across, x.ID)
		if _, seen := w.seen[x.ID]; !seen {
			w.t.Errorf("job %s is in the list across projects and in none of a project", x.ID)
		}
	}
	for _, x := range w.things {
		if _, seen := w.seen[x.id]; seen && x.kind == "jobs" {
			each = append(each, x.id)
		}
	}
	slices.Sort(across)
	slices.Sort(each)
	if diff := cmp.Diff(each, across); diff != "" {
		w.t.Errorf("jobs (-of each project +across):\n%s", diff)
	}
}

// verbs of each kind, in the words of the operation table.
var verbs = map[string]map[string]string{
	"collections": {"read": "collection.read", "update": "collection.update", "publish": "collection.publish"},
	"files":       {"read": "file.read", "download": "file.download"},
	"jobs": {"read": "job.read", "update": "job.update", "run": "job.run", "cancel": "job.cancel", "retry": "job.retry",
		"requeue": "job.requeue", "wrest": "job.wrest", "delete": "job.delete"},
}

// ask compares `permissions` with what access/check says, operation by operation.
func (w *walk) ask() {
	w.t.Helper()
	for _, x := range w.things {
		shown, visible := w.seen[x.id]
		for verb, operation := range verbs[x.kind] {
			r := w.call(w.name, "POST", "/api/v1/access/check", question(x, operation))
			if !visible {
				if r.status == 200 {
					w.t.Errorf("access/check tells of %s, which %s may not see: %s", x.id, w.name, r.body)
				}
				continue
			}
			allowed := into[client.Verdict](w.t, r, 200).Allowed
			if listed := slices.Contains(shown.Permissions, verb); listed != allowed && !(allowed && isMore(shown, verb)) {
				w.t.Errorf("%s on %s: permissions say %t, access/check says %t", operation, x.id, listed, allowed)
			}
		}
		for _, p := range shown.Permissions {
			if _, known := verbs[x.kind][p]; !known && !strings.HasPrefix(p, "run.") {
				w.t.Errorf("%s has an unknown permission %q", x.id, p)
			}
		}
	}
}

// isMore says whether a verb takes more than rights on the thing: a state of
// it (R16), or for running a job that one may read what it is on (R26).
func isMore(shown item, verb string) bool {
	if verb == "run" || verb == "retry" || verb == "requeue" {
		return shown.Type == "ml" && shown.On.IsZero()
	}
	return verb == "wrest" || verb == "delete"
}

func question(x thing, operation string) client.Question {
	q := client.Question{Permission: operation}
	switch x.kind {
	case "collections":
		q.On = &remit.On{Collection: remit.CollectionID(x.id)}
	case "files":
		q.On = &remit.On{File: remit.FileID(x.id)}
	default:
		q.Job = remit.JobID(x.id)
	}
	return q
}

var (
	buttonTag = regexp.MustCompile(`<button[^>]*\sdata-action="([^"]+)"[^>]*>`)
	linkTag   = regexp.MustCompile(`<a [^>]*\sdata-action="([^"]+)"[^>]*>`)
)

// pages compares the buttons of the pages with `permissions`. Narrowed keys
// are for programs: they have no pages.
func (w *walk) pages() {
	w.t.Helper()
	if w.capped() {
		return
	}
	for _, x := range w.things {
		path := "/projects/" + x.project + "/" + x.kind + "/" + x.id
		if x.kind == "jobs" {
			path = "/jobs/" + x.id
		}
		r := w.get(path)
		shown, visible := w.seen[x.id]
		if (r.status == 200) != visible {
			w.t.Errorf("%s answered %d; visible over the API: %t", r.asked, r.status, visible)
		}
		if visible && r.status == 200 {
			w.buttons(x, shown, r)
		}
	}
}

func (w *walk) buttons(x thing, shown item, r reply) {
	w.t.Helper()
	works := map[string]bool{}
	for _, tag := range buttonTag.FindAllSubmatch(r.body, -1) {
		works[string(tag[1])] = !strings.Contains(string(tag[0]), " disabled")
	}
	for _, tag := range linkTag.FindAllSubmatch(r.body, -1) {
		works[string(tag[1])] = true
	}
	for action, enabled := range works {
		if action != "log-out" && enabled != slices.Contains(shown.Permissions, action) {
			w.t.Errorf("%s: button %s works: %t; permissions %v", r.asked, action, enabled, shown.Permissions)
		}
	}
	for _, verb := range shown.Permissions {
		if _, there := works[verb]; !there && mustHaveButton(x, shown, verb) {
			w.t.Errorf("%s: no button for %s: %v", r.asked, verb, slices.Sorted(maps.Keys(works)))
		}
	}
}

// mustHaveButton says whether a page offers a permitted verb as things stand.
func mustHaveButton(x thing, shown item, verb string) bool {
	over := remit.JobState(shown.State).Finished()
	switch {
	case x.kind != "jobs":
		return verb == "download" || strings.HasPrefix(verb, "run.")
	case verb == "cancel":
		return !over
	case verb == "run":
		return shown.State == string(remit.JobCreated)
	case verb == "retry":
		return shown.State == string(remit.JobCancelled) || shown.State == string(remit.JobFailed)
	}
	return verb == "requeue" || verb == "wrest" || verb == "delete"
}
