package server_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/naive/judge"
	"github.com/remit-server/remit/internal/server"
)

// golden is the world of the golden table: three rooms, and one asker of every
// kind there is.
type golden struct {
	*world
	recipes          []recipe
	rooms            []*room // alpha, where the roles are; beta, which is closed; gamma, where something is public
	askers           []*asker
	keeper           *asker // owns what is others'; owner of every room
	petitioner       *asker // asks for what is others' request
	workhorse        *asker // the node that has what no asker has
	own              map[key][]trial
	schedules        map[remit.ScheduleID]bool // that trials are about
	kept             map[string]authz.Resource // schedules that serve several
	asked, permitted int
	clock            *clock
	count            int               // for names
	ids              map[string]string // by address
}

// key is the place of prepared trials: a recipe in a room, of an asker's own
// things or, for "", of the keeper's.
type key struct {
	recipe int
	room   string
	owner  string
}

// room is a project with a collection of one file for each visibility.
type room struct {
	slug, id string
	places   map[string]place // by visibility
}

type place struct {
	collection remit.CollectionID
	file       remit.FileID
}

// asker is one way to ask.
type asker struct {
	name       string
	role       string        // held in alpha and nowhere else; "" = none
	account    string        // whose things are own; "" = nobody's
	id         string        // of the account, or of the node
	maker      string        // an unlimited key of the account, to make things with
	headers    []header      // the credential
	subject    authz.Subject // who that is to the rules
	dead       bool          // a credential that opens nothing
	blind      bool          // looks as another, and has access:view nowhere (R23)
	lacks      string        // the one permission that it has not; "" = no such asker
	everywhere bool          // asked in each room, not in alpha only
	inside     bool          // asked only about what is in a room, not about the site
}

// roles are those of the blueprints, each held by one asker.
var roles = []string{"owner", "admin", "writer", "executor", "reader", "basic_member", "identifier", "researcher",
	"ml_data_manager", "project_manager", "student", "staff", "supervisor"}

// swift is the database in memory where the system has a place for that: what is
// asked here is not whether it outlives a power cut, and every one of thousands
// of refusals is written into it.
func swift(t *testing.T, db string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "remit-golden-")
	if err != nil || !strings.HasPrefix(db, "sqlite:") {
		os.RemoveAll(dir)
		return db
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return "sqlite://" + filepath.Join(dir, "remit.db")
}

func newGolden(t *testing.T, db string) *golden {
	t.Helper()
	g := &golden{recipes: goldenRecipes(), own: map[key][]trial{}, schedules: map[remit.ScheduleID]bool{}, kept: map[string]authz.Resource{}, ids: map[string]string{}, clock: &clock{}}
	g.clock.set(time.Now())
	g.world = serve(t, db, func(o *server.Options, roots map[string][]string) {
		o.LeaseTTL, o.Now = 1000*time.Hour, g.clock.now
		clear(roots)
	})
	g.declare()
	g.people()
	g.furnish()
	g.nodes()
	g.clerks()
	g.petition()
	g.previews()
	g.lacking()
	g.generous(true)
	g.prepare()
	g.generous(false)
	g.finish()
	return g
}

// declare adds job types that only the workhorse and the askers' nodes take.
func (g *golden) declare() {
	g.t.Helper()
	work := remit.JobType{Key: "work", Title: "Work", On: []string{"file", "collection"}, Runner: "process", Command: []string{"true"}, MaxAttempts: 9}
	first := remit.JobType{Key: "relay_first", Title: "First", On: []string{"none"}, Runner: "process", Command: []string{"true"}}
	second := first
	second.Key, second.MaxAttempts = "relay_second", 9
	relay := remit.JobType{Key: "relay", Title: "Relay", On: []string{"none"}, Runner: "workflow", Steps: []remit.Step{{Name: "first", Type: first.Key},
		{Name: "second", Type: second.Key, Inputs: []remit.StepInput{{From: "steps.first.artifacts"}}}}}
	for _, kind := range []remit.JobType{work, first, second, relay} {
		if err := g.server.Jobs.DeclareType(g.t.Context(), server.Setup, kind); err != nil {
			g.t.Fatal(err)
		}
	}
}

