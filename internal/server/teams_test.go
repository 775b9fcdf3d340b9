package server_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

// A team over HTTP: what it holds its users hold from the next request on, and
// not from the one after it is gone.
func TestATeamOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		w.account("eve")
		const manager, members = "moths-project_manager", "/api/v1/projects/moths/members"
		sees := func(want int) {
			t.Helper()
			if got := w.call("eve", "GET", "/api/v1/projects/moths", nil); got.status != want {
				t.Errorf("eve sees moths: %d, want %d", got.status, want)
			}
		}
		sees(404)
		into[remit.Team](t, w.call("root", "POST", "/api/v1/teams", client.NewTeam{Name: "night"}), 201)
		team := into[remit.Member](t, w.call(manager, "POST", members, client.NewMember{Team: "night", Roles: []string{"basic_member"}, Why: "by night"}), 201)
		sees(404)
		into[remit.Team](t, w.call("root", "PUT", "/api/v1/teams/night/users/eve", nil), 200)
		sees(200)
		if r := w.call("eve", "POST", members+"/leave", nil); r.status != 409 || !strings.Contains(string(r.body), "by_team") {
			t.Errorf("eve leaves what a team holds: %d %s", r.status, r.body)
		}
		changed := into[remit.Member](t, w.call(manager, "PATCH", members+"/"+string(team.ID), client.MemberPatch{Until: new("2000-01-01T00:00:00Z")}), 200)
		if changed.Team != "night" || changed.Until == nil || changed.Why != "by night" {
			t.Errorf("the changed membership is %+v", changed)
		}
		sees(404)
		w.call(manager, "PATCH", members+"/"+string(team.ID), client.MemberPatch{Until: new("")}).want(t, 200)
		sees(200)
		w.call("root", "DELETE", "/api/v1/teams/night/users/eve", nil).want(t, 200)
		sees(404)
		w.call("root", "PUT", "/api/v1/teams/night/users/eve", nil).want(t, 200)
		sees(200)
		w.call("root", "DELETE", "/api/v1/teams/night", nil).want(t, 204)
		sees(404)
		own := into[remit.Member](t, w.call(manager, "POST", members, client.NewMember{User: "eve", Roles: []string{"basic_member"}}), 201)
		w.call("eve", "POST", members+"/leave", nil).want(t, 204)
		sees(404)
		w.call(manager, "DELETE", members+"/"+string(own.ID), nil).want(t, 404)
	})
}

func (r reply) want(t *testing.T, status int) {
	t.Helper()
	if r.status != status {
		t.Errorf("%d, want %d: %s", r.status, status, r.body)
	}
}

