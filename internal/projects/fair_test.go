package projects_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// inBands runs fn in the world of the examples on each engine.
func inBands(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) { fn(band(t, d)) })
}

func TestExample29AManagerWithoutTheBudgetGivesNoBudget(t *testing.T) {
	inBands(t, func(w *world) {
		mia, _ := w.member("p1", "mia", "grants", "drummer")
		w.member("p1", "dan", "drummer")
		w.wantCode(w.add(mia, "p1", "eve", "production_manager"), "gives_more", "a production manager")
		w.override("p1", "drummer", budget, "deny")
		err := w.SetOverride(w.Context(), mia, "p1", remit.Override{Role: "drummer", Permission: budget, Effect: "inherit"})
		w.wantCode(err, "gives_more", "the lifting of a deny")
		wantEqual(w.T, err.Error(), "Whoever this is for would gain record:view.budget, which you do not hold here")
		err = w.SetOverride(w.Context(), mia, "p1", remit.Override{Role: "worker", Permission: budget, Effect: "allow"})
		w.wantCode(err, "gives_more", "the budget in a role that nobody holds")
		w.must(w.add(mia, "p1", "eve", "drummer"))
	})
}

// A deny that is lifted is given, though another one covers it still.
func TestTheNameOfALiftedDenyIsGiven(t *testing.T) {
	inBands(t, func(w *world) {
		mia, _ := w.member("p1", "mia", "grants", "drummer")
		w.override("p1", "drummer", budget, "deny")
		w.override("p1", "drummer", "record:view.*", "deny")
		err := w.SetOverride(w.Context(), mia, "p1", remit.Override{Role: "drummer", Permission: budget, Effect: "inherit"})
		w.wantCode(err, "gives_more", "the budget's deny")
		w.mustKeep(gate.Site, siteOverride("staff", budget, "deny"), siteOverride("staff", "record:*", "deny"))
		off := statement(`DELETE FROM site_overrides WHERE permission = $1`, budget)
		w.wantCode(w.keep(mia, gate.Site, off), "gives_more", "the budget's deny on the site")
	})
}

func TestExample30WhatIsHeldUntilNoonIsNotGivenWithoutEnd(t *testing.T) {
	inBands(t, func(w *world) {
		noon := w.clock.Now().Add(time.Hour)
		mia, _ := w.member("p1", "mia", "grants")
		w.must(w.entry(setup, "p1", remit.Entry{User: "mia", Permission: budget, Effect: "allow", Until: &noon}))
		err := w.entry(mia, "p1", remit.Entry{User: "eve", Permission: budget, Effect: "allow"})
		w.wantCode(err, "gives_more", "for ever")
		wantEqual(w.T, err.Error(), "eve would gain record:view.budget, which you do not hold here, from "+noon.UTC().Format(time.RFC3339)+" on")
		w.must(w.entry(mia, "p1", remit.Entry{User: "eve", Permission: budget, Effect: "allow", Until: &noon}))
	})
}

func TestExample31WhoIsBlockedByARoleDoesNotTakeItOff(t *testing.T) {
	inBands(t, func(w *world) {
		w.override("p1", "drummer", budget, "deny")
		pam, _ := w.member("p1", "pam", "production_manager", "grants")
		_, drums := w.member("p1", "pam", "drummer")
		w.wantCode(w.RemoveMember(w.Context(), pam, "p1", drums.ID), "gives_more", "pam takes herself off drummer")
		off := statement(`DELETE FROM members WHERE id = $1`, string(drums.ID))
		w.wantCode(w.keep(pam, gate.InProject(w.id("p1")), off), "gives_more", "pam leaves")
		w.must(w.RemoveMember(w.Context(), w.person("olga"), "p1", drums.ID))
	})
}

