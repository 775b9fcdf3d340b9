package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/judge"
	"github.com/remit-server/remit/internal/testkit"
)

// The golden table: every operation by every route that leads to it, for
// everybody there is to ask, on own things and on others', over the real API on
// both engines. What must happen is worked out by the naive judge from the
// policy as it is stored, from what each operation needs as it is typed in
// golden_needs_test.go and from the table of refusals below, never taken from
// what the program answered or from its own tables.
func TestEveryOperationForEveryAskerIsAsTheRulesSay(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		g := newGolden(t, swift(t, db))
		for _, a := range g.askers {
			g.askLists(a)
			g.askNames(a, g.rooms[0])
			for i, rc := range g.recipes {
				g.askAll(i, rc, a)
			}
		}
		t.Logf("%d questions, %d of them permitted", g.asked, g.permitted)
	})
}

// recipe performs an operation by one of its routes, on things made for it.
type recipe struct {
	operation, route string // the route as routes.txt has it: "POST /api/v1/jobs/{id}/run"
	things           whose
	make             func(g *golden, in *room, owner *asker) []trial
}

// whose are the things that an operation is about.
type whose int

const (
	site   whose = iota // no thing: asked once
	inRoom              // a project, or what has no owner in it: asked in each room
	made                // what the asker makes there, and so owns
	owned               // own and others'
	mine                // own and others' things that lie in no project
	shared              // things that lie in no project and have no owner
)

// trial is one try: the request, and what it is about as the rules see it.
type trial struct {
	path, absent string // the same address of something that is not there; "" = the answer is no 404
	body         any
	on           authz.Resource
	holder       *asker          // the node that has the lease
	first        []asking        // what is asked before the operation
	also         []asking        // what is asked after the operation, in this order
	fine         []int           // statuses, besides 2xx, of trials that are permitted and then fail
	spent        bool            // it can be done only once
	undo         func(g *golden) // after it was done
	before       func(g *golden) // before it is tried
	after        func(g *golden) // after it was tried
	status       func(g *golden, a *asker) int
	beyond       func(*asker, authz.Resource) bool // permitted by right, and refused by R24
	headers      []header
}

// asking is one operation on one thing.
type asking struct {
	operation string
	on        authz.Resource
	uncapped  bool // of the account, whatever the key covers
}

// uncapped is the account of a limited key.
func (a *asker) uncapped() *asker {
	account := *a
	account.subject.Caps = nil
	return &account
}

// askAll asks for one asker in every room.
func (g *golden) askAll(i int, rc recipe, a *asker) {
	rooms := g.rooms
	if a.passes(rc.operation) {
		return
	}
	if rc.things == site || rc.things == mine || rc.things == shared {
		if rooms = g.rooms[:1]; a.inside {
			return
		}
	}
	for r, in := range rooms {
		if r > 0 && !a.everywhere {
			continue
		}
		switch rc.things {
		case site, made:
			g.askEach(rc, in, a, rc.make(g, in, a), nil)
		case inRoom, shared:
			g.askOthers(i, rc, in, a)
		case owned, mine:
			if own, ok := g.own[key{i, in.slug, a.name}]; ok {
				g.askEach(rc, in, a, own, nil)
			}
			g.askOthers(i, rc, in, a)
		}
	}
}

// askOthers asks about things of somebody else, which serve one asker after
// the other until somebody may use them up.
func (g *golden) askOthers(i int, rc recipe, in *room, a *asker) {
	at := key{i, in.slug, ""}
	if g.own[at] == nil {
		g.own[at] = rc.make(g, in, g.keeper)
	}
	g.askEach(rc, in, a, g.own[at], func() { g.own[at] = nil })
}

func (g *golden) askEach(rc recipe, in *room, a *asker, trials []trial, used func()) {
	g.t.Helper()
	for _, d := range trials {
		if g.ask(rc, in, a, d) && d.spent && used != nil {
			used()
		}
	}
}

// ask tries the trial and says whether it was done.
func (g *golden) ask(rc recipe, in *room, a *asker, d trial) (done bool) {
	g.t.Helper()
	g.asked++
	if d.before != nil {
		d.before(g)
		defer d.after(g)
	}
	want := g.expected(rc, a, d)
	method, _, _ := strings.Cut(rc.route, " ")
	r := g.sendTo(rc, method, d, a)
	done = r.status < 300
	if want.status == http.StatusOK {
		g.permitted++
		if !done && !slices.Contains(d.fine, r.status) {
			g.t.Errorf("%s, as %s in %s: %s is permitted (R%d), and was answered %d %s", rc.operation, a.name, in.slug, r.asked, want.Rule, r.status, r.body)
		}
	} else {
		g.refused(rc, in, a, d, r, want)
	}
	if done && d.undo != nil {
		d.undo(g)
	}
	return done
}

