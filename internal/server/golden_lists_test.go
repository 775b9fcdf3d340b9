package server_test

import (
	"net/http"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/judge"
)

// listing is a list: it shows the things on which the asker has a permission,
// one by one (R19).
type listing struct {
	operation, route string
	permission       string
	query            string                                         // besides the limit
	sees             func(judge.World, *asker, authz.Resource) bool // nil = whoever has the permission
	orElse           string                                         // what whoever holds the permission nowhere is asked, on the site
}

func listings() []listing {
	return []listing{
		{"user.list", "GET /api/v1/users", "user:read", "", nil, ""},
		{"key.list", "GET /api/v1/keys", "key:read", "", nil, ""},
		{"node.list", "GET /api/v1/nodes", "node:read", "", nil, ""},
		{"project.list", "GET /api/v1/projects", "project:view", "", nil, ""},
		{"job.list", "GET /api/v1/jobs", "job:read", "", nil, ""},
		{"file.list", "GET /api/v1/files", "file:read", "", nil, ""},
		{"job.list", "GET /api/v1/projects/{slug}/jobs", "job:read", "", nil, ""},
		{"file.list", "GET /api/v1/projects/{slug}/files", "file:read", "", nil, ""},
		{"schedule.list", "GET /api/v1/projects/{slug}/schedules", "schedule:read", "", nil, ""},
		{"collection.list", "GET /api/v1/projects/{slug}/collections", "collection:read", "", nil, ""},
		{"root.list", "GET /api/v1/projects/{slug}/roots", "root:read", "", nil, ""},
		{"project.deleted", "GET /api/v1/deleted-projects", "project:delete", "", nil, ""},
		{"session.list", "GET /api/v1/sessions", "session:read", "", nil, ""},
		{"request.list", "GET /api/v1/access/requests", "project:view", "", seesRequest, ""},
		{"request.review", "GET /api/v1/access/requests", "access:grant", "", seesRequest, ""},
		{"audit.list", "GET /api/v1/audit", "audit:read", "operation=project.create&", nil, "audit.read"},
	}
}

// row is a thing as a list shows it, as far as the rules ask.
type row struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Slug       string   `json:"slug"`
	Project    string   `json:"project"`
	Owner      string   `json:"owner"`
	User       string   `json:"user"`
	Role       string   `json:"role"`
	Collection string   `json:"collection"`
	Visibility string   `json:"visibility"`
	On         remit.On `json:"on"`
	Job        struct {
		On remit.On `json:"on"`
	} `json:"job"`
}

// whole reads all pages of a list.
func (g *golden) whole(headers []header, path, query string) (items []row, last reply) {
	g.t.Helper()
	limit := "?" + query + "limit=500"
	if path == "/api/v1/keys" || strings.HasSuffix(path, "/roots") { // these have one page
		limit = ""
	}
	for after := ""; ; {
		last = g.send("GET", path+limit+after, nil, headers...)
		if last.status != http.StatusOK {
			return items, last
		}
		page := into[remit.Page[row]](g.t, last, 200)
		if items = append(items, page.Items...); page.Next == "" {
			return items, last
		}
		after = "&after=" + page.Next
	}
}

// askLists compares each list with the judge's verdict on everything that a
// superuser is shown in it.
func (g *golden) askLists(a *asker) {
	g.t.Helper()
	for _, l := range listings() {
		if a.passes(l.operation) {
			continue
		}
		for i, in := range g.rooms {
			_, path, _ := strings.Cut(l.route, " ")
			if i > 0 && (path == strings.ReplaceAll(path, "{slug}", "") || !a.everywhere) {
				continue
			}
			g.askList(l, a, in, strings.ReplaceAll(path, "{slug}", in.slug))
		}
	}
}