func TestExample32ARegistrarMakesPeopleOfOneRole(t *testing.T) {
	inBands(t, func(w *world) {
		rita, _ := w.member("p1", "rita", "registrar")
		w.must(w.add(rita, "p1", "eve", "drummer"))
		w.wantCode(w.add(rita, "p1", "eve", "production_manager"), "gives_more", "a production manager")
		w.wantCode(w.add(rita, "p1", "eve", "owner"), "gives_more", "an owner")
		w.wantAllowed(w.person("eve"), events, "p1", true)
		_, again := w.member("p1", "dan", "drummer")
		w.must(w.RemoveMember(w.Context(), rita, "p1", again.ID)) // what they can give
		_, worker := w.member("p1", "will", "drummer", "worker")
		w.wantCode(w.RemoveMember(w.Context(), rita, "p1", worker.ID), "takes_more", "what the registrar could not give")
	})
}

func TestARegistrarsRightIsGivenByThoseWhoHoldItOrAllOfTheRole(t *testing.T) {
	inBands(t, func(w *world) {
		rita, _ := w.member("p1", "rita", "registrar")
		mia, _ := w.member("p1", "mia", "grants", "drummer")
		nora, _ := w.member("p1", "nora", "grants")
		give := func(who authz.Subject, role string) error {
			return w.entry(who, "p1", remit.Entry{User: "eve", Permission: "member:assign." + role, Effect: "allow"})
		}
		w.must(give(rita, "drummer"))
		w.must(give(mia, "drummer"))
		w.wantCode(give(nora, "drummer"), "gives_more", "who is no drummer")
		w.wantCode(give(rita, "production_manager"), "gives_more", "another role")
		w.wantCode(give(mia, "production_manager"), "gives_more", "a role of which she holds a part")
	})
}

// What a registrar could give must be held by whoever puts it into the role,
// even by those from whom the site keeps what their own role gives.
func TestWhatTheSiteDeniesSomebodyTheyPutIntoNoRoleThatOthersAssign(t *testing.T) {
	inBands(t, func(w *world) {
		mia, _ := w.member("p1", "mia", "grants", "production_manager")
		w.mustKeep(gate.Site, siteEntry(mia, budget, "deny", nil))
		err := w.SetOverride(w.Context(), mia, "p1", remit.Override{Role: "drummer", Permission: budget, Effect: "allow"})
		w.wantCode(err, "gives_more", "the budget for drummers")
	})
}

// Who may make people of their own role could take off what others deny them.
func TestARegistrarDoesNotLiftWhatDeniesThem(t *testing.T) {
	inBands(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "chief", Allow: []string{"project:view", "member:read", "access:grant", "access:view", "member:assign.*", budget, events}}))
		cleo, _ := w.member("p1", "cleo", "chief")
		w.must(w.entry(setup, "p1", remit.Entry{User: "cleo", Permission: budget, Effect: "deny"}))
		a, err := w.Access(w.Context(), cleo, "p1")
		w.must(err)
		w.wantCode(w.RemoveEntry(w.Context(), cleo, "p1", a.Entries[0].ID), "gives_more", "cleo takes back what denies her the budget")
		w.wantCode(w.add(cleo, "p1", "eve", "production_manager"), "gives_more", "a friend with the budget")
		w.wantCode(w.entry(cleo, "p1", remit.Entry{User: "eve", Permission: budget, Effect: "allow"}), "gives_more", "the budget for a friend")
		w.must(w.add(cleo, "p1", "eve", "drummer"))
		carl, _ := w.member("p2", "carl", "chief")
		w.override("p2", "chief", budget, "deny")
		err = w.SetOverride(w.Context(), carl, "p2", remit.Override{Role: "chief", Permission: budget, Effect: "inherit"})
		w.wantCode(err, "gives_more", "the end of what denies it to the own role")
	})
}

// Nor does one get rid of the role that denies it, to give it by another.
func TestARegistrarKeepsTheRoleThatDeniesThemWhatTheyCouldGive(t *testing.T) {
	inBands(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "assigns", Allow: []string{"project:view", "member:read", "access:grant", "member:assign.production_manager"}}))
		w.override("p1", "drummer", budget, "deny")
		pam, _ := w.member("p1", "pam", "assigns")
		_, drums := w.member("p1", "pam", "drummer")
		w.wantCode(w.add(pam, "p1", "eve", "production_manager"), "gives_more", "what is denied to pam")
		w.wantCode(w.RemoveMember(w.Context(), pam, "p1", drums.ID), "gives_more", "the role that denies it")
		w.must(w.RemoveMember(w.Context(), w.person("olga"), "p1", drums.ID))
		w.must(w.add(pam, "p1", "eve", "production_manager"))
	})
}

