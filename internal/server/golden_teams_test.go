package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
)

// clerks gives one asker a role of the whole site.
func (g *golden) clerks() {
	g.t.Helper()
	for _, r := range []remit.Role{
		{Name: "clerk", Site: true, Allow: []string{"user:*", "team:*", "role:*", "site:*", "audit:read", "node:read", "project:create", "root:read", "root:create"}},
		{Name: "visitor", Site: true, Allow: []string{"role:read"}},
	} {
		if err := g.server.Projects.PutRole(g.t.Context(), server.Setup, r); err != nil {
			g.t.Fatal(err)
		}
	}
	clerk := g.person("the-clerk")
	clerk.everywhere = true
	g.askers = append(g.askers, clerk)
	g.siteMember("the-clerk", "clerk")
}

func (g *golden) siteMember(user, role string) string {
	g.t.Helper()
	return into[item](g.t, g.call("root", "POST", "/api/v1/site/members", client.NewSiteMember{User: user, Role: role}), 201).ID
}

// team makes one without anybody in it.
func (g *golden) team() (name, id string) {
	g.t.Helper()
	g.count++
	made := into[remit.Team](g.t, g.call("root", "POST", "/api/v1/teams", client.NewTeam{Name: fmt.Sprintf("team-%d", g.count)}), 201)
	return made.Name, string(made.ID)
}

func teamRecipes() []recipe {
	team := func(operation, method, rest string, spent bool, body any) recipe {
		return recipe{operation, method + " /api/v1/teams/{name}" + rest, shared, func(g *golden, _ *room, _ *asker) []trial {
			name, id := g.team()
			rest := map[bool]string{true: "/users/guest"}[rest != ""]
			if method == "DELETE" && rest != "" {
				g.call("root", "PUT", "/api/v1/teams/"+name+rest, nil)
			}
			return []trial{{path: "/api/v1/teams/" + name + rest, absent: "/api/v1/teams/no-such-team" + rest, body: body, on: authz.Resource{Thing: id}, spent: spent}}
		}}
	}
	return []recipe{
		{"team.list", "GET /api/v1/teams", site, func(*golden, *room, *asker) []trial { return at("/api/v1/teams", nil, authz.Resource{}) }},
		{"team.create", "POST /api/v1/teams", site, func(g *golden, _ *room, _ *asker) []trial {
			g.count++
			return at("/api/v1/teams", client.NewTeam{Name: fmt.Sprintf("new-%d", g.count)}, authz.Resource{})
		}},
		team("team.read", "GET", "", false, nil),
		team("team.update", "PATCH", "", false, client.TeamPatch{Title: new(string)}),
		team("team.delete", "DELETE", "", true, nil),
		team("team.update", "PUT", "/users/{user}", true, nil),
		team("team.update", "DELETE", "/users/{user}", true, nil),
	}
}

func roleRecipes() []recipe {
	role := func(operation, method string, spent bool, body any) recipe {
		return recipe{operation, method + " /api/v1/roles/{name}", shared, func(g *golden, _ *room, _ *asker) []trial {
			name := g.role()
			return []trial{{path: "/api/v1/roles/" + name, absent: "/api/v1/roles/no-such-role", body: body, on: authz.Resource{Thing: name}, spent: spent}}
		}}
	}
	return []recipe{
		{"role.update", "POST /api/v1/roles", site, func(g *golden, _ *room, _ *asker) []trial {
			g.count++
			name := fmt.Sprintf("new-role-%d", g.count)
			return at("/api/v1/roles", client.NewRole{Name: name, Allow: []string{}}, authz.Resource{Thing: name})
		}},
		role("role.read", "GET", false, nil),
		role("role.update", "PATCH", false, client.RolePatch{Title: new(string)}),
		role("role.delete", "DELETE", true, nil),
	}
}

func (g *golden) role() string {
	g.t.Helper()
	g.count++
	name := fmt.Sprintf("role-%d", g.count)
	into[item](g.t, g.call("root", "POST", "/api/v1/roles", client.NewRole{Name: name, Allow: []string{}}), 201)
	return name
}