// people makes the accounts, and the askers that they and their keys are.
func (g *golden) people() {
	g.t.Helper()
	g.keeper = g.person("keeper")
	g.person("helper") // helper and guest are given rights, and lose them
	g.person("guest")
	g.person("other")
	for _, role := range roles {
		a := g.person("the-" + role)
		a.role = role
		g.askers = append(g.askers, a)
	}
	owner := g.askers[0]
	owner.everywhere = true
	stranger, chief, gone, banned, blocked := g.person("stranger"), g.person("chief"), g.person("gone"), g.person("banned"), g.person("blocked")
	stranger.everywhere, chief.everywhere, gone.dead, banned.role, blocked.role = true, true, true, "writer", "writer"
	g.askers = append(g.askers, stranger, chief, gone, banned, blocked, g.person("favoured"), g.person("former"),
		&asker{name: "anonymous", everywhere: true},
		&asker{name: "mistyped", dead: true, everywhere: true, headers: []header{{"Authorization", "Bearer remit_nonsense"}}},
		g.limited("key-job-read", owner, []string{"job:read"}, nil),
		g.limited("key-own-jobs", owner, []string{"project:view", "file:read", "job:*@own", "key:*"}, nil),
		g.limited("key-elsewhere", owner, []string{"*"}, []string{"beta"}),
		g.limited("key-of-chief", chief, []string{"job:read"}, nil))
	g.askers[len(g.askers)-2].everywhere = true
	for i, role := range roles {
		key := g.limited("key-of-"+role, g.askers[i], []string{"project:view", "collection:*", "file:*", "job:*", "access:*", "member:*",
			"user:*", "session:*", "key:*", "role:*", "jobtype:*"}, nil)
		key.inside = true
		g.askers = append(g.askers, key)
	}
}

// person makes an account. "chief" is a superuser.
func (g *golden) person(name string) *asker {
	g.t.Helper()
	user, err := g.server.Identity.Create(g.t.Context(), server.Setup, identity.NewUser{Name: name, Password: "correct horse battery", Superuser: name == "chief"})
	if err != nil {
		g.t.Fatalf("making %s: %v", name, err)
	}
	a := &asker{name: name, account: name, id: string(user.ID), subject: authz.Subject{Kind: authz.Person, ID: string(user.ID), Name: name}}
	key, err := g.server.Identity.CreateKey(g.t.Context(), a.subject, identity.NewKey{Title: "everything"})
	if err != nil {
		g.t.Fatalf("a key of %s: %v", name, err)
	}
	g.keys[name], a.maker, a.headers = key.Secret, key.Secret, bearer(key.Secret)
	return a
}

func bearer(secret string) []header { return []header{{"Authorization", "Bearer " + secret}} }

// limited is a key of an account, with caps; cut makes it.
func (g *golden) limited(name string, of *asker, scopes, slugs []string) *asker {
	a := *of
	a.name, a.role, a.everywhere, a.headers = name, "", false, nil
	a.subject.Caps = &authz.Caps{Scopes: scopes, Projects: slugs}
	return &a
}

// furnish makes the rooms with their files, and fills the roles of alpha.
func (g *golden) furnish() {
	g.t.Helper()
	for _, slug := range []string{"alpha", "beta", "gamma"} {
		g.stage(slug)
		g.member(slug, "keeper", "owner")
	}
	g.open(g.rooms[2])
	for _, a := range g.askers {
		if a.role != "" {
			g.member("alpha", a.account, a.role)
		}
	}
}

// open makes the public collection of a room public.
func (g *golden) open(in *room) {
	g.t.Helper()
	at := "/api/v1/collections/" + string(in.places[remit.VisibilityPublic].collection)
	into[item](g.t, g.call("root", "PATCH", at, client.CollectionPatch{Visibility: remit.VisibilityPublic}), 200)
}