// What the site denies a registrar they set free for nobody who could then give
// it by a role, themselves included: R9 is absent for what is named, not for what comes of it.
func TestWhomTheSiteDeniesItLiftsNoDenyOfAnotherRegistrar(t *testing.T) {
	inBands(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "assigns", Allow: []string{"project:view", "member:read", "access:grant", "access:view", "member:assign.production_manager"}}))
		pam, _ := w.member("p1", "pam", "assigns")
		cleo, _ := w.member("p1", "cleo", "assigns")
		w.must(w.entry(setup, "p1", remit.Entry{User: "cleo", Permission: budget, Effect: "deny"}))
		a, err := w.Access(w.Context(), setup, "p1")
		w.must(err)
		w.mustKeep(gate.Site, siteEntry(pam, budget, "deny", nil))
		w.wantCode(w.RemoveEntry(w.Context(), pam, "p1", a.Entries[0].ID), "gives_more", "what denies cleo the budget")
		w.wantCode(w.keep(pam, gate.Site, statement(`DELETE FROM site_entries WHERE user_id = $1`, pam.ID)), "gives_more", "what denies pam the budget")
		w.must(w.RemoveEntry(w.Context(), w.person("olga"), "p1", a.Entries[0].ID))
		w.must(w.add(cleo, "p1", "eve", "production_manager"))
	})
}

func TestARightToAssignThatIsReservedCountsForNothing(t *testing.T) {
	inBands(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "assigns", Allow: []string{"project:view", "member:read", "access:grant", "member:assign.production_manager"}}))
		mia, _ := w.member("p1", "mia", "assigns")
		w.mustKeep(gate.Site, reserve("member:assign.production_manager", true))
		w.wantCode(w.add(mia, "p1", "eve", "production_manager"), "gives_more", "a production manager")
		err := w.SetOverride(w.Context(), mia, "p1", remit.Override{Role: "drummer", Permission: budget, Effect: "allow"})
		w.wantCode(err, "gives_more", "the budget for drummers, whom others assign")
	})
}

// What a registrar of the whole site may give there, they may not where the
// role means less.
func TestARegistrarOfTheSiteGivesWhatTheRoleMeansInEachProject(t *testing.T) {
	inBands(t, func(w *world) {
		sam, eve := w.person("sam"), w.person("eve")
		w.mustKeep(gate.Everything, siteRole("assigns", "member:assign.drummer"), siteMember(sam, "assigns"))
		w.must(w.keep(sam, gate.Site, siteEntry(eve, events, "allow", nil)))
		w.override("p2", "drummer", "record:view.overview", "deny")
		w.wantCode(w.keep(sam, gate.Site, siteEntry(eve, "record:view.overview", "allow", nil)), "gives_more", "what drummers do not have in one project")
	})
}

// Whoever held the role would be banned by it, so a registrar gives nothing else by it.
func TestARoleThatBansGivesARegistrarNothing(t *testing.T) {
	inBands(t, func(w *world) {
		rita, _ := w.member("p1", "rita", "registrar")
		give := func() error {
			return w.entry(rita, "p1", remit.Entry{User: "eve", Permission: events, Effect: "allow"})
		}
		w.override("p1", "drummer", "project:view", "deny")
		w.wantCode(give(), "gives_more", "what drummers have elsewhere")
		mia, _ := w.member("p1", "mia", "grants")
		err := w.SetOverride(w.Context(), mia, "p1", remit.Override{Role: "drummer", Permission: "project:view", Effect: "inherit"})
		w.wantCode(err, "gives_more", "the end of the ban, which lets drummers have it again")
		w.must(w.SetOverride(w.Context(), w.person("olga"), "p1", remit.Override{Role: "drummer", Permission: "project:view", Effect: "inherit"}))
		w.must(give())
	})
}

