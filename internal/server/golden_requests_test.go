package server_test

import (
	"net/http"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/naive/judge"
)

// decision is a route of an access request that is there.
type decision struct {
	operation, method, rest string
	role                    string // that is asked for: one request for each
	body                    any
}

func requestRecipes() []recipe {
	all := []recipe{
		{"request.create", "POST /api/v1/access/requests", made, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: "/api/v1/access/requests", body: client.NewRequest{Project: in.slug, Permission: "job:wrest", Reason: "to try"},
				status: requests(in), fine: []int{409, 422}}}
		}},
		{"notice.list", "GET /api/v1/notices", site, func(*golden, *room, *asker) []trial {
			return []trial{{path: "/api/v1/notices", status: signedIn}}
		}},
		{"notice.update", "POST /api/v1/notices/read", site, func(*golden, *room, *asker) []trial {
			return []trial{{path: "/api/v1/notices/read", body: client.ReadNotices{}, status: signedIn}}
		}},
	}
	for _, d := range []decision{
		{"request.read", "GET", "", "reader", nil},
		{"request.review", "GET", "", "reader", nil},
		{"request.approve", "POST", "/approve", "executor", client.Approval{}},
		{"request.reject", "POST", "/reject", "writer", client.Rejection{Answer: "no"}},
		{"request.withdraw", "POST", "/withdraw", "basic_member", nil},
	} {
		all = append(all, d.recipe())
	}
	return all
}

func signedIn(_ *golden, a *asker) int {
	if a.subject.Kind == authz.Anonymous {
		return http.StatusUnauthorized
	}
	return http.StatusOK
}

// requests: accounts that see the project ask; a limited key asks for nothing that it does not cover.
func requests(in *room) func(*golden, *asker) int {
	return func(g *golden, a *asker) int {
		d := g.policy().Can(a.subject, "request.create", in.resource())
		switch {
		case !d.Allowed:
			return refusal(a, in.resource(), d)
		case a.subject.Kind == authz.Anonymous:
			return http.StatusUnauthorized
		case a.subject.Caps != nil && !coversWrest(a.subject.Caps, in):
			return http.StatusForbidden
		}
		return http.StatusOK
	}
}

// coversWrest says whether a key covers what is asked for.
func coversWrest(c *authz.Caps, in *room) bool {
	return (slices.Contains(c.Scopes, "*") || slices.Contains(c.Scopes, "job:*")) && (c.Projects == nil || slices.Contains(c.Projects, in.id))
}

func (d decision) recipe() recipe {
	return recipe{d.operation, d.method + " /api/v1/access/requests/{id}" + d.rest, owned, func(g *golden, in *room, owner *asker) []trial {
		if owner == g.keeper {
			owner = g.petitioner
		}
		if owner.inside { // the account has asked already
			return []trial{}
		}
		role := d.role
		if owner.role == role || d.operation == "request.review" {
			role = "admin"
		}
		r := g.send("POST", "/api/v1/access/requests", client.NewRequest{Project: in.slug, Role: role, Reason: "to try"}, bearer(owner.maker)...)
		if r.status == 409 { // a key of the same account has asked already
			return []trial{}
		}
		q := into[remit.AccessRequest](g.t, r, 201)
		at := "/api/v1/access/requests/"
		return []trial{{path: at + string(q.ID) + d.rest, absent: at + string(remit.NewID[remit.RequestID](time.Now())) + d.rest, body: d.body,
			status: d.decided(in, owner, string(q.ID), role), fine: d.fine(), spent: d.method == "POST", undo: func(g *golden) { g.unasked(in, owner, d.operation) }}}
	}}
}

// fine: what was decided already stays decided.
func (d decision) fine() []int {
	if d.method == "GET" {
		return nil
	}
	return []int{409}
}

// unasked takes back what was given.
func (g *golden) unasked(in *room, owner *asker, operation string) {
	if operation == "request.approve" {
		g.without(in, owner.account)
	}
}

// decided: a request is there for who made it and for who gives access, or the
// role that it is for; and nobody decides on one's own.
func (d decision) decided(in *room, owner *asker, id, role string) func(*golden, *asker) int {
	return func(g *golden, a *asker) int {
		on := in.thing(id)
		on.Run = role
		own := a.owner() == owner.id
		if d.operation == "request.withdraw" && !own {
			return http.StatusNotFound
		}
		steps := []string{"request.review", d.operation}
		if own {
			steps = steps[1:]
			if d.operation == "request.review" {
				steps = []string{"request.read"} // one's own is read as such
			}
		}
		for _, operation := range steps {
			v, account := g.policy().Can(a.subject, operation, on), a.subject
			account.Caps = nil
			if operation == "request.review" && v.Rule != 1 && !g.policy().Can(account, operation, on).Allowed {
				return http.StatusNotFound
			}
			if !v.Allowed {
				return refusal(a, on, v)
			}
		}
		if own && (d.operation == "request.approve" || d.operation == "request.reject") {
			return http.StatusForbidden
		}
		return http.StatusOK
	}
}

// seesRequest is who is shown a request in the list.
func seesRequest(w judge.World, a *asker, on authz.Resource) bool {
	if a.owner() != "" && a.owner() == on.Owner {
		return w.Check(a.subject, "project:view", on).Allowed
	}
	return w.Can(a.subject, "request.review", on).Allowed && w.Can(a.subject, "request.read", on).Allowed
}

// petition makes the account whose requests are others'.
func (g *golden) petition() {
	g.t.Helper()
	g.petitioner = g.person("petitioner")
	for _, in := range g.rooms {
		g.entry(in.slug, "petitioner", "member:read", "allow", nil)
	}
}

func policyRecipes() []recipe {
	const text = "permissions: []\n"
	file := client.PolicyFiles{Files: []client.PolicyFile{{Name: "a.yaml", Text: text}}}
	plain := func(operation, method, path string, body any) recipe {
		return recipe{operation, method + " /api/v1/policy" + path, site, func(*golden, *room, *asker) []trial {
			return at("/api/v1/policy"+path, body, authz.Resource{})
		}}
	}
	project := func(operation, method, rest string, body any) recipe {
		return recipe{operation, method + " /api/v1/projects/{slug}/access" + rest, inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/access" + rest), absent: nowhere("/access" + rest), body: body, on: in.resource()}}
		}}
	}
	return []recipe{
		plain("policy.read", "GET", "", nil),
		plain("policy.plan", "POST", "/plan", file),
		plain("policy.plan", "POST", "/lint", file),
		plain("policy.apply", "POST", "/apply", file),
		plain("policy.plan", "POST", "/migrate", client.Migrate{}),
		plain("policy.migrate", "POST", "/migrate", client.Migrate{Write: true}),
		project("access.write", "PUT", "", client.Access{}),
		project("access.plan", "POST", "/plan", client.Access{}),
		project("access.read", "GET", "/matrix", nil),
	}
}
