package server_test

import (
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

// word is everybody's password here.
const word = "correct horse battery"

// identityRecipes end with those that end sessions.
func identityRecipes() []recipe {
	return []recipe{
		{"session.revoke", "DELETE /api/v1/sessions/{id}", mine, sessionOf},
		{"user.delete", "DELETE /api/v1/users/{name}", shared, func(g *golden, _ *room, _ *asker) []trial {
			g.count++
			name := fmt.Sprintf("leaver-%d", g.count)
			id := into[remit.User](g.t, g.call("root", "POST", "/api/v1/users", client.NewUser{Name: name, Password: word}), 201).ID
			return []trial{{path: "/api/v1/users/" + name + "?heir=keeper", absent: "/api/v1/users/nobody-at-all?heir=keeper",
				on: authz.Resource{Owner: string(id), Thing: string(id)}, spent: true}}
		}},
		{"user.invite", "POST /api/v1/invitations", site, func(g *golden, _ *room, _ *asker) []trial {
			g.count++
			return at("/api/v1/invitations", client.NewInvitation{Name: fmt.Sprintf("guest-%d", g.count)}, authz.Resource{})
		}},
		{"invitation.list", "GET /api/v1/invitations", site, func(*golden, *room, *asker) []trial { return at("/api/v1/invitations", nil, authz.Resource{}) }},
		{"invitation.accept", "POST /api/v1/invitations/accept", site, func(g *golden, _ *room, _ *asker) []trial {
			return at("/api/v1/invitations/accept", client.Acceptance{Token: g.invitation().Secret, Password: word}, authz.Resource{})
		}},
		{"invitation.delete", "DELETE /api/v1/invitations/{id}", shared, func(g *golden, _ *room, _ *asker) []trial {
			return []trial{{path: "/api/v1/invitations/" + string(g.invitation().ID), spent: true}}
		}},
		{"key.rotate", "POST /api/v1/keys/{id}/rotate", mine, func(g *golden, _ *room, owner *asker) []trial {
			key := into[remit.APIKey](g.t, g.send("POST", "/api/v1/keys", client.NewKey{Title: "to rotate"}, bearer(owner.maker)...), 201)
			return []trial{{path: "/api/v1/keys/" + string(key.ID) + "/rotate", absent: "/api/v1/keys/" + string(remit.NewID[remit.KeyID](time.Now())) + "/rotate",
				body: client.Rotation{}, on: authz.Resource{Owner: owner.id, Thing: string(key.ID)}, beyond: othersBut(nobody)}}
		}},
		{"user.password", "PUT /api/v1/users/{name}/password", mine, func(_ *golden, _ *room, owner *asker) []trial {
			return []trial{{path: "/api/v1/users/" + owner.account + "/password", absent: "/api/v1/users/nobody-at-all/password",
				body: client.PasswordChange{Old: word, New: word}, on: authz.Resource{Owner: owner.id, Thing: owner.id}, beyond: othersBut(superusers)}}
		}},
		{"session.revoke_others", "DELETE /api/v1/sessions", site, func(_ *golden, _ *room, a *asker) []trial {
			return at("/api/v1/sessions", nil, authz.Resource{Owner: a.owner()})
		}},
	}
}

func (g *golden) invitation() remit.Invitation {
	g.t.Helper()
	g.count++
	return into[remit.Invitation](g.t, g.call("root", "POST", "/api/v1/invitations", client.NewInvitation{Name: fmt.Sprintf("invited-%d", g.count)}), 201)
}

// sessionOf is a browser of the owner's. Limited keys ask about the others' only.
func sessionOf(g *golden, _ *room, owner *asker) []trial {
	g.t.Helper()
	if owner.subject.Caps != nil {
		return []trial{}
	}
	made := into[client.SignedIn](g.t, g.patient("POST", "/api/v1/session", client.Login{Name: owner.account, Password: word}), 201)
	page := into[remit.Page[remit.Session]](g.t, g.send("GET", "/api/v1/sessions", nil, bearer(made.Token)...), 200)
	for _, s := range page.Items {
		if s.Current {
			return []trial{{path: "/api/v1/sessions/" + string(s.ID), absent: "/api/v1/sessions/" + string(remit.NewID[remit.SessionID](time.Now())),
				on: authz.Resource{Owner: owner.id, Thing: string(s.ID)}, spent: true}}
		}
	}
	g.t.Fatalf("%s signed in and has no session", owner.account)
	return nil
}

// othersBut: what gives the asker more than the asker has is refused (R24) of
// others' things, but for some, and of all things to limited keys.
func othersBut(some func(*asker) bool) func(*asker, authz.Resource) bool {
	return func(a *asker, on authz.Resource) bool {
		return a.subject.Caps != nil || on.Owner != a.owner() && !some(a)
	}
}

func superusers(a *asker) bool { return a.account == "chief" }
func nobody(*asker) bool       { return false }