// Whoever may not, learns nothing: of teams and roles not even whether they are there.
func TestTeamsRolesAndTheSiteAreClosedOverHTTP(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	w.account("eve")
	w.keys["narrow"] = w.key("root", client.NewKey{Title: "reads jobs", Scopes: []string{"job:read"}}).Secret
	into[remit.Team](t, w.call("root", "POST", "/api/v1/teams", client.NewTeam{Name: "night"}), 201)
	for _, c := range []struct {
		method, path           string
		body                   any
		eve, stranger, refused int // refused: to a key without the scope
	}{
		{"GET", "/api/v1/teams", nil, 403, 401, 403},
		{"POST", "/api/v1/teams", client.NewTeam{Name: "day"}, 403, 401, 403},
		{"GET", "/api/v1/teams/night", nil, 404, 404, 403},
		{"GET", "/api/v1/teams/absent", nil, 404, 404, 403},
		{"PATCH", "/api/v1/teams/night", client.TeamPatch{Name: new("mine")}, 404, 404, 403},
		{"DELETE", "/api/v1/teams/night", nil, 404, 404, 403},
		{"PUT", "/api/v1/teams/night/users/eve", nil, 404, 404, 403},
		{"DELETE", "/api/v1/teams/night/users/eve", nil, 404, 404, 403},
		{"GET", "/api/v1/site/access", nil, 403, 401, 403},
		{"POST", "/api/v1/site/members", client.NewSiteMember{User: "eve", Role: "signed_in"}, 403, 401, 403},
		{"DELETE", "/api/v1/site/members/member_x", nil, 403, 401, 403},
		{"POST", "/api/v1/site/entries", client.NewEntry{User: "eve", Permission: "*", Effect: "allow"}, 403, 401, 403},
		{"DELETE", "/api/v1/site/entries/entry_x", nil, 403, 401, 403},
		{"PUT", "/api/v1/site/overrides", remit.Override{Role: "signed_in", Permission: "*", Effect: "allow"}, 403, 401, 403},
		{"PUT", "/api/v1/site/reservations", client.NewReservation{Permission: "job:claim", State: "opened"}, 403, 401, 403},
		{"POST", "/api/v1/roles", client.NewRole{Name: "mine", Allow: []string{"*"}}, 403, 404, 403},
		{"PATCH", "/api/v1/roles/owner", client.RolePatch{Allow: &[]string{}}, 403, 404, 403},
		{"DELETE", "/api/v1/roles/owner", nil, 403, 404, 403},
		{"POST", "/api/v1/projects/moths/members/leave", nil, 404, 404, 403},
		{"PATCH", "/api/v1/projects/moths/members/member_x", client.MemberPatch{}, 404, 404, 404},
	} {
		for name, want := range map[string]int{"eve": c.eve, "anonymous": c.stranger, "narrow": c.refused} {
			if got := w.call(name, c.method, c.path, c.body); got.status != want {
				t.Errorf("%s %s by %s: %d, want %d: %s", c.method, c.path, name, got.status, want, got.body)
			}
		}
	}
}

// A role of the site over HTTP, until it is taken back.
func TestARoleOfTheSiteOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		w.account("sam")
		into[remit.Role](t, w.call("root", "POST", "/api/v1/roles", client.NewRole{Name: "night_staff", Allow: []string{"collection:read"}, Site: true}), 201)
		sees := func(want bool) {
			t.Helper()
			v, err := w.as("sam").Check(t.Context(), client.Question{Permission: "collection:read"})
			if err != nil || v.Allowed != want {
				t.Errorf("sam reads collections: %t, %v, want %t", v.Allowed, err, want)
			}
		}
		sees(false)
		m := into[remit.SiteMember](t, w.call("root", "POST", "/api/v1/site/members", client.NewSiteMember{User: "sam", Role: "night_staff"}), 201)
		sees(true)
		w.call("root", "DELETE", "/api/v1/roles/night_staff", nil).want(t, 409)
		w.call("root", "PUT", "/api/v1/site/overrides", remit.Override{Role: "night_staff", Permission: "collection:read", Effect: "remove"}).want(t, 200)
		sees(false)
		w.call("root", "PUT", "/api/v1/site/overrides", remit.Override{Role: "night_staff", Permission: "collection:read", Effect: "inherit"}).want(t, 200)
		into[remit.Reservation](t, w.call("root", "PUT", "/api/v1/site/reservations", client.NewReservation{Permission: "collection:read", State: "reserved"}), 200)
		sees(false)
		w.call("root", "PUT", "/api/v1/site/reservations", client.NewReservation{Permission: "collection:read", State: "default"}).want(t, 200)
		sees(true)
		into[remit.SiteAccess](t, w.call("root", "GET", "/api/v1/site/access", nil), 200)
		w.call("root", "DELETE", "/api/v1/site/members/"+string(m.ID), nil).want(t, 204)
		sees(false)
		w.call("root", "DELETE", "/api/v1/roles/night_staff", nil).want(t, 204)
		into[remit.RoleUse](t, w.call("root", "GET", "/api/v1/roles/signed_in", nil), 200)
		w.call("root", "GET", "/api/v1/roles/night_staff", nil).want(t, 404)
	})
}
