package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/naive/judge"
)

// goldenRecipes is how each operation is performed.
func goldenRecipes() []recipe {
	return slices.Concat(siteRecipes(), checkRecipes(), accountRecipes(), projectRecipes(), accessRecipes(), dataRecipes(), jobRecipes(), scheduleRecipes(), notifyRecipes(), nodeRecipes(), leaseRecipes(),
		teamRecipes(), roleRecipes(), siteAccessRecipes(), memberRecipes(), lifecycleRecipes(), auditRecipes(),
		identityRecipes(), requestRecipes(), policyRecipes())
}

// at is a trial at an address that is there for everybody.
func at(path string, body any, on authz.Resource) []trial {
	return []trial{{path: path, body: body, on: on}}
}

func siteRecipes() []recipe {
	everybody := func(path string) func(*golden, *room, *asker) []trial {
		return func(*golden, *room, *asker) []trial { return at(path, nil, authz.Resource{}) }
	}
	return []recipe{
		{"me.read", "GET /api/v1/me", site, everybody("/api/v1/me")},
		{"session.create", "POST /api/v1/session", site, func(*golden, *room, *asker) []trial {
			return at("/api/v1/session", client.Login{Name: "helper", Password: "correct horse battery"}, authz.Resource{})
		}},
		{"session.delete", "DELETE /api/v1/session", site, everybody("/api/v1/session")},
		{"event.stream", "GET /api/v1/events", site, func(*golden, *room, *asker) []trial {
			return []trial{{path: "/api/v1/events", status: streams}}
		}},
		{"role.list", "GET /api/v1/roles", site, everybody("/api/v1/roles")},
		{"jobtype.list", "GET /api/v1/job-types", site, everybody("/api/v1/job-types")},
		{"jobtype.declare", "PUT /api/v1/job-types/{key}", site, func(*golden, *room, *asker) []trial {
			return at("/api/v1/job-types/declared", declared, authz.Resource{})
		}},
		{"jobtype.declare", "POST /api/v1/job-types/apply", site, func(*golden, *room, *asker) []trial {
			return at("/api/v1/job-types/apply", client.JobTypes{Types: []remit.JobType{declared}}, authz.Resource{})
		}},
		{"jobtype.list", "GET /api/v1/projects/{slug}/job-types", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/job-types"), absent: nowhere("/job-types"), also: []asking{{operation: "project.read", on: in.resource()}}}}
		}},
	}
}

// declared lends nothing, so that the operation's own right decides.
var declared = remit.JobType{Key: "declared", Title: "Declared", On: []string{"none"}, Runner: "process", Command: []string{"true"}}

// streams: whoever may see any job may listen.
func streams(g *golden, a *asker) int {
	w := g.policy()
	if slices.ContainsFunc(w.Projects, func(p authz.Project) bool { return seesJobs(w, a, p.ID) }) {
		return http.StatusOK
	}
	if a.subject.Kind == authz.Anonymous {
		return http.StatusUnauthorized
	}
	return http.StatusForbidden
}

// checkRecipes ask about oneself in a room, which takes sight of the room.
func checkRecipes() []recipe {
	ask := func(path string, body func(slug string) any) recipe {
		return recipe{"access.check", "POST " + path, inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: path, body: body(in.slug), also: []asking{{operation: "project.read", on: in.resource(), uncapped: true}}}}
		}}
	}
	return []recipe{
		ask("/api/v1/access/check", func(slug string) any { return client.Question{Permission: "job:read", Project: slug} }),
		ask("/api/v1/access/explain", func(slug string) any { return client.Question{Permission: "job:read", Project: slug} }),
		{"access.check", "POST /api/v1/access/who-can", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: "/api/v1/access/who-can", body: client.Question{Permission: "job:read", Project: in.slug},
				also: []asking{{operation: "project.read", on: in.resource()}, {operation: "access.read", on: in.resource()}}}}
		}},
		ask("/api/v1/access/check-all", func(slug string) any { return client.Questions{Project: slug} }),
		{"access.check", "POST /api/v1/access/things", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: "/api/v1/access/things", body: client.Things{Permission: "job:read", Project: in.slug}, status: finds(in)}}
		}},
	}
}

// finds: who may see a job of the room is told which, and else it takes sight of the room.
func finds(in *room) func(*golden, *asker) int {
	return func(g *golden, a *asker) int {
		if seesJobs(g.policy(), a, in.id) {
			return http.StatusOK
		}
		if d := a.uncapped().asks(g.policy(), "project.read", in.resource()); !d.Allowed {
			return refusal(a, in.resource(), d)
		}
		return http.StatusOK
	}
}

func seesJobs(w judge.World, a *asker, project string) bool {
	see := func(owner string) bool {
		return w.Check(a.subject, "job:read", authz.Resource{Project: project, Owner: owner}).Allowed
	}
	return see("") || a.owner() != "" && see(a.owner())
}

