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

// R19, with deeds: what `permissions` offers works, and what they do not
// offer is refused, for own jobs and others', on jobs made to be thrown away.
func TestWhatPermissionsOfferWorksAndNothingElse(t *testing.T) {
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
				walk.submitEverywhere()
				walk.actOnJobs()
			})
		}
	})
}

// submitEverywhere tries each job type on each thing: started it needs
// run.TYPE on the thing, and not started the list's "create".
func (w *walk) submitEverywhere() {
	w.t.Helper()
	tried := map[string]bool{}
	for _, x := range w.things {
		shown, visible := w.seen[x.id]
		if x.kind == "jobs" || tried[x.kind+shown.Collection+x.project] && visible {
			continue // one file of each collection is enough
		}
		tried[x.kind+shown.Collection+x.project] = visible && x.kind == "files"
		on := question(x, "").On
		w.submit(x, remit.JobSpec{Type: "ml", On: *on, Start: true}, visible && slices.Contains(shown.Permissions, "run.ml"))
		w.submit(x, remit.JobSpec{Type: "ml", On: *on}, visible && w.creates[x.project])
		if slices.Contains(shown.Permissions, "run.scan") || slices.Contains(shown.Permissions, "run.export") {
			w.t.Errorf("%s offers %v; such jobs are never on it", x.id, shown.Permissions)
		}
	}
	for _, slug := range w.slugs {
		w.submit(thing{project: slug}, remit.JobSpec{Type: "scan"}, w.creates[slug])
	}
}

func (w *walk) submit(x thing, spec remit.JobSpec, offered bool) {
	w.t.Helper()
	r := w.call(w.name, "POST", "/api/v1/projects/"+x.project+"/jobs", spec)
	if offered {
		w.drop(into[item](w.t, r, 201).ID)
		return
	}
	if p := problemOf(w.t, r); p.Status != 403 && p.Status != 404 && p.Status != 401 {
		w.t.Errorf("a job %+v in %s is not offered and answers %d %s", spec, x.project, p.Status, p.Detail)
	}
}

// drop removes a job that was made for a try, if it is still there.
func (w *walk) drop(id string) {
	w.t.Helper()
	if r := w.call("root", "POST", "/api/v1/jobs/"+id+"/cancel", nil); r.status == 200 {
		w.call("root", "DELETE", "/api/v1/jobs/"+id, nil)
	}
}

// deed is what a verb on a job is over HTTP, and the state in which it fits.
type deed struct {
	verb, method, path string
	body               any
	start, cancel      bool // how the job is prepared
	status             int  // when it works
}

var deeds = []deed{
	{verb: "update", method: "PATCH", body: client.JobPatch{Priority: new(int)}, status: 200},
	{verb: "run", method: "POST", path: "/run", status: 200},
	{verb: "cancel", method: "POST", path: "/cancel", start: true, status: 200},
	{verb: "retry", method: "POST", path: "/retry", start: true, cancel: true, status: 200},
	{verb: "requeue", method: "POST", path: "/requeue", body: client.Requeue{}, cancel: true, status: 201},
	{verb: "expire", method: "POST", path: "/expire", cancel: true, status: 200},
	{verb: "extend", method: "POST", path: "/extend", body: client.Extend{Until: time.Now().AddDate(1, 0, 0)}, cancel: true, status: 200},
	{verb: "delete", method: "DELETE", cancel: true, status: 204},
}

// actOnJobs tries each deed on a fresh job of the account's own and of root's,
// on a file and on a collection of each project.
func (w *walk) actOnJobs() {
	w.t.Helper()
	for _, slug := range w.slugs {
		for _, on := range w.placesIn(slug) {
			for _, d := range deeds {
				for _, owner := range []string{w.name, "root"} {
					if job, made := w.prepare(owner, slug, on, d); made {
						w.try(d, job)
						w.drop(job)
					}
				}
			}
		}
	}
}

// placesIn are the first collection of a project and a file in it, whether
// the account sees them or not.
func (w *walk) placesIn(slug string) (places []remit.On) {
	for _, kind := range []string{"collections", "files"} {
		i := slices.IndexFunc(w.things, func(x thing) bool { return x.kind == kind && x.project == slug })
		places = append(places, *question(w.things[i], "").On)
	}
	return places
}

