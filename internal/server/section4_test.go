package server_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/cli"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// The tricky examples of docs/permissions.md, each by its number, asked of a
// running server over HTTP and by the command line. Every verdict and every
// rule is typed from that table.
func TestTheTrickyExamplesHoldOverHTTPAndOnTheCommandLine(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		var time clock
		w := serve(t, db, func(o *server.Options, roots map[string][]string) { o.Now = time.now; clear(roots) })
		set := &scene{world: w, clock: &time}
		set.templates()
		set.lab()
		for _, row := range trickyRows() {
			t.Run(row.number, func(t *testing.T) {
				on := *w
				on.t = t
				row.play(&scene{world: &on, number: row.number, clock: &time, place: set.place})
			})
		}
	})
}

// tricky is one row of the table.
type tricky struct {
	number string
	play   func(*scene)
}

// scene is the stage of one row: its people and projects are its own.
type scene struct {
	*world
	number string
	clock  *clock
	place  map[string]place // the collections of project lab
}

// clock is the server's: the real one until it is set.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) now() time.Time {
	if at := c.at.Load(); at != nil {
		return *at
	}
	return time.Now()
}

func (c *clock) set(at time.Time) { c.at.Store(&at) }
func (c *clock) real()            { c.at.Store(nil) }

// templates are the roles of the table, and the names that they speak of.
func (s *scene) templates() {
	s.t.Helper()
	ctx, p := s.t.Context(), s.server.Projects
	err := p.DeclarePermissions(ctx, server.Setup,
		authz.Permission{Name: "record:view.events", PublicOK: true}, authz.Permission{Name: "record:edit.events", Requires: []string{"record:view.events"}},
		authz.Permission{Name: "record:view.budget"}, authz.Permission{Name: "record:edit.budget", Requires: []string{"record:view.budget"}},
		authz.Permission{Name: "record:view.overview"}, authz.Permission{Name: "record:edit.labels"})
	for _, key := range []string{"render", "annotate"} {
		if err == nil {
			err = s.server.Jobs.DeclareType(ctx, server.Setup, jobType(key))
		}
	}
	for _, r := range []remit.Role{
		{Name: "production_manager", Allow: []string{"project:view", "record:view.events", "record:edit.events", "record:view.budget", "record:edit.budget"}},
		{Name: "drummer", Allow: []string{"project:view", "record:view.overview", "record:view.events"}},
		{Name: "sound_tech", Allow: []string{"job:read", "job:cancel@own", "job:run.render@own"}},
		{Name: "manager", Allow: []string{"project:view", "member:read", "access:view", "access:grant", "record:view.overview", "record:view.events", "record:edit.events"}},
		{Name: "lab_hand", Allow: []string{"project:view", "collection:read", "file:read"}},
		{Name: "lab_keeper", Allow: []string{"project:view", "collection:read", "collection:read_private"}},
		{Name: "canceller", Allow: []string{"job:read", "job:cancel"}},
	} {
		if err == nil {
			err = p.PutRole(ctx, server.Setup, r)
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func jobType(key string) remit.JobType {
	return remit.JobType{Key: key, Title: key, On: []string{"none", "file", "collection"}, Runner: "process", Command: []string{"true"}, MaxAttempts: 5}
}

// lab is a project with three collections of one file: one of the project, one
// private and one public.
func (s *scene) lab() {
	s.t.Helper()
	g := &golden{world: s.world}
	g.stage("lab")
	s.place = g.rooms[0].places
	g.open(g.rooms[0])
}

// person makes an account of this row, and returns its name.
func (s *scene) person(name string) string {
	s.t.Helper()
	name = strings.ReplaceAll(name+"-"+s.number, " ", "-")
	user, err := s.server.Identity.Create(s.t.Context(), server.Setup, identity.NewUser{Name: name, Password: "correct horse battery", Superuser: strings.HasPrefix(name, "super-")})
	if err != nil {
		s.t.Fatal(err)
	}
	s.ids(name, string(user.ID))
	return name
}

// ids gives the account a key.
func (s *scene) ids(name, id string) {
	s.t.Helper()
	key, err := s.server.Identity.CreateKey(s.t.Context(), authz.Subject{Kind: authz.Person, ID: id, Name: name}, identity.NewKey{Title: "everything"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.keys[name] = key.Secret
}

// project makes a private project of root's.
func (s *scene) project(name string) string {
	s.t.Helper()
	slug := strings.ToLower(fmt.Sprintf("%s-%s", name, s.number))
	into[remit.Project](s.t, s.call("root", "POST", "/api/v1/projects", client.NewProject{Slug: slug}), 201)
	return slug
}

func (s *scene) member(slug, user string, roles ...string) remit.MemberID {
	s.t.Helper()
	return into[remit.Member](s.t, s.call("root", "POST", "/api/v1/projects/"+slug+"/members", client.NewMember{User: user, Roles: roles}), 201).ID
}

func (s *scene) override(slug, role, permission, effect string) {
	s.t.Helper()
	into[remit.Override](s.t, s.call("root", "PUT", "/api/v1/projects/"+slug+"/overrides", remit.Override{Role: role, Permission: permission, Effect: effect}), 200)
}

func (s *scene) entry(slug, user, permission, effect string, until ...time.Time) remit.EntryID {
	s.t.Helper()
	e := client.NewEntry{User: user, Permission: permission, Effect: effect}
	if len(until) > 0 {
		e.Until = &until[0]
	}
	return into[remit.Entry](s.t, s.call("root", "POST", "/api/v1/projects/"+slug+"/entries", e), 201).ID
}

// says asks for a person in three ways, each of which must give the verdict of
// the table: the person asks, somebody with the right asks about the person,
// and both ask on the command line. Who does not see the project asks nothing.
func (s *scene) says(user, permission, slug string, allowed bool, rule string) {
	s.t.Helper()
	s.saysOn(user, permission, slug, "", allowed, rule)
}

// saysOn is says about one file, collection or job.
func (s *scene) saysOn(user, permission, slug, on string, allowed bool, rule string) {
	s.t.Helper()
	s.answers(user, client.Question{Permission: permission, Project: slug}, on, allowed, rule)
	s.answers("root", client.Question{User: user, Permission: permission, Project: slug}, on, allowed, rule)
}

func (s *scene) answers(asker string, q client.Question, on string, allowed bool, rule string) {
	s.t.Helper()
	args := []string{"can", q.Permission}
	if q.User != "" {
		args = []string{"can", q.User, q.Permission}
	}
	if q.Project != "" {
		args = append(args, "--project", q.Project)
	}
	if on != "" {
		args = append(args, "--on", on)
		aim(&q, on)
	}
	v := into[client.Verdict](s.t, s.call(asker, "POST", "/api/v1/access/check", q), 200)
	if v.Allowed != allowed || v.Rule != rule {
		s.t.Errorf("%s asks %+v: %+v, want %t by %s", asker, q, v, allowed, rule)
	}
	word, code := map[bool]string{true: "yes", false: "no"}[allowed], map[bool]int{true: 0, false: 1}[allowed]
	if exit, out, err := s.remit(asker, args...); exit != code || !strings.HasPrefix(out, word+" ") || !strings.Contains(out, "("+rule+")") {
		s.t.Errorf("%s types %s: exit %d, %q, %q; want %s by %s", asker, args, exit, out, err, word, rule)
	}
	args[0] = "why"
	if exit, out, err := s.remit(asker, args...); exit != 0 || !strings.Contains(out, rule) {
		s.t.Errorf("%s types %s: exit %d, %q, %q; want an explanation with %s", asker, args, exit, out, err, rule)
	}
}

// aim puts a thing into a question.
func aim(q *client.Question, on string) {
	switch {
	case remit.IsID[remit.JobID](on):
		q.Job = remit.JobID(on)
	case remit.IsID[remit.FileID](on):
		q.On = &remit.On{File: remit.FileID(on)}
	default:
		q.On = &remit.On{Collection: remit.CollectionID(on)}
	}
}

// remit runs the program as somebody types it.
func (s *scene) remit(as string, args ...string) (exit int, out, err string) {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	env := map[string]string{"REMIT_URL": s.url, "REMIT_KEY": s.keys[as], "HOME": s.dir}
	exit = cli.Main(args, cli.Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Env: func(name string) string { return env[name] }})
	return exit, stdout.String(), stderr.String()
}

// refuses expects a refusal that says the words, over HTTP.
func (s *scene) refuses(r reply, status int, words ...string) client.Problem {
	s.t.Helper()
	p := problemOf(s.t, r)
	if r.status != status {
		s.t.Errorf("%s answered %d, want %d: %s", r.asked, r.status, status, r.body)
	}
	for _, word := range words {
		if !strings.Contains(string(r.body), word) {
			s.t.Errorf("%s is refused without %q: %s", r.asked, word, r.body)
		}
	}
	return p
}