func accountRecipes() []recipe {
	account := func(path, absent string, body any) func(*golden, *room, *asker) []trial {
		return func(g *golden, _ *room, owner *asker) []trial {
			return []trial{{path: fmt.Sprintf(path, owner.account), absent: absent, body: body, on: authz.Resource{Owner: owner.id, Thing: owner.id}}}
		}
	}
	name := "A name"
	return []recipe{
		{"user.create", "POST /api/v1/users", site, func(g *golden, _ *room, _ *asker) []trial {
			g.count++
			return at("/api/v1/users", client.NewUser{Name: fmt.Sprintf("new-%d", g.count), Password: "correct horse battery"}, authz.Resource{})
		}},
		{"user.read", "GET /api/v1/users/{name}", mine, account("/api/v1/users/%s", "/api/v1/users/nobody-at-all", nil)},
		{"user.update", "PATCH /api/v1/users/{name}", mine, account("/api/v1/users/%s", "/api/v1/users/nobody-at-all", client.UserPatch{FullName: &name})},
		{"key.create", "POST /api/v1/keys", site, func(_ *golden, _ *room, a *asker) []trial {
			return []trial{{path: "/api/v1/keys", body: client.NewKey{Title: "one more", Scopes: []string{"job:read@own"}}, on: authz.Resource{Owner: a.owner()}, status: keyBeyond(a)}}
		}},
		{"key.delete", "DELETE /api/v1/keys/{id}", mine, func(g *golden, _ *room, owner *asker) []trial {
			key := into[remit.APIKey](g.t, g.send("POST", "/api/v1/keys", client.NewKey{Title: "to revoke"}, bearer(owner.maker)...), 201)
			return []trial{{path: "/api/v1/keys/" + string(key.ID), absent: "/api/v1/keys/" + string(remit.NewID[remit.KeyID](time.Now())),
				on: authz.Resource{Owner: owner.id, Thing: string(key.ID)}, spent: true}}
		}},
	}
}

// keyBeyond: a key makes only keys within its own scopes (R24).
func keyBeyond(a *asker) func(*golden, *asker) int {
	if a.subject.Caps == nil || !slices.Contains(a.subject.Caps.Scopes, "key:*") {
		return nil
	}
	return func(*golden, *asker) int { return http.StatusOK } // job:*@own covers job:read@own
}

// owner is who owns what the asker makes.
func (a *asker) owner() string {
	if a.subject.Kind != authz.Person {
		return ""
	}
	return a.subject.ID
}

func (in *room) path(rest string) string        { return "/api/v1/projects/" + in.slug + rest }
func nowhere(rest string) string                { return "/api/v1/projects/no-such-project" + rest }
func (in *room) resource() authz.Resource       { return authz.Resource{Project: in.id} }
func (in *room) thing(id string) authz.Resource { return authz.Resource{Project: in.id, Thing: id} }

func projectRecipes() []recipe {
	return []recipe{
		{"project.create", "POST /api/v1/projects", site, func(g *golden, _ *room, _ *asker) []trial {
			g.count++
			return at("/api/v1/projects", client.NewProject{Slug: fmt.Sprintf("new-%d", g.count)}, authz.Resource{})
		}},
		{"project.read", "GET /api/v1/projects/{slug}", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path(""), absent: nowhere(""), on: in.resource()}}
		}},
		{"root.create", "POST /api/v1/projects/{slug}/roots", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/roots"), absent: nowhere("/roots"), body: client.NewRoot{Path: "/no/such/directory"}, on: in.resource(), fine: []int{422}}}
		}},
		{"member.list", "GET /api/v1/projects/{slug}/members", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/members"), absent: nowhere("/members"), on: in.resource()}}
		}},
		{"access.read", "GET /api/v1/projects/{slug}/access", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/access"), absent: nowhere("/access"), on: in.resource()}}
		}},
	}
}

// accessRecipes give and take what everybody with access:grant here holds, so
// that the operation's own right decides (R24 has tests of its own).
func accessRecipes() []recipe {
	return []recipe{
		{"member.create", "POST /api/v1/projects/{slug}/members", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			on := in.resource()
			on.Run = "reader" // what registrars are asked about
			return []trial{{path: in.path("/members"), absent: nowhere("/members"), on: on,
				body: client.NewMember{User: "guest", Roles: []string{"reader"}}, undo: func(g *golden) { g.without(in, "guest") }}}
		}},
		{"member.delete", "DELETE /api/v1/projects/{slug}/members/{id}", inRoom, func(g *golden, in *room, _ *asker) []trial {
			g.without(in, "helper")
			id := g.member(in.slug, "helper", "reader")
			return []trial{{path: in.path("/members/" + string(id)), absent: in.path("/members/" + string(remit.NewID[remit.MemberID](time.Now()))), on: in.assigned(string(id)), spent: true}}
		}},
		{"access.override", "PUT /api/v1/projects/{slug}/overrides", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/overrides"), absent: nowhere("/overrides"), on: in.resource(),
				body: remit.Override{Role: "reader", Permission: "job:wrest", Effect: "deny"}}}
		}},
		{"access.entry", "POST /api/v1/projects/{slug}/entries", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/entries"), absent: nowhere("/entries"), on: in.resource(),
				body: client.NewEntry{User: "helper", Permission: "job:wrest", Effect: "deny"}}}
		}},
		{"access.entry", "DELETE /api/v1/projects/{slug}/entries/{id}", inRoom, func(g *golden, in *room, _ *asker) []trial {
			id := g.entry(in.slug, "helper", "job:wrest", "allow", nil)
			return []trial{{path: in.path("/entries/" + string(id)), absent: nowhere("/entries/" + string(id)), on: in.resource(), spent: true}}
		}},
	}
}

// assigned is a membership with the role reader.
func (in *room) assigned(id string) authz.Resource {
	on := in.thing(id)
	on.Run = "reader"
	return on
}

// without ends what somebody is in a room.
func (g *golden) without(in *room, user string) {
	g.t.Helper()
	members, err := g.as("root").Members(g.t.Context(), in.slug, client.Query{"limit": "500"})
	for _, m := range members.Items {
		if m.User == user && err == nil {
			err = g.as("root").RemoveMember(g.t.Context(), in.slug, m.ID)
		}
	}
	if err != nil {
		g.t.Fatal(err)
	}
}
