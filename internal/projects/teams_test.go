package projects_test

import (
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// team makes a team of people, who are made when absent.
func (w *world) team(name string, people ...string) {
	w.Helper()
	_, err := w.CreateTeam(w.Context(), setup, projects.NewTeam{Name: name})
	w.must(err)
	for _, user := range people {
		w.person(user)
		_, err := w.AddToTeam(w.Context(), setup, name, user)
		w.must(err)
	}
}

// teamOf gives a team roles in a project.
func (w *world) teamOf(slug, team string, roles ...string) remit.Member {
	w.Helper()
	w.clock.Advance(time.Millisecond)
	m, err := w.AddMember(w.Context(), setup, slug, projects.NewMember{Team: team, Roles: roles})
	w.must(err)
	return m
}

func TestWhatATeamHoldsItsUsersHold(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.team("drummers", "dan")
		dan, eve := w.person("dan"), w.person("eve")
		m := w.teamOf("moths", "drummers", "worker")
		w.wantAllowed(dan, "job:create", "moths", true)
		_, err := w.Project(w.Context(), eve, "moths")
		wantKind(w.T, err, remit.NotFound)
		p, err := w.Project(w.Context(), dan, "moths")
		w.must(err)
		wantEqual(w.T, p.Roles, []string{"worker"})

		team, err := w.AddToTeam(w.Context(), setup, "drummers", "eve")
		w.must(err)
		wantEqual(w.T, team.Users, []string{"dan", "eve"})
		w.wantAllowed(eve, "job:create", "moths", true)
		again, err := w.AddToTeam(w.Context(), setup, "drummers", "eve")
		w.must(err)
		wantEqual(w.T, again, team)

		team, err = w.RemoveFromTeam(w.Context(), setup, "drummers", "dan")
		w.must(err)
		wantEqual(w.T, team.Users, []string{"eve"})
		_, err = w.Project(w.Context(), dan, "moths")
		wantKind(w.T, err, remit.NotFound)
		_, err = w.RemoveFromTeam(w.Context(), setup, "drummers", "dan")
		wantKind(w.T, err, remit.NotFound)

		page, err := w.Members(w.Context(), setup, "moths", 0, "")
		w.must(err)
		m.Permissions = []string{"update", "delete"}
		wantEqual(w.T, page.Items, []remit.Member{m})
		wantEqual(w.T, []string{m.User, m.Team}, []string{"", "drummers"})
	})
}

func TestATeamGoesWithAllThatItHeld(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.team("drummers", "dan")
		w.teamOf("moths", "drummers", "worker")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "staff", Site: true, Allow: []string{"team:read"}}))
		_, err := w.AddSiteMember(w.Context(), setup, projects.NewSiteMember{Team: "drummers", Role: "staff"})
		w.must(err)
		dan := w.person("dan")
		_, err = w.Team(w.Context(), dan, "drummers")
		w.must(err)
		w.must(w.DeleteTeam(w.Context(), setup, "drummers"))
		_, err = w.Project(w.Context(), dan, "moths")
		wantKind(w.T, err, remit.NotFound)
		_, err = w.Team(w.Context(), setup, "drummers")
		wantKind(w.T, err, remit.NotFound)
		a, err := w.SiteAccess(w.Context(), setup)
		w.must(err)
		wantEqual(w.T, len(a.Members), 0)
		w.team("drummers") // the name is free again, and holds nothing
		page, err := w.Members(w.Context(), setup, "moths", 0, "")
		w.must(err)
		wantEqual(w.T, len(page.Items), 0)
	})
}