// siteRecipes give and take what every account holds, so that the operation's
// own right decides.
func siteAccessRecipes() []recipe {
	one := func(operation, method, rest string, body any) recipe {
		return recipe{operation, method + " /api/v1/site/" + rest, site, func(*golden, *room, *asker) []trial {
			return at("/api/v1/site/"+rest, body, authz.Resource{})
		}}
	}
	back := func(operation, rest string, make func(*golden) string) recipe {
		return recipe{operation, "DELETE /api/v1/site/" + rest + "/{id}", shared, func(g *golden, _ *room, _ *asker) []trial {
			return []trial{{path: "/api/v1/site/" + rest + "/" + make(g), spent: true}}
		}}
	}
	return []recipe{
		one("site.read", "GET", "access", nil),
		{"site.member", "POST /api/v1/site/members", site, func(*golden, *room, *asker) []trial {
			return []trial{{path: "/api/v1/site/members", body: client.NewSiteMember{User: "guest", Role: "visitor"}, undo: func(g *golden) { g.leaveSite("guest") }}}
		}},
		back("site.member", "members", func(g *golden) string { return g.siteMember("helper", "visitor") }),
		one("site.override", "PUT", "overrides", remit.Override{Role: "visitor", Permission: "role:read", Effect: "allow"}),
		one("site.entry", "POST", "entries", client.NewEntry{User: "guest", Permission: "root:read", Effect: "deny"}),
		back("site.entry", "entries", func(g *golden) string {
			return into[item](g.t, g.call("root", "POST", "/api/v1/site/entries", client.NewEntry{User: "helper", Permission: "role:read", Effect: "allow"}), 201).ID
		}),
		one("site.reserve", "PUT", "reservations", client.NewReservation{Permission: "job:wrest", State: "default"}),
	}
}

// leaveSite takes every role of the site from somebody.
func (g *golden) leaveSite(user string) {
	g.t.Helper()
	access := into[remit.SiteAccess](g.t, g.call("root", "GET", "/api/v1/site/access", nil), 200)
	for _, m := range access.Members {
		if m.User == user {
			g.call("root", "DELETE", "/api/v1/site/members/"+string(m.ID), nil)
		}
	}
}

// memberRecipes are what can be done with memberships besides giving and taking.
func memberRecipes() []recipe {
	return []recipe{
		{"member.update", "PATCH /api/v1/projects/{slug}/members/{id}", inRoom, func(g *golden, in *room, _ *asker) []trial {
			g.without(in, "other")
			on := in.assigned(string(g.member(in.slug, "other", "reader")))
			why := "because"
			return []trial{{path: in.path("/members/" + on.Thing), absent: in.path("/members/" + string(remit.NewID[remit.MemberID](time.Now()))), on: on,
				body: client.MemberPatch{Why: &why}}}
		}},
		{"member.leave", "POST /api/v1/projects/{slug}/members/leave", made, func(_ *golden, in *room, a *asker) []trial {
			if a.inside { // keys that cover all of it can leave, and others cannot
				return nil
			}
			return []trial{{path: in.path("/members/leave"), absent: nowhere("/members/leave"), status: leaves(in), undo: func(g *golden) { g.member(in.slug, a.account, a.role) }}}
		}},
	}
}

// leaves: members may, who sees the project and is none is told so, and a
// limited key takes nothing, not even from its own account (R24).
func leaves(in *room) func(*golden, *asker) int {
	return func(g *golden, a *asker) int {
		d := g.policy().Can(a.subject, "project.read", in.resource())
		isMember := in.slug == "alpha" && slices.ContainsFunc(g.askers, func(b *asker) bool { return b.role != "" && b.id == a.id })
		switch {
		case !d.Allowed:
			return refusal(a, in.resource(), d)
		case a.subject.Kind == authz.Anonymous:
			return http.StatusUnauthorized
		case !isMember:
			return http.StatusConflict
		case a.subject.Caps != nil:
			return http.StatusForbidden
		}
		return http.StatusOK
	}
}
