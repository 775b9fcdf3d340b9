package server_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
)

// lacking adds, for each permission that some operation takes, somebody who has
// everything but that one, and somebody who has everything and is denied it:
// whatever stops asking for it, or takes another one instead, is found out.
// They are asked what takes it, and nothing else.
func (g *golden) lacking() {
	g.t.Helper()
	for _, permission := range taken() {
		name := strings.NewReplacer(":", "-", ".", "-", "_", "-").Replace(permission)
		g.steward("no-"+name, permission)
		if slices.ContainsFunc(everybodys, func(pattern string) bool { return strings.HasPrefix(pattern, permission) }) {
			g.steward("denied-"+name, permission)
			into[item](g.t, g.call("root", "POST", "/api/v1/site/entries", client.NewEntry{User: "denied-" + name, Permission: permission, Effect: "deny"}), 201)
		}
	}
}

// everybodys is what every account may do, whatever role it lacks.
var everybodys = []string{"user:read@own", "user:password@own", "session:read@own", "session:delete@own", "key:read@own", "key:create@own", "key:delete@own", "role:read", "jobtype:read"}

// steward makes somebody with everything but one permission.
func (g *golden) steward(name, lacks string) {
	g.t.Helper()
	role := remit.Role{Name: name, Site: true}
	for _, p := range append(slices.Collect(maps.Values(typedRights)), g.policy().Catalog.Permissions...) {
		if !p.Never && !strings.HasSuffix(p.Name, "*") && p.Name != lacks && !slices.Contains(role.Allow, p.Name) {
			role.Allow = append(role.Allow, p.Name)
		}
	}
	if err := g.server.Projects.PutRole(g.t.Context(), server.Setup, role); err != nil {
		g.t.Fatal(err)
	}
	a := g.person(name)
	a.lacks = lacks
	g.siteMember(a.account, role.Name)
	g.askers = append(g.askers, a)
}

// taken are the permissions that operations take of people, and what these need.
func taken() (names []string) {
	for _, op := range typedOperations {
		for _, name := range append(slices.Concat(op.Groups...), op.Read, op.Scope) {
			if p := typedRights[name]; p.Name != "" && !p.Reserved && name != "audit:seal" {
				names = append(append(names, name), p.Requires...)
			}
		}
	}
	names = append(names, "job:run.ml", "job:run.ml.single", "job:run.work", "member:assign.reader")
	slices.Sort(names)
	return slices.Compact(names)
}

// passes says whether an asker is not asked an operation: those who lack one
// permission are asked only what takes it, or may stand for it.
func (a *asker) passes(operation string) bool {
	op := needsOf(operation)
	return a.lacks != "" && !slices.ContainsFunc(append(slices.Concat(op.Groups...), op.Read, op.Scope), func(name string) bool {
		prefix, varies := strings.CutSuffix(name, "{run}")
		return name == a.lacks || varies && strings.HasPrefix(a.lacks, prefix)
	})
}

// askNames asks about everything that the catalogue names at once, on the site
// and in a room, and compares each answer for own and for others' things.
func (g *golden) askNames(a *asker, in *room) {
	g.t.Helper()
	if a.dead || a.blind {
		return
	}
	w := g.policy()
	for _, q := range []client.Questions{{}, {Project: in.slug}} {
		on := authz.Resource{}
		if q.Project != "" {
			on = in.resource()
		}
		r := g.send("POST", "/api/v1/access/check-all", q, a.headers...)
		if r.status != 200 { // the recipe of the route says when
			continue
		}
		g.asked++
		mine := on
		if mine.Owner = a.owner(); a.subject.Preview != nil && a.subject.Preview.User != "" {
			mine.Owner = a.subject.Preview.User
		}
		got, want := into[client.Findings](g.t, r, 200), []client.Finding{}
		for _, p := range w.Catalog.Permissions {
			if (p.Level == authz.OnSite) == (q.Project == "") {
				own, others := w.Check(a.subject, p.Name, mine).Allowed, w.Check(a.subject, p.Name, on).Allowed
				want = append(want, client.Finding{Permission: p.Name, Allowed: own || others, Own: own, Others: others})
			}
		}
		for i := range got.Items {
			got.Items[i].Rule = ""
		}
		slices.SortFunc(want, func(a, b client.Finding) int { return strings.Compare(a.Permission, b.Permission) })
		if diff := cmp.Diff(want, got.Items); diff != "" {
			g.t.Errorf("access.check, as %s in %q: every permission (-judge +answered):\n%s", a.name, q.Project, diff)
		}
	}
}