func TestWhoComesIntoATeamIsGivenWhatItHolds(t *testing.T) {
	inBands(t, func(w *world) {
		olga, eve := w.person("olga"), w.person("eve")
		mia, _ := w.member("p1", "mia", "grants", "drummer")
		w.mustKeep(gate.Everything, append([]projects.Statement{team("crew")}, w.teamIn("p1", "crew", "production_manager", nil)...)...)
		w.mustKeep(gate.Everything, append([]projects.Statement{team("drums")}, w.teamIn("p1", "drums", "drummer", nil)...)...)
		w.must(w.keep(mia, gate.Teams, intoTeam("drums", w.person("dora"))))
		w.wantCode(w.keep(mia, gate.Teams, intoTeam("crew", eve)), "gives_more", "who lacks the budget")
		w.must(w.disable("eve", true))
		w.wantCode(w.keep(mia, gate.Teams, intoTeam("crew", eve)), "gives_more", "an account that is disabled")
		w.must(w.entry(olga, "p1", remit.Entry{User: "eve", Permission: "record:*", Effect: "deny"}))
		w.wantCode(w.keep(mia, gate.Teams, intoTeam("crew", eve)), "gives_more", "one who has no use of it")
		mine, err := w.Access(w.Context(), setup, "p1")
		w.must(err)
		w.must(w.RemoveEntry(w.Context(), olga, "p1", mine.Entries[0].ID))
		w.must(w.keep(olga, gate.Teams, intoTeam("crew", eve)))
		w.must(w.disable("eve", false))
		w.wantAllowed(eve, budget, "p1", true)
		w.mustKeep(gate.InProject(w.id("p2")), w.teamIn("p2", "crew", "drummer", nil)...)
		err = w.keep(olga, gate.Teams, intoTeam("crew", mia))
		w.wantCode(err, "gives_more", "what the team holds elsewhere")
		wantEqual(w.T, err.Error(), "Somebody would gain project:view, which you do not hold in a project that you do not see")
		w.wantCode(w.keep(mia, gate.Teams, outOfTeam("crew", eve)), "takes_more", "a team from one who holds more")
		w.must(w.keep(eve, gate.Teams, outOfTeam("crew", eve)))
	})
}

func TestWhoGoesOutOfATeamThatBlockedThemDoesNotGain(t *testing.T) {
	inBands(t, func(w *world) {
		pam, _ := w.member("p1", "pam", "production_manager", "grants")
		w.override("p1", "drummer", budget, "deny")
		w.mustKeep(gate.Everything, append([]projects.Statement{team("crew"), intoTeam("crew", pam)}, w.teamIn("p1", "crew", "drummer", nil)...)...)
		w.wantAllowed(pam, budget, "p1", false)
		w.wantCode(w.keep(pam, gate.Teams, outOfTeam("crew", pam)), "gives_more", "pam goes")
		w.wantCode(w.keep(pam, gate.Teams, outOfTeam("crew", pam)), "gives_more", "pam leaves")
		w.must(w.keep(w.person("olga"), gate.Teams, outOfTeam("crew", pam)))
		w.wantAllowed(pam, budget, "p1", true)
	})
}

func TestARoleOfTheSiteIsGivenByThoseWhoHoldItEverywhere(t *testing.T) {
	inBands(t, func(w *world) {
		eve, olga := w.person("eve"), w.person("olga")
		w.wantCode(w.keep(olga, gate.Site, siteMember(eve, "staff")), "gives_more", "the owner of one project")
		sam := w.person("sam")
		w.mustKeep(gate.Site, siteMember(sam, "staff"))
		w.must(w.entry(setup, "p2", remit.Entry{User: "sam", Permission: budget, Effect: "deny"}))
		w.wantCode(w.keep(sam, gate.Site, siteMember(eve, "staff")), "gives_more", "who is denied it in one project")
		w.wantCode(w.keep(sam, gate.Site, siteEntry(eve, budget, "allow", nil)), "gives_more", "an entry of the site")
		w.must(w.keep(sam, gate.Site, siteEntry(eve, events, "allow", nil)))
		root := w.superuser("root")
		limited := root
		limited.Caps = &authz.Caps{Scopes: []string{"role:*", events}}
		w.wantCode(w.keep(limited, gate.Site, siteMember(eve, "staff")), "gives_more", "a superuser with a limited key")
		w.must(w.keep(root, gate.Site, siteMember(eve, "staff")))
	})
}