// stage makes a room: a project with three collections.
func (g *golden) stage(slug string) {
	g.t.Helper()
	p := into[remit.Project](g.t, g.call("root", "POST", "/api/v1/projects", client.NewProject{Slug: slug, CollectionVisibility: remit.VisibilityProject}), 201)
	in := &room{slug, string(p.ID), map[string]place{}}
	g.rooms = append(g.rooms, in)
	root := g.t.TempDir()
	for _, v := range []string{remit.VisibilityPrivate, remit.VisibilityProject, remit.VisibilityPublic} {
		if err := os.Mkdir(filepath.Join(root, v), 0o755); err != nil {
			g.t.Fatal(err)
		}
		copyFile(g.t, "../metadata/testdata/camera/geodegrees_as_string.jpg", filepath.Join(root, v, "one.jpg"))
	}
	into[item](g.t, g.call("root", "POST", "/api/v1/projects/"+slug+"/roots", client.NewRoot{Path: root}), 201)
	g.scan(slug)
	for path, f := range g.files(slug) {
		in.places[filepath.Dir(path)] = place{f.Collection, f.ID}
	}
	hidden := "/api/v1/collections/" + string(in.places[remit.VisibilityPrivate].collection)
	into[item](g.t, g.call("root", "PATCH", hidden, client.CollectionPatch{Visibility: remit.VisibilityPrivate}), 200)
}

func (g *golden) member(slug, user string, roles ...string) remit.MemberID {
	g.t.Helper()
	return into[remit.Member](g.t, g.call("root", "POST", "/api/v1/projects/"+slug+"/members", client.NewMember{User: user, Roles: roles}), 201).ID
}

func (g *golden) entry(slug, user, permission, effect string, until *time.Time) remit.EntryID {
	g.t.Helper()
	e := client.NewEntry{User: user, Permission: permission, Effect: effect, Until: until}
	return into[remit.Entry](g.t, g.call("root", "POST", "/api/v1/projects/"+slug+"/entries", e), 201).ID
}

// cut makes the key of a limited asker, while its account sees every project.
func (g *golden) cut(a *asker) {
	g.t.Helper()
	n := identity.NewKey{Title: a.name, Scopes: a.subject.Caps.Scopes}
	for i, slug := range a.subject.Caps.Projects {
		at := slices.IndexFunc(g.rooms, func(in *room) bool { return in.slug == slug })
		a.subject.Caps.Projects[i] = g.rooms[at].id
		n.Projects = append(n.Projects, remit.ProjectID(g.rooms[at].id))
	}
	who := a.subject
	who.Caps = nil
	made, err := g.server.Identity.CreateKey(g.t.Context(), who, n)
	if err != nil {
		g.t.Fatalf("%s: %v", a.name, err)
	}
	a.headers = bearer(made.Secret)
}

// nodes registers one of the site, two of projects, and one that works for nobody here.
func (g *golden) nodes() {
	g.t.Helper()
	for _, n := range []struct{ name, project string }{{"node-of-site", ""}, {"node-of-alpha", "alpha"}, {"node-of-beta", "beta"}, {"workhorse", ""}} {
		made, err := g.as("root").Register(g.t.Context(), client.NewNode{Name: n.name, Project: n.project, Slots: 1})
		if err != nil {
			g.t.Fatal(err)
		}
		g.keys[n.name] = made.Secret
		a := &asker{name: n.name, id: string(made.ID), headers: bearer(made.Secret), everywhere: n.project != "alpha",
			subject: authz.Subject{Kind: authz.Node, ID: string(made.ID), Name: n.name, Site: n.project == ""}}
		for _, in := range g.rooms {
			if in.slug == n.project {
				a.subject.Projects = []string{in.id}
			}
		}
		if n.name == "workhorse" {
			g.workhorse = a
		} else {
			g.askers = append(g.askers, a)
		}
	}
}

