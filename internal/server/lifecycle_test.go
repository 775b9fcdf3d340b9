package server_test

import (
	"maps"
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

// longLeases keep jobs with the nodes that have claimed them.
func longLeases(o *server.Options, _ map[string][]string) { o.LeaseTTL = time.Hour }

func TestADeletedProjectIsAbsentOnEveryAddressForEverybody(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, longLeases)
		u := w.universe()
		gone := into[remit.DeletedProject](t, w.call("moths-project_manager", "DELETE", "/api/v1/projects/moths", nil), 200)
		for _, name := range slices.Sorted(maps.Keys(w.keys)) {
			if name == "worker" {
				continue
			}
			t.Run(name, func(t *testing.T) {
				on := *w
				on.t = t
				walk := &walk{world: &on, name: name, universe: u, seen: map[string]item{}}
				walk.look() // what is in no list is answered like what is absent
				walk.ask()
				for _, x := range walk.things {
					if _, seen := walk.seen[x.id]; seen && x.project == "moths" {
						t.Errorf("%s is shown", x.id)
					}
				}
				walk.withoutMoths()
			})
		}
		w.claimsNothingOf("moths", u)
		if page := into[remit.Page[remit.DeletedProject]](t, w.call("root", "GET", "/api/v1/deleted-projects", nil), 200); len(page.Items) != 1 {
			t.Errorf("root may bring back %+v", page.Items)
		}
		back := "/api/v1/deleted-projects/" + string(gone.ID) + "/restore"
		problemOf(t, w.call("moths-researcher", "POST", back, client.Restoration{}))
		into[remit.Project](t, w.call("moths-project_manager", "POST", back, client.Restoration{}), 200)
		again := &walk{world: w, name: "moths-basic_member", universe: u, seen: map[string]item{}}
		again.look()
		if diff := cmp.Diff(visible["moths-basic_member"], again.counts()); diff != "" {
			t.Errorf("after it came back (-want +got):\n%s", diff)
		}
	})
}

// withoutMoths asks every address of the document for the deleted project, and
// whatever tells of projects in other ways.
func (w *walk) withoutMoths() {
	w.t.Helper()
	for path, methods := range w.openAPI().Paths {
		const prefix = "/api/v1/projects/{slug}"
		rest, ok := strings.CutPrefix(path, prefix)
		if !ok {
			continue
		}
		for method := range methods {
			method, rest := strings.ToUpper(method), somewhere.Replace(rest)
			hidden := w.call(w.name, method, "/api/v1/projects/moths"+rest, bodies[method+" "+rest])
			none := w.call(w.name, method, "/api/v1/projects/no-such-project"+rest, bodies[method+" "+rest])
			if hidden.status != none.status || hidden.status < 400 || sameBody(hidden) != sameBody(none) {
				w.t.Errorf("%s %s tells of a deleted project: %d %s\nabsent: %d %s", method, path, hidden.status, hidden.body, none.status, none.body)
			}
		}
	}
	me := into[client.Me](w.t, w.get("/api/v1/me"), 200)
	for _, p := range me.Projects {
		if p.Slug == "moths" {
			w.t.Errorf("/me tells of it: %+v", p)
		}
	}
	things := w.call(w.name, "POST", "/api/v1/access/things", client.Things{Permission: "file:read", Limit: 500})
	if things.status == 200 {
		for _, id := range into[remit.Page[string]](w.t, things, 200).Items {
			if slices.Contains(w.things, thing{"files", id, "moths"}) {
				w.t.Errorf("access/things tells of %s", id)
			}
		}
	}
}

// somewhere fills what is left of an address.
var somewhere = strings.NewReplacer("{id}", "no-such")

// bodies are requests that would be valid.
var bodies = map[string]any{
	"POST /members":    client.NewMember{User: "root", Roles: []string{"researcher"}},
	"POST /entries":    client.NewEntry{User: "root", Permission: "job:read", Effect: "allow"},
	"PUT /overrides":   remit.Override{Role: "researcher", Permission: "job:read", Effect: "deny"},
	"PUT /public":      client.Publication{Permission: "file:read", Public: true},
	"POST /transfer":   client.Heir{User: "root"},
	"POST /jobs":       remit.JobSpec{Type: "scan", Start: true},
	"POST /roots":      client.NewRoot{Path: "/nowhere"},
	"PATCH ":           client.ProjectPatch{Title: new("x")},
	"POST /archive":    nil,
	"POST /unarchive":  nil,
	"GET /collections": nil,
}

// claimsNothingOf claims all that there is to claim.
func (w *world) claimsNothingOf(slug string, u universe) {
	w.t.Helper()
	got, err := w.as("worker").Claim(w.t.Context(), client.Want{Runners: []string{"process"}, Slots: 64, Max: 64})
	if err != nil || len(got) == 0 {
		w.t.Fatalf("nothing is claimed elsewhere: %v", err)
	}
	for _, a := range got {
		if a.Project == slug || slices.Contains(u.things, thing{"jobs", string(a.Job), slug}) {
			w.t.Errorf("a job of %s was claimed: %+v", slug, a)
		}
	}
}

func TestAnArchivedProjectIsReadOverHTTPAndTakesNoChange(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, longLeases)
		u := w.universe()
		into[remit.Project](t, w.call("moths-project_manager", "POST", "/api/v1/projects/moths/archive", nil), 200)
		for _, name := range []string{"root", "moths-project_manager", "moths-basic_member", "stranger", "anonymous"} {
			walk := &walk{world: w, name: name, universe: u, seen: map[string]item{}}
			walk.look()
			walk.pages()
			if want, known := visible[name]; known {
				if diff := cmp.Diff(want, walk.counts()); diff != "" {
					t.Errorf("what %s sees (-want +got):\n%s", name, diff)
				}
			}
		}
		for _, name := range []string{"root", "moths-project_manager"} {
			w.changesNothing(name, u)
		}
		w.claimsNothingOf("moths", u)
		into[remit.Project](t, w.call("moths-project_manager", "POST", "/api/v1/projects/moths/unarchive", nil), 200)
		if a := claim(t, w.as("worker")); a.Project != "moths" {
			t.Errorf("claimed %+v", a)
		}
	})
}

// changesNothing tries every change, by somebody who may.
func (w *world) changesNothing(name string, u universe) {
	w.t.Helper()
	archived := func(method, path string, body any) {
		w.t.Helper()
		r := w.call(name, method, path, body)
		if p := problemOf(w.t, r); r.status != 409 || p.Code != "archived" && p.Code != "not_finished" && p.Code != "not_claimed" {
			w.t.Errorf("%s by %s: %d %s", r.asked, name, r.status, r.body)
		}
	}
	for at, body := range bodies {
		method, rest, _ := strings.Cut(at, " ")
		if method != "GET" && rest != "/archive" && rest != "/unarchive" && (rest != "/roots" || name == "root") {
			archived(method, "/api/v1/projects/moths"+rest, body)
		}
	}
	for _, x := range u.things {
		switch {
		case x.project != "moths":
		case x.kind == "collections":
			archived("PATCH", x.address(), client.CollectionPatch{Visibility: remit.VisibilityPrivate})
		case x.kind == "jobs":
			for _, d := range deeds {
				archived(d.method, x.address()+d.path, d.body)
			}
			archived("POST", x.address()+"/wrest", nil)
		}
	}
}