// What stands on the site counts for a change in one project too.
func TestWhatAnEditorHoldsOnTheSiteTheyGiveInAProject(t *testing.T) {
	inBands(t, func(w *world) {
		sam, _ := w.member("p1", "sam", "grants")
		give := func() error { return w.entry(sam, "p1", remit.Entry{User: "eve", Permission: budget, Effect: "allow"}) }
		w.wantCode(give(), "gives_more", "before")
		w.mustKeep(gate.Teams, team("crew"), intoTeam("crew", sam))
		w.mustKeep(gate.Site, statement(`INSERT INTO site_members (id, team_id, role, why, written_by, created_at) VALUES ('m', 'crew', 'staff', '', '', 0)`))
		w.must(give())
		_, views := w.member("p1", "vic", "production_manager")
		w.wantCode(w.RemoveMember(w.Context(), sam, "p1", views.ID), "takes_more", "from one who may edit the budget")
	})
}

func TestADenyOfTheSiteIsLiftedByThoseWhoHoldWhatItKeeps(t *testing.T) {
	inBands(t, func(w *world) {
		pam, _ := w.member("p1", "pam", "production_manager")
		w.mustKeep(gate.Site, siteEntry(pam, budget, "deny", nil), siteOverride("signed_in", events, "deny"))
		lift := statement(`DELETE FROM site_entries WHERE user_id = $1`, pam.ID)
		w.wantCode(w.keep(pam, gate.Site, lift), "gives_more", "pam for herself")
		w.wantCode(w.keep(w.person("olga"), gate.Site, lift), "gives_more", "the owner of one project")
		wide := statement(`DELETE FROM site_overrides WHERE role = 'signed_in'`)
		w.wantCode(w.keep(w.person("olga"), gate.Site, wide), "gives_more", "what the site denies all accounts")
		w.must(w.keep(w.superuser("root"), gate.Site, lift, wide))
		w.wantAllowed(pam, budget, "p1", true)
	})
}

func TestWhatIsReservedIsOpenedAndReservedBySuperusers(t *testing.T) {
	inBands(t, func(w *world) {
		olga, root := w.person("olga"), w.superuser("root")
		opened := reserve("collection:ingest", false)
		w.wantCode(w.keep(olga, gate.Site, opened), "gives_more", "an owner who would have it then")
		w.wantCode(w.keep(w.person("eve"), gate.Site, opened), "gives_more", "who would not")
		w.wantCode(w.keep(olga, gate.Site, reserve(events, true)), "takes_more", "what owners of another project use")
		w.must(w.keep(root, gate.Site, opened, reserve(events, true)))
		w.wantAllowed(olga, "collection:ingest", "p1", true)
		w.wantAllowed(olga, events, "p1", false)
	})
}

// Nobody would have it today, but who may make others of a role could give it.
func TestWhatIsReservedIsNotOpenedByOneFromWhomTheSiteKeepsIt(t *testing.T) {
	inBands(t, func(w *world) {
		sam := w.person("sam")
		w.mustKeep(gate.Everything, siteRole("all", "*"), siteMember(sam, "all"), siteOverride("signed_in", "collection:ingest", "deny"))
		w.wantCode(w.keep(sam, gate.Site, reserve("collection:ingest", false)), "gives_more", "what all accounts are denied")
		w.must(w.keep(w.superuser("root"), gate.Site, reserve("collection:ingest", false)))
	})
}

func TestNobodyGainsForWhenSomethingIsOpened(t *testing.T) {
	inBands(t, func(w *world) {
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "ingests", Allow: []string{"collection:ingest"}}))
		w.override("p1", "drummer", "collection:ingest", "deny")
		mia, _ := w.member("p1", "mia", "grants", "drummer")
		w.member("p1", "ike", "ingests")
		_, blocked := w.member("p1", "ike", "drummer")
		w.wantCode(w.RemoveMember(w.Context(), mia, "p1", blocked.ID), "gives_more", "the end of a block of what is reserved")
	})
}