func (g *golden) askList(l listing, a *asker, in *room, path string) {
	g.t.Helper()
	g.asked++
	within := strings.Contains(l.route, "{slug}")
	got, r := g.whole(a.headers, path, l.query)
	w := g.policy()
	if a.dead || a.blind {
		if r.status != map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[a.dead] {
			g.t.Errorf("%s, as %s: %s answered %d", l.operation, a.name, r.asked, r.status)
		}
		return
	}
	seen := a.asks(w, "project.read", in.resource())
	var want []string
	alike := map[authz.Resource]bool{} // what differs in its id alone is judged once
	for _, x := range g.everything(path, l.query) {
		on := g.resourceOf(x, l)
		on.Thing = ""
		may, known := alike[on]
		if !known {
			if may = a.looks(w, on.Project) && w.Check(a.subject, l.permission, on).Allowed; l.sees != nil {
				may = a.looks(w, on.Project) && l.sees(w, a, on)
			}
			alike[on] = may
		}
		if may {
			want = append(want, x.ID)
		}
	}
	if l.orElse != "" {
		if status := reads(l.permission, l.orElse)(g, a); status != http.StatusOK {
			if r.status != status {
				g.t.Errorf("%s, as %s: %s must be answered %d, and was %d %s", l.operation, a.name, r.asked, status, r.status, r.body)
			}
			return
		}
	}
	if hidden := !seen.Allowed && (len(want) == 0 || l.operation == "job.list" || l.operation == "schedule.list"); within && hidden {
		if status := refusal(a, in.resource(), seen); r.status != status {
			g.t.Errorf("%s, as %s in %s: %s must be answered %d, and was %d %s", l.operation, a.name, in.slug, r.asked, status, r.status, r.body)
		}
		return
	}
	g.permitted++
	if diff := cmp.Diff(want, idsOf(got)); diff != "" || r.status != http.StatusOK {
		g.t.Errorf("%s, as %s in %s: %d (-judge +listed):\n%s", l.operation, a.name, in.slug, r.status, diff)
	}
}

func idsOf(items []row) (ids []string) {
	for _, x := range items {
		ids = append(ids, x.ID)
	}
	return ids
}

// everything that a list can show, in its order. It is read anew when the
// table may have changed something.
func (g *golden) everything(path, query string) []row {
	g.t.Helper()
	items, r := g.whole(bearer(g.keys["root"]), path, query)
	if r.status != http.StatusOK {
		g.t.Fatalf("%s as root: %d %s", path, r.status, r.body)
	}
	return items
}

// resourceOf is a listed thing to the rules.
func (g *golden) resourceOf(x row, l listing) authz.Resource {
	on := authz.Resource{Thing: x.ID, Project: g.idOf(x.Project), Owner: g.idOfUser(x.Owner), Collection: x.Collection}
	switch l.operation {
	case "user.list":
		on.Owner = x.ID
	case "key.list", "session.list":
		on.Owner = g.idOfUser(x.User)
	case "request.list", "request.review":
		on.Owner, on.Run = g.idOfUser(x.User), x.Role
	case "project.list":
		on.Project = x.ID
	case "job.list":
		on.Collection = g.collectionOf(x.On)
	case "schedule.list":
		on.Collection = g.collectionOf(x.Job.On)
	case "collection.list":
		on.Collection, on.Visibility = x.ID, visibilities[x.Visibility]
	case "file.list":
		on.Visibility = g.visibilityOf(x.Collection)
	case "root.list":
		on = authz.Resource{}
	}
	return on
}

var visibilities = map[string]authz.Visibility{remit.VisibilityPrivate: authz.Private, remit.VisibilityProject: authz.ProjectWide, remit.VisibilityPublic: authz.Public}

// places are those of all rooms.
func (g *golden) visibilityOf(collection string) authz.Visibility {
	for _, in := range g.rooms {
		for name, p := range in.places {
			if string(p.collection) == collection {
				return in.visibility(name)
			}
		}
	}
	g.t.Fatalf("no room has collection %s", collection)
	return 0
}

func (g *golden) collectionOf(on remit.On) string {
	for _, in := range g.rooms {
		for _, p := range in.places {
			if p.file == on.File || p.collection == on.Collection {
				return string(p.collection)
			}
		}
	}
	return ""
}

// idOf is a project's by its slug, idOfUser an account's by its name.
func (g *golden) idOf(slug string) string {
	return g.lookup("/api/v1/projects/", slug)
}

func (g *golden) idOfUser(name string) string { return g.lookup("/api/v1/users/", name) }

func (g *golden) lookup(path, name string) string {
	g.t.Helper()
	if name == "" {
		return ""
	}
	if id, known := g.ids[path+name]; known {
		return id
	}
	g.ids[path+name] = into[item](g.t, g.call("root", "GET", path+name, nil), 200).ID
	return g.ids[path+name]
}

// reads: whoever holds the permission anywhere is shown what is there, and
// others are refused as on the site.
func reads(permission, operation string) func(*golden, *asker) int {
	return func(g *golden, a *asker) int {
		w := g.policy()
		for _, p := range append(w.Projects, authz.Project{}) {
			if a.looks(w, p.ID) && w.Check(a.subject, permission, authz.Resource{Project: p.ID}).Allowed {
				return 200
			}
		}
		return refusal(a, authz.Resource{}, a.asks(w, operation, authz.Resource{}))
	}
}
