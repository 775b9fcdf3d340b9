package projects_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// What is not there can come back: nobody prepares by a team, or by a role,
// what they are to hold then.
func TestWhatATeamHoldsInADeletedProjectIsGivenByThoseWhoHoldItThere(t *testing.T) {
	inBands(t, func(w *world) {
		olga, eve := w.person("olga"), w.person("eve")
		mia, _ := w.member("p1", "mia", "grants", "drummer")
		w.mustKeep(gate.Everything, append([]projects.Statement{team("crew")}, w.teamIn("p1", "crew", "production_manager", nil)...)...)
		w.mustKeep(gate.Everything, append([]projects.Statement{team("drums"), intoTeam("drums", eve)}, w.teamIn("p1", "drums", "drummer", nil)...)...)
		w.override("p1", "drummer", editBudget, "deny")
		gone, err := w.Delete(w.Context(), olga, "p1")
		w.must(err)
		w.wantCode(w.keep(mia, gate.Teams, intoTeam("crew", mia)), "gives_more", "the budget, once the project is back")
		w.wantCode(w.keep(mia, gate.Everything, statement(`DELETE FROM overrides WHERE role = 'drummer'`)), "gives_more", "the end of a deny, once it is back")
		w.wantCode(w.keep(w.person("dan"), gate.Teams, outOfTeam("drums", eve)), "takes_more", "what eve holds there")
		w.must(w.keep(olga, gate.Teams, intoTeam("crew", eve))) // who holds it there
		w.must(w.keep(mia, gate.Teams, intoTeam("drums", w.person("dora"))))

		w.clock.Advance(gone.RestoreUntil.Sub(w.clock.Now()))
		w.must(w.keep(mia, gate.Teams, intoTeam("crew", mia))) // it never comes back
	})
}

// What somebody is denied in a project they are denied while it is deleted.
func TestNobodyLendsWhatTheyAreDeniedInADeletedProject(t *testing.T) {
	inBands(t, func(w *world) {
		sam := w.person("sam")
		w.mustKeep(gate.Site, siteMember(sam, "staff"))
		w.must(w.entry(setup, "p1", remit.Entry{User: "sam", Permission: budget, Effect: "deny"}))
		w.wantCode(w.Lend(w.Context(), sam, budget), "gives_more", "what is denied in one project")
		_, err := w.Delete(w.Context(), w.person("olga"), "p1")
		w.must(err)
		w.wantCode(w.Lend(w.Context(), sam, budget), "gives_more", "what is denied in one that may come back")
		w.must(w.Lend(w.Context(), sam, events))
	})
}

func TestADeletedProjectIsNoReasonToKeepAnAccount(t *testing.T) {
	inBands(t, func(w *world) {
		w.wantCode(w.disable("olga", true), "last_manager", "the one owner")
		gone, err := w.Delete(w.Context(), w.person("olga"), "p1")
		w.must(err)
		w.must(w.disable("olga", true))
		_, err = w.Restore(w.Context(), w.superuser("sue"), gone.ID, "")
		w.must(err)
	})
}

// Who may make people of any role may do so of a new one: it begins with no
// more than who makes it really holds.
func TestANewRoleThatItsMakerAssignsAllowsWhatTheyHold(t *testing.T) {
	inBands(t, func(w *world) {
		sam := w.person("sam")
		w.mustKeep(gate.Site, siteMember(sam, "staff"), siteEntry(sam, budget, "deny", nil), siteEntry(sam, "member:assign.*", "allow", nil),
			siteEntry(sam, "member:assign.owner", "deny", nil), siteEntry(sam, "member:assign.production_manager", "deny", nil))
		w.wantCode(w.PutRole(w.Context(), sam, remit.Role{Name: "boss", Allow: []string{budget}}), "gives_more", "what the site denies its maker")
		w.must(w.PutRole(w.Context(), sam, remit.Role{Name: "boss", Allow: []string{events}}))
	})
}