func TestAKeyGivesWhatItMayDoItself(t *testing.T) {
	inBands(t, func(w *world) {
		olga := w.person("olga")
		olga.Caps = &authz.Caps{Scopes: []string{"access:grant", "record:view.overview", events}}
		w.wantCode(w.add(olga, "p1", "eve", "production_manager"), "gives_more", "what lies outside the key")
		w.must(w.add(olga, "p1", "eve", "drummer"))
		olga.Caps.Projects = []string{string(w.id("p2"))}
		wantKind(w.T, w.add(olga, "p1", "eve", "drummer"), remit.Denied)
	})
}

func TestWhatIsHeldInOneCollectionIsGivenInNoOther(t *testing.T) {
	inBands(t, func(w *world) {
		mia, _ := w.member("p1", "mia", "grants")
		here, there := remit.NewID[remit.CollectionID](w.clock.Now()), remit.NewID[remit.CollectionID](w.clock.Now().Add(time.Second))
		w.must(w.entry(setup, "p1", remit.Entry{User: "mia", Permission: "file:read", Effect: "allow", Collection: here}))
		give := func(in remit.CollectionID) error {
			return w.entry(mia, "p1", remit.Entry{User: "eve", Permission: "file:read", Effect: "allow", Collection: in})
		}
		w.wantCode(give(there), "gives_more", "another collection")
		w.wantCode(give(""), "gives_more", "the whole project")
		w.must(give(here))
	})
}

// What one holds in the project but for one collection, one does not give in
// the project, for that includes the collection.
func TestWhatIsDeniedInOneCollectionIsNotGivenAtLarge(t *testing.T) {
	inBands(t, func(w *world) {
		mia, _ := w.member("p1", "mia", "grants", "drummer")
		in := remit.NewID[remit.CollectionID](w.clock.Now())
		w.must(w.entry(setup, "p1", remit.Entry{User: "mia", Permission: events, Effect: "deny", Collection: in}))
		w.wantCode(w.add(mia, "p1", "eve", "drummer"), "gives_more", "drummer at large")
	})
}

func TestAProjectMayBeManagedByATeamAndNotBeLeftWithoutIt(t *testing.T) {
	inBands(t, func(w *world) {
		otto, eve := w.person("otto"), w.person("eve")
		owners := append([]projects.Statement{team("crew"), intoTeam("crew", eve)}, w.teamIn("p2", "crew", "owner", nil)...)
		w.mustKeep(gate.Everything, owners...)
		own := statement(`DELETE FROM members WHERE user_id = $1`, otto.ID)
		w.must(w.keep(otto, gate.InProject(w.id("p2")), own))
		w.wantCode(w.keep(setup, gate.Teams, outOfTeam("crew", eve)), "last_manager", "the last of the team goes")
		w.wantCode(w.keep(eve, gate.Teams, outOfTeam("crew", eve)), "last_manager", "the last of the team leaves")
		w.wantCode(w.disable("eve", true), "last_manager", "the last of the team is disabled")
		w.wantCode(w.keep(setup, gate.Site, siteEntry(eve, "access:grant", "deny", db.Micros(w.clock.Now().Add(time.Hour)))), "last_manager", "a deny of the site, later")
		w.wantCode(w.keep(setup, gate.InProject(w.id("p2")), statement(`UPDATE members SET live_until = $1 WHERE team_id = 'crew'`, db.Micros(w.clock.Now().Add(time.Hour)))),
			"last_manager", "the team's membership ends")
	})
}

func TestALimitedKeyGivesNothingUp(t *testing.T) {
	inBands(t, func(w *world) {
		dan, m := w.member("p1", "dan", "drummer")
		dan.Caps = &authz.Caps{Scopes: []string{"role:update"}}
		off := statement(`DELETE FROM members WHERE id = $1`, string(m.ID))
		w.wantCode(w.keep(dan, gate.InProject(w.id("p1")), off), "takes_more", "with a limited key")
		dan.Caps = nil
		w.must(w.keep(dan, gate.InProject(w.id("p1")), off))
		olga := statement(`DELETE FROM members WHERE user_id = $1`, w.person("olga").ID)
		w.wantCode(w.keep(w.person("olga"), gate.InProject(w.id("p1")), olga), "last_manager", "the last owner")
	})
}