// sendTo sends the request; of a stream that goes on it takes the beginning.
func (g *golden) sendTo(rc recipe, method string, d trial, a *asker) reply {
	headers := append(slices.Clone(a.headers), d.headers...)
	if rc.operation != "event.stream" {
		return g.patient(method, d.path, d.body, headers...)
	}
	ctx, end := context.WithCancel(g.t.Context())
	defer end()
	req, err := http.NewRequestWithContext(ctx, method, g.url+d.path, nil)
	for _, h := range headers {
		req.Header.Set(h.name, h.value)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	resp, err := bare.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	r := reply{asked: method + " " + d.path, status: resp.StatusCode, header: resp.Header}
	if r.status != http.StatusOK {
		r.body, _ = io.ReadAll(resp.Body)
	}
	return r
}

// refused holds R21: the status, and that what is hidden reads like what is absent.
func (g *golden) refused(rc recipe, in *room, a *asker, d trial, r reply, want verdict) {
	g.t.Helper()
	if r.status != want.status {
		g.t.Errorf("%s, as %s in %s: %s must be answered %d (R%d %s), and was %d %s", rc.operation, a.name, in.slug, r.asked, want.status, want.Rule, want.Permission, r.status, r.body)
		return
	}
	p := problemOf(g.t, r)
	switch {
	case want.Guard != "" && p.Code != broken[want.Guard]:
		g.t.Errorf("%s, as %s in %s: %s breaks the guard %s, and was answered %s", rc.operation, a.name, in.slug, r.asked, want.Guard, r.body)
	case want.status == http.StatusForbidden && want.Permission != "" && p.Permission == "":
		g.t.Errorf("%s, as %s: the refusal names no permission: %s", rc.operation, a.name, r.body)
	case want.status == http.StatusForbidden && want.OwnOnly && !want.OutsideCaps() && !strings.HasPrefix(p.Detail, "You can only "):
		g.t.Errorf("%s, as %s: own things are permitted, and the refusal says %q", rc.operation, a.name, p.Detail)
	case want.status == http.StatusNotFound && d.absent != "" && (want.by == rc.operation || want.by == "project.read"):
		method, _, _ := strings.Cut(rc.route, " ")
		none := g.send(method, d.absent, d.body, append(slices.Clone(a.headers), d.headers...)...)
		if diff := cmp.Diff(sameBody(none), sameBody(r)); diff != "" {
			g.t.Errorf("%s, as %s: %s tells that it is there (-absent +hidden):\n%s", rc.operation, a.name, r.asked, diff)
		}
	}
}

// broken is how a conflict names its guard (R16).
var broken = map[authz.Guard]string{"workable": "not_workable", "node": "not_a_node", "lock_holder": "lease_lost", "held_lock": "never_held",
	"top_level": "not_top_level", "claimed": "not_claimed", "finished": "not_finished"}

// verdict is what must happen.
type verdict struct {
	status int // 200 for any success
	authz.Decision
	by string // the operation that was refused
}

// expected is what the rules want of a trial.
func (g *golden) expected(rc recipe, a *asker, d trial) verdict {
	if a.dead {
		return verdict{http.StatusUnauthorized, authz.Decision{Rule: 1}, ""}
	}
	if a.blind {
		return verdict{http.StatusForbidden, authz.Decision{Rule: 14, Permission: "access:view"}, ""}
	}
	if a.subject.Preview != nil && rc.changes() {
		return verdict{http.StatusForbidden, authz.Decision{Rule: 23}, ""} // whatever it is about, and unless the credential is bad
	}
	if d.status != nil {
		if status := d.status(g, a); status != 0 { // 0: as the rules say
			return verdict{status: status}
		}
	}
	w := g.policy()
	last := authz.Decision{}
	for _, q := range slices.Concat(d.first, []asking{{operation: rc.operation, on: d.on}}, d.also) {
		if q.on.Owner == theAsker {
			q.on.Owner = a.owner()
		}
		q.on.Facts |= d.facts(a)
		who := a
		if q.uncapped {
			who = a.uncapped()
		}
		if last = who.asks(w, q.operation, q.on); !last.Allowed {
			return verdict{refusal(a, q.on, last), last, q.operation}
		}
	}
	if d.beyond != nil && d.beyond(a, d.on) {
		return verdict{http.StatusForbidden, authz.Decision{Rule: 24}, rc.operation}
	}
	return verdict{http.StatusOK, last, rc.operation}
}

// looking are the operations that only look though they are asked by POST, and
// those that act for whoever shows the right words, not for who is signed in.
var looking = []string{"access.check", "access.read", "access.plan", "policy.plan", "session.create", "session.delete", "invitation.accept", "notification.stop", "job.output"}

// changes says whether the recipe does more than look, and so not in a preview (R23).
func (rc recipe) changes() bool {
	return !strings.HasPrefix(rc.route, "GET ") && !slices.Contains(looking, rc.operation)
}

// asks puts one operation to the judge. Who looks as another needs access:view
// where they look, and without it learns no more than without the preview (R23).
func (a *asker) asks(w judge.World, operation string, on authz.Resource) authz.Decision {
	row := needsOf(operation)
	if (strings.HasPrefix(operation, "session.") || operation == "invitation.accept") && len(row.Groups) == 0 {
		return authz.Decision{Allowed: true} // whoever has the words
	}
	if a.subject.Preview == nil || on.Project == "" && len(row.Groups) == 0 && row.Read == "" {
		return w.Can(a.subject, operation, on)
	}
	viewer := a.viewer()
	look := w.Check(viewer, "access:view", authz.Resource{Project: on.Project})
	if own := w.Can(viewer, operation, on); !look.Allowed && !own.Allowed && own.Guard == "" {
		return own
	}
	if !look.Allowed {
		return look
	}
	return w.Can(a.subject, operation, on)
}

// viewer is who asks, without the preview.
func (a *asker) viewer() authz.Subject {
	viewer := a.subject
	viewer.Preview = nil
	return viewer
}

// looks says whether the asker may look at a project, or at the site for "".
func (a *asker) looks(w judge.World, project string) bool {
	return a.subject.Preview == nil || w.Check(a.viewer(), "access:view", authz.Resource{Project: project}).Allowed
}

// facts are what a node has to do with the thing.
func (d trial) facts(a *asker) authz.Facts {
	switch {
	case a.subject.Kind != authz.Node:
		return 0
	case d.holder == a:
		return authz.HoldsLock | authz.HeldLock
	case d.on.Thing == a.subject.ID:
		return authz.IsSelf
	}
	return 0
}

// refusal is the status of a refusal, written from R1, R16 and R21. What a
// key's owner may not know of comes before the key's scope, which would tell
// that it is there.
func refusal(a *asker, on authz.Resource, d authz.Decision) int {
	switch {
	case d.Guard != "":
		return http.StatusConflict
	case d.Rule == 1:
		return http.StatusUnauthorized
	case d.ProjectHidden:
		return http.StatusNotFound
	case d.OutsideCaps() && !d.ThingHidden:
		return http.StatusForbidden
	case d.OwnOnly:
		return http.StatusForbidden
	case d.ThingHidden, a.subject.Kind == authz.Node && on.Thing != "":
		return http.StatusNotFound
	case a.subject.Kind == authz.Anonymous:
		return http.StatusUnauthorized
	}
	return http.StatusForbidden
}

// Whoever adds an operation, or a route, says here how it is performed.
func TestEveryRouteAndOperationHasARecipe(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	known := map[string]bool{}
	for _, rc := range goldenRecipes() {
		known[rc.route+": "+rc.operation] = true
	}
	for _, l := range listings() {
		known[l.route+": "+l.operation] = true
	}
	var served []string
	for path, methods := range w.openAPI().Paths {
		for method, o := range methods {
			for _, operation := range o.Operations {
				at := fmt.Sprintf("%s %s: %s", strings.ToUpper(method), path, operation)
				if served = append(served, at); !known[at] {
					t.Errorf("%s has no recipe: add one to goldenRecipes", at)
				}
			}
		}
	}
	for at := range known {
		if !slices.Contains(served, at) {
			t.Errorf("the recipe of %s is for a route that there is not", at)
		}
	}
	for _, row := range remit.Operations() {
		named := slices.ContainsFunc(served, func(at string) bool { return strings.HasSuffix(at, ": "+row.Name) })
		if internal := slices.Contains(unreachable, row.Name); named == internal {
			t.Errorf("%s: has a route: %t; has a reason for none: %t", row.Name, named, internal)
		}
	}
}
