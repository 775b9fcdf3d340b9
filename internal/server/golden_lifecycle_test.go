package server_test

import (
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

func lifecycleRecipes() []recipe {
	project := func(operation, method, rest string, body any, try func(d *trial, in *room)) recipe {
		return recipe{operation, method + " /api/v1/projects/{slug}" + rest, inRoom, func(_ *golden, in *room, _ *asker) []trial {
			d := trial{path: in.path(rest), absent: nowhere(rest), body: body, on: in.resource()}
			if try != nil {
				try(&d, in)
			}
			return []trial{d}
		}}
	}
	return []recipe{
		project("project.update", "PATCH", "", client.ProjectPatch{Description: new(string)}, nil),
		project("project.transfer", "POST", "/transfer", client.Heir{User: "nobody-at-all"}, func(d *trial, _ *room) { d.fine = []int{422} }),
		project("project.publish", "PUT", "/public", client.Publication{Permission: "collection:read"}, nil),
		project("project.archive", "POST", "/archive", nil, func(d *trial, in *room) {
			d.undo = func(g *golden) { into[item](g.t, g.call("root", "POST", in.path("/unarchive"), nil), 200) }
		}),
		project("project.archive", "POST", "/unarchive", nil, nil),
		project("project.delete", "DELETE", "", nil, func(d *trial, in *room) { d.undo = in.restore }),
		{"project.restore", "POST /api/v1/deleted-projects/{id}/restore", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: "/api/v1/deleted-projects/" + in.id + "/restore", absent: "/api/v1/deleted-projects/" + string(remit.NewID[remit.ProjectID](time.Now())) + "/restore",
				body: client.Restoration{}, on: in.resource(), before: in.remove, after: in.restore}}
		}},
	}
}

// remove deletes the room, and restore brings it back if it is not there.
func (in *room) remove(g *golden) {
	g.t.Helper()
	if r := g.call("root", "DELETE", in.path(""), nil); r.status != 200 {
		g.t.Fatalf("%s: %d %s", r.asked, r.status, r.body)
	}
}

func (in *room) restore(g *golden) {
	g.t.Helper()
	if g.call("root", "GET", in.path(""), nil).status == 404 {
		into[item](g.t, g.call("root", "POST", "/api/v1/deleted-projects/"+in.id+"/restore", client.Restoration{}), 200)
	}
}

func auditRecipes() []recipe {
	plain := func(operation, method, path, query string, body any) recipe {
		return recipe{operation, method + " /api/v1/audit" + path, site, func(*golden, *room, *asker) []trial {
			return at("/api/v1/audit"+path+query, body, authz.Resource{})
		}}
	}
	inRooms := func(path string) recipe {
		return recipe{"audit.read", "GET /api/v1/audit" + path, inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: "/api/v1/audit" + path + "?operation=project.create&project=" + in.slug, absent: "/api/v1/audit" + path + "?operation=project.create&project=no-such", on: in.resource()}}
		}}
	}
	return []recipe{
		inRooms(""), inRooms("/export"),
		plain("audit.verify", "GET", "/head", "", nil),
		plain("audit.verify", "GET", "/verify", "", nil),
		plain("audit.verify", "GET", "/export", "?chain=true", nil),
		plain("audit.archive", "POST", "/archive", "", client.AuditBefore{Before: time.Unix(0, 0).UTC()}),
		{"audit.list", "GET /api/v1/audit/export", site, func(*golden, *room, *asker) []trial {
			return []trial{{path: "/api/v1/audit/export?operation=project.create", status: reads("audit:read", "audit.read")}}
		}},
	}
}