func TestATeamIsRenamedAndStaysWhatItIs(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.team("drummers", "dan")
		w.team("others")
		w.teamOf("moths", "drummers", "worker")
		team, err := w.UpdateTeam(w.Context(), setup, "drummers", projects.TeamPatch{Name: new("percussion"), Title: new("All who hit things")})
		w.must(err)
		wantEqual(w.T, []string{team.Name, team.Title, team.Users[0]}, []string{"percussion", "All who hit things", "dan"})
		w.wantAllowed(w.person("dan"), "job:create", "moths", true)
		_, err = w.UpdateTeam(w.Context(), setup, "percussion", projects.TeamPatch{Name: new("others")})
		wantKind(w.T, err, remit.Conflict)
		_, err = w.CreateTeam(w.Context(), setup, projects.NewTeam{Name: "others"})
		wantKind(w.T, err, remit.Conflict)
		for _, name := range []string{"", "A", "a b", "-a", "a\x00"} {
			_, err = w.CreateTeam(w.Context(), setup, projects.NewTeam{Name: name})
			wantEqual(w.T, wantKind(w.T, err, remit.Invalid).Field, "name")
		}
		_, err = w.AddToTeam(w.Context(), setup, "percussion", "nobody")
		wantKind(w.T, err, remit.Invalid)
	})
}

func TestTeamsAreListedToThoseWhoMaySeeThem(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.team("a", "dan")
		w.clock.Advance(time.Millisecond)
		w.team("b")
		page, err := w.Teams(w.Context(), w.superuser("root"), 1, "")
		w.must(err)
		wantEqual(w.T, []string{page.Items[0].Name, page.Items[0].Users[0]}, []string{"a", "dan"})
		wantEqual(w.T, page.Items[0].Permissions, []string{"update", "delete"})
		wantEqual(w.T, page.Permissions, []string{"create"})
		page, err = w.Teams(w.Context(), w.superuser("root"), 1, page.Next)
		w.must(err)
		wantEqual(w.T, []string{page.Items[0].Name, page.Next}, []string{"b", ""})
		_, err = w.Teams(w.Context(), setup, 0, "x")
		wantKind(w.T, err, remit.Invalid)
	})
}

// Whoever may not see teams cannot find out which there are.
func TestWithoutTheRightATeamIsAsIfItWereAbsent(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.team("drummers", "dan")
		narrow := w.superuser("root")
		narrow.Caps = &authz.Caps{Scopes: []string{"job:*"}}
		for _, who := range []authz.Subject{w.person("dan"), w.person("eve"), stranger, narrow} {
			for _, ask := range []func(name string) error{
				func(name string) error { _, err := w.Team(w.Context(), who, name); return err },
				func(name string) error {
					_, err := w.UpdateTeam(w.Context(), who, name, projects.TeamPatch{Title: new("x")})
					return err
				},
				func(name string) error { return w.DeleteTeam(w.Context(), who, name) },
				func(name string) error { _, err := w.AddToTeam(w.Context(), who, name, "eve"); return err },
				func(name string) error { _, err := w.RemoveFromTeam(w.Context(), who, name, "dan"); return err },
			} {
				err := ask("drummers")
				if who.Caps != nil {
					wantEqual(w.T, remit.CodeOf(err), "key_scope")
				} else {
					wantKind(w.T, err, remit.NotFound)
				}
				wantSame(w.T, err, ask("absent"))
				wantSame(w.T, err, ask("no name\x00"))
			}
			_, err := w.Teams(w.Context(), who, 0, "")
			if kind := remit.KindOf(err); kind != remit.Denied && kind != remit.Unauthenticated {
				w.Errorf("%s lists teams: %v", who.Name, err)
			}
			_, err = w.CreateTeam(w.Context(), who, projects.NewTeam{Name: "mine"})
			if kind := remit.KindOf(err); kind != remit.Denied && kind != remit.Unauthenticated {
				w.Errorf("%s makes a team: %v", who.Name, err)
			}
		}
	})
}

func TestWhoSeesTeamsDoesNotThereforeChangeThem(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"team:read"}}))
		w.team("drummers", "dan")
		dan := w.person("dan")
		team, err := w.Team(w.Context(), dan, "drummers")
		w.must(err)
		wantEqual(w.T, team.Permissions, []string{})
		_, err = w.AddToTeam(w.Context(), dan, "drummers", "dan")
		wantEqual(w.T, wantKind(w.T, err, remit.Denied).Decision.Permission, "team:update")
		wantKind(w.T, w.DeleteTeam(w.Context(), dan, "drummers"), remit.Denied)
	})
}