// prepare makes a job of owner; not when that one may not.
func (w *walk) prepare(owner, slug string, on remit.On, d deed) (id string, made bool) {
	w.t.Helper()
	r := w.call(owner, "POST", "/api/v1/projects/"+slug+"/jobs", remit.JobSpec{Type: "ml", On: on})
	if r.status != 201 {
		return "", false
	}
	id = into[item](w.t, r, 201).ID
	if d.start {
		into[item](w.t, w.call("root", "POST", "/api/v1/jobs/"+id+"/run", nil), 200)
	}
	if d.cancel {
		into[item](w.t, w.call("root", "POST", "/api/v1/jobs/"+id+"/cancel", nil), 200)
	}
	return id, true
}

// try does the deed and compares with what the job's permissions said before.
func (w *walk) try(d deed, id string) {
	w.t.Helper()
	at := "/api/v1/jobs/" + id
	shown := w.get(at)
	r := w.call(w.name, d.method, at+d.path, d.body)
	var job item
	if shown.status == 200 {
		job = into[item](w.t, shown, 200)
	}
	if slices.Contains(job.Permissions, d.verb) {
		if r.status != d.status {
			w.t.Errorf("%s is offered and answers %d %s", r.asked, r.status, r.body)
		} else if d.verb == "requeue" {
			w.drop(into[item](w.t, r, 201).ID)
		}
		return
	}
	p := problemOf(w.t, r)
	switch {
	case p.Status == 404 && shown.status == 200 && isMore(job, d.verb): // what it is on is hidden
	case p.Status == 403:
		if p.Permission == "" {
			w.t.Errorf("%s is refused without naming a permission: %s", r.asked, r.body)
		}
	case p.Status == 404 && shown.status == 404:
		absent := w.call(w.name, d.method, absent(thing{kind: "jobs"})+d.path, d.body)
		if diff := cmp.Diff(sameBody(absent), sameBody(r)); diff != "" {
			w.t.Errorf("%s tells that the job is there (-absent +hidden):\n%s", r.asked, diff)
		}
	default:
		w.t.Errorf("%s is not offered and answers %d %s", r.asked, r.status, r.body)
	}
	if p.Status == 403 && strings.HasPrefix(p.Detail, "You can only") && !strings.HasSuffix(p.Detail, " your own jobs") {
		w.t.Errorf("%s is refused with %q", r.asked, p.Detail)
	}
}

// The same with collections: who is offered update and publish can, others cannot.
func TestWhoIsOfferedACollectionsVisibilityCanChangeIt(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t), func(o *server.Options, _ map[string][]string) { o.LeaseTTL = time.Hour })
	u := w.universe()
	for _, name := range slices.Sorted(maps.Keys(w.keys)) {
		for _, x := range u.things {
			if x.kind != "collections" || name == "worker" {
				continue
			}
			w.changeVisibility(name, x)
		}
	}
}

func (w *world) changeVisibility(name string, x thing) {
	w.t.Helper()
	set := func(v string) {
		into[item](w.t, w.call("root", "PATCH", x.address(), client.CollectionPatch{Visibility: v}), 200)
	}
	now := func() string {
		return into[remit.Collection](w.t, w.call("root", "GET", x.address(), nil), 200).Visibility
	}
	before := now()
	defer set(before)
	set(remit.VisibilityProject) // where members see it
	shown := item{}
	if r := w.call(name, "GET", x.address(), nil); r.status == 200 {
		shown = into[item](w.t, r, 200)
	}
	for _, v := range []string{remit.VisibilityProject, remit.VisibilityPublic, remit.VisibilityProject, remit.VisibilityPrivate} {
		old := now()
		public := v == remit.VisibilityPublic || old == remit.VisibilityPublic
		can := slices.Contains(shown.Permissions, "update") && (!public || slices.Contains(shown.Permissions, "publish"))
		r := w.call(name, "PATCH", x.address(), client.CollectionPatch{Visibility: v})
		if refused := r.status == 403 || r.status == 404 || r.status == 401; (r.status == 200) != can || refused == can {
			w.t.Errorf("%s: %s from %s to %s answers %d, permissions were %v: %s", name, r.asked, old, v, r.status, shown.Permissions, r.body)
		}
	}
}
