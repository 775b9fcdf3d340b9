package server_test

import (
	"net/http"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

func notifyRecipes() []recipe {
	const mine = "/api/v1/notifications"
	one := mine + "/" + string(remit.NewID[remit.NotificationID](time.Now()))
	personal := func(operation, method, route, path string, body any, missing int) recipe {
		return recipe{operation, method + " " + route, site, func(*golden, *room, *asker) []trial {
			return []trial{{path: path, body: body, status: accountsAlone(missing)}}
		}}
	}
	yes := true
	return []recipe{
		{"notification.list", "GET " + mine, site, func(*golden, *room, *asker) []trial { return []trial{{path: mine, status: listsOwn}} }},
		personal("notification.create", "POST", mine, mine, client.NewNotification{}, http.StatusConflict), // the accounts have no address
		personal("notification.update", "PATCH", mine+"/{id}", one, client.NotificationPatch{Paused: &yes}, http.StatusNotFound),
		personal("notification.delete", "DELETE", mine+"/{id}", one, nil, http.StatusNotFound),
		{"notification.stop", "POST " + mine + "/stop", site, func(*golden, *room, *asker) []trial {
			return []trial{{path: mine + "/stop", body: client.Stop{Token: "no token"}, status: func(*golden, *asker) int { return http.StatusNotFound }}}
		}},
		{"webhook.list", "GET /api/v1/projects/{slug}/webhooks", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/webhooks"), absent: nowhere("/webhooks"), on: in.resource()}}
		}},
		{"webhook.create", "POST /api/v1/projects/{slug}/webhooks", inRoom, func(_ *golden, in *room, _ *asker) []trial {
			return []trial{{path: in.path("/webhooks"), absent: nowhere("/webhooks"), body: client.NewWebhook{Title: "tried", URL: "https://chat.example.org/1", Paused: true},
				on: in.resource(), beyond: outlasts, undo: in.untried}}
		}},
		onWebhook("webhook.read", "GET", "", nil), onWebhook("webhook.read", "GET", "/deliveries", nil),
		onWebhook("webhook.update", "PATCH", "", client.WebhookPatch{Paused: &yes}),
		onWebhook("webhook.test", "POST", "/test", nil),
		onWebhook("webhook.delete", "DELETE", "", nil),
	}
}

// accountsAlone: accounts have notifications; keys with limits, and nodes, make none.
func accountsAlone(missing int) func(*golden, *asker) int {
	return func(_ *golden, a *asker) int {
		switch {
		case a.subject.Kind == authz.Anonymous:
			return http.StatusUnauthorized
		case a.subject.Kind != authz.Person, a.subject.Caps != nil:
			return http.StatusForbidden
		}
		return missing
	}
}

// listsOwn: a preview shows none.
func listsOwn(g *golden, a *asker) int {
	if a.subject.Preview != nil {
		return http.StatusOK
	}
	return accountsAlone(http.StatusOK)(g, a)
}

// untried deletes the webhooks that askers made: a project has so many at most.
func (in *room) untried(g *golden) {
	g.t.Helper()
	for _, h := range into[remit.Page[remit.Webhook]](g.t, g.call("root", "GET", in.path("/webhooks"), nil), 200).Items {
		if h.Title == "tried" {
			g.call("root", "DELETE", in.path("/webhooks/"+string(h.ID)), nil)
		}
	}
}

// onWebhook is a trial on a webhook that is paused, so that nothing is sent.
func onWebhook(operation, method, rest string, body any) recipe {
	return recipe{operation, method + " /api/v1/projects/{slug}/webhooks/{id}" + rest, inRoom, func(g *golden, in *room, owner *asker) []trial {
		h := into[remit.Webhook](g.t, g.call("root", "POST", in.path("/webhooks"), client.NewWebhook{URL: "https://chat.example.org/1", Paused: true}), 201)
		at := "/webhooks/" + string(h.ID) + rest
		return []trial{{path: in.path(at), absent: nowhere(at), body: body, on: in.resource(), spent: method == "DELETE", fine: []int{409}}}
	}}
}