// generous lets everybody do everything for a while, so that everybody has
// things of their own, strangers too.
func (g *golden) generous(on bool) {
	g.t.Helper()
	all, err := g.server.Projects.Roles(g.t.Context(), server.Setup)
	at := slices.IndexFunc(all, func(r remit.Role) bool { return r.Name == "signed_in" })
	if err == nil && on {
		all[at].Allow = append(all[at].Allow, "*")
	} else if err == nil {
		all[at].Allow = slices.DeleteFunc(all[at].Allow, func(pattern string) bool { return pattern == "*" })
	}
	if err = errors.Join(err, g.server.Projects.PutRole(g.t.Context(), server.Setup, all[at])); err != nil {
		g.t.Fatal(err)
	}
}

// prepare makes everybody's own things.
func (g *golden) prepare() {
	g.t.Helper()
	for _, a := range g.askers {
		if a.subject.Caps != nil {
			g.cut(a)
		}
	}
	for i, rc := range g.recipes {
		if rc.things != owned && rc.things != mine {
			continue
		}
		for _, a := range g.askers {
			for r, in := range g.rooms {
				if a.owns(rc, in) && (r == 0 || rc.things == owned && a.everywhere) {
					g.own[key{i, in.slug, a.name}] = rc.make(g, in, a)
				}
			}
		}
	}
}

// owns says whether an asker can have a thing of a recipe's: accounts have
// their own, and nodes have leases of projects that they serve.
func (a *asker) owns(rc recipe, in *room) bool {
	if a.subject.Kind == authz.Node {
		return rc.leases() && (a.subject.Site || slices.Contains(a.subject.Projects, in.id))
	}
	if a.inside && (rc.things != owned || a.subject.Preview != nil && rc.changes()) { // what is refused whatever it is about needs no own thing
		return false
	}
	return a.account != "" && a.lacks == "" && a.subject.Kind == authz.Person
}

// finish makes of the askers what they are.
func (g *golden) finish() {
	g.t.Helper()
	g.entry("alpha", "banned", "project:view", "deny", nil)
	g.entry("alpha", "favoured", "job:read", "allow", nil)
	g.entry("alpha", "favoured", "job:cancel@others", "allow", nil)
	g.entry("alpha", "blocked", "job:cancel", "deny", nil)
	g.entry("alpha", "blocked", "collection:read", "deny", nil)
	soon := g.clock.now().Add(time.Second)
	g.entry("alpha", "former", "*", "allow", &soon)
	yes := true
	into[item](g.t, g.call("root", "PATCH", "/api/v1/users/gone", client.UserPatch{Disabled: &yes}), 200)
	g.clock.set(soon)
	g.checkWorld()
}

// patient sends a request, and waits where everybody signs in from one address
// too often: it is the server's clock that goes on.
func (g *golden) patient(method, path string, body any, headers ...header) (r reply) {
	g.t.Helper()
	for range 3 {
		if r = g.send(method, path, body, headers...); r.status != http.StatusTooManyRequests {
			break
		}
		g.clock.set(g.clock.now().Add(time.Minute))
	}
	return r
}

// checkWorld holds what the judge is given against what this file says.
func (g *golden) checkWorld() {
	g.t.Helper()
	w := g.policy()
	for _, a := range g.askers {
		if a.role == "" {
			continue
		}
		var held []string
		for _, p := range w.Projects {
			for _, m := range p.Members {
				if m.User == a.id {
					held = append(held, p.ID+" "+m.Role)
				}
			}
		}
		if want := []string{g.rooms[0].id + " " + a.role}; !slices.Equal(held, want) {
			g.t.Errorf("%s holds %v, want %v", a.name, held, want)
		}
	}
}

// policy is what is stored now, and the time.
func (w *world) policy() judge.World {
	w.t.Helper()
	found, err := gate.View(w.t.Context(), w.server.Gate, server.Setup, gate.Query[judge.World]{Name: "me.read",
		Read: func(r *gate.Reader) (judge.World, error) {
			return judge.World{Source: r.Source(), Now: r.Now().UnixMicro()}, nil
		}})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}