// To put somebody into a team is to give what the team holds (R24).
func TestNobodyGivesByATeamWhatTheyDoNotHold(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"team:read", "team:update"}}))
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "staff", Site: true, Allow: []string{"user:create"}}))
		w.project("moths")
		w.team("owners")
		w.team("staff")
		w.team("idle")
		w.teamOf("moths", "owners", "owner")
		_, err := w.AddSiteMember(w.Context(), setup, projects.NewSiteMember{Team: "staff", Role: "staff"})
		w.must(err)
		eve := w.person("eve")
		for _, team := range []string{"owners", "staff"} {
			_, err = w.AddToTeam(w.Context(), eve, team, "eve")
			w.wantCode(err, "gives_more", "eve herself into "+team)
			page, err := w.Team(w.Context(), eve, team)
			w.must(err)
			wantEqual(w.T, page.Users, []string{})
		}
		_, err = w.AddToTeam(w.Context(), eve, "idle", "eve")
		w.must(err)
	})
}

func TestAnExplanationNamesTheTeam(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.team("drummers", "dan")
		w.teamOf("moths", "drummers", "worker")
		x, err := w.Explain(w.Context(), w.person("dan"), projects.Question{Permission: "job:create", Project: "moths"})
		w.must(err)
		wantEqual(w.T, []string{x.Considered[0].Role, x.Considered[0].Team}, []string{"worker", "drummers"})
		if !strings.Contains(x.Text, "R12 role worker of team drummers in moths allows job:create") {
			w.Errorf("it reads:\n%s", x.Text)
		}
	})
}

// Whoever gives access by a team is named to those who may know.
func TestWhoCanGrantByATeamIsNamed(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.team("bosses", "olga")
		w.teamOf("moths", "bosses", "owner")
		rita, _ := w.member("moths", "rita", "reader")
		_, err := w.AddMember(w.Context(), rita, "moths", projects.NewMember{User: "rita", Roles: []string{"owner"}})
		wantEqual(w.T, wantKind(w.T, err, remit.Denied).Grantors, []string{"olga"})
		m, err := w.AddMember(w.Context(), w.person("olga"), "moths", projects.NewMember{Team: "bosses", Roles: []string{"worker"}})
		w.must(err)
		w.must(w.RemoveMember(w.Context(), w.person("olga"), "moths", m.ID))
	})
}

func TestTheAuditLogSaysInWordsWhatHappenedToATeam(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.team("drummers", "dan")
		team, err := w.UpdateTeam(w.Context(), setup, "drummers", projects.TeamPatch{Name: new("percussion"), Title: new("Percussion")})
		w.must(err)
		m := w.teamOf("moths", "percussion", "worker")
		_, err = w.UpdateMember(w.Context(), setup, "moths", m.ID, projects.MemberPatch{Roles: []string{"reader"}})
		w.must(err)
		w.must(w.RemoveMember(w.Context(), setup, "moths", m.ID))
		_, err = w.RemoveFromTeam(w.Context(), setup, "percussion", "dan")
		w.must(err)
		w.must(w.DeleteTeam(w.Context(), setup, "percussion"))
		wantEqual(w.T, w.history(string(team.ID)), []string{"made team drummers", "put dan into team drummers", `changed team drummers: it is percussion, "Percussion"`,
			"took dan out of team percussion", "deleted team percussion, with all that it held"})
		wantEqual(w.T, w.history(string(m.ID)), []string{"made team percussion worker of moths", "team percussion, worker of moths, is now reader", "took reader from team percussion in moths"})
	})
}

// history is what the audit log says of a thing, in words.
func (w *world) history(thing string) (details []string) {
	w.Helper()
	_, err := gate.View(w.Context(), w.gate, setup, gate.Query[int]{Name: "event.stream", Read: func(r *gate.Reader) (int, error) {
		entries, err := r.History(thing)
		for _, e := range entries {
			details = append(details, e.Detail)
		}
		return 0, err
	}})
	w.must(err)
	return details
}
