package projects_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

// The examples of the rules that are about the site, teams and members, by
// their numbers; the expected verdicts are typed from the rules.

// declared is a world with permissions as a band has them.
func declared(w *world) {
	w.must(w.DeclarePermissions(w.Context(), setup, append(remit.RunPermissions(remit.JobType{Key: "ml", On: []string{"file", "collection"}}),
		authz.Permission{Name: "record:view.budget", Title: "See the budget"})...))
	w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "drummer", Allow: []string{"project:view"}}))
	w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "production_manager", Allow: []string{"project:view", "record:view.budget"}}))
}

// wantRule asks about somebody, and which rule it was that decided.
func (w *world) wantRule(user, permission, slug string, want bool, rule string) {
	w.Helper()
	v, err := w.Check(w.Context(), setup, projects.Question{User: user, Permission: permission, Project: slug})
	w.must(err)
	if v.Allowed != want || v.Rule != rule {
		w.Errorf("%s %s in %s: %t by %s, want %t by %s", user, permission, slug, v.Allowed, v.Rule, want, rule)
	}
}

func TestExample14ADenyOnTheSiteBeatsAPersonalAllowInTheProject(t *testing.T) {
	inWorlds(t, func(w *world) {
		declared(w)
		w.project("p1")
		w.siteEntry("dan", "job:run.ml", "deny")
		_, err := w.AddEntry(w.Context(), setup, "p1", remit.Entry{User: "dan", Permission: "job:run.ml", Effect: "allow"})
		w.must(err)
		w.wantRule("dan", "job:run.ml", "p1", false, "R9")
	})
}

func TestExample15ADenyOfARoleInTheProjectBeatsAnAllowOnTheSite(t *testing.T) {
	inWorlds(t, func(w *world) {
		declared(w)
		w.project("p1")
		w.siteEntry("dan", "record:view.budget", "allow")
		w.wantRule("dan", "record:view.budget", "p1", true, "R13")
		w.member("p1", "dan", "drummer")
		w.override("p1", "drummer", "record:view.budget", "deny")
		w.wantRule("dan", "record:view.budget", "p1", false, "R12")
	})
}

func TestExample16StaffMayUpdateCollectionsOfAnyProject(t *testing.T) {
	inWorlds(t, func(w *world) {
		staffed(w)
		w.project("p1")
		w.project("p2")
		w.siteRole("sam", "staff", nil)
		w.wantRule("sam", "collection:update", "p1", true, "R13")
		w.wantRule("sam", "collection:update", "p2", true, "R13")
	})
}

func TestExample17WhatIsReservedIsForSuperusersByItsExactName(t *testing.T) {
	inWorlds(t, func(w *world) {
		declared(w)
		w.project("p1")
		w.member("p1", "olga", "owner")
		w.superuser("root")
		_, err := w.Reserve(w.Context(), w.person("root"), "job:run.ml", "reserved")
		w.must(err)
		w.wantRule("olga", "job:run.ml", "p1", false, "R4")
		w.wantRule("olga", "job:run.ml.single", "p1", true, "R12")
		w.wantRule("root", "job:run.ml", "p1", true, "R8")
		_, err = w.Reserve(w.Context(), w.person("root"), "job:run.ml", "default")
		w.must(err)
		w.wantRule("olga", "job:run.ml", "p1", true, "R12")
	})
}

func TestExample31NobodyTakesOffTheRoleThatBlocksThem(t *testing.T) {
	inWorlds(t, func(w *world) {
		declared(w)
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "manager", Allow: []string{"project:view", "member:read", "access:grant"}}))
		w.project("p1")
		pam, _ := w.member("p1", "pam", "production_manager", "manager")
		_, blocked := w.member("p1", "pam", "drummer")
		w.override("p1", "drummer", "record:view.budget", "deny")
		w.wantRule("pam", "record:view.budget", "p1", false, "R12")
		w.wantCode(w.RemoveMember(w.Context(), pam, "p1", blocked.ID), "gives_more", "pam takes herself off drummer")
		_, err := w.UpdateMember(w.Context(), pam, "p1", blocked.ID, projects.MemberPatch{Roles: []string{"reader"}})
		w.wantCode(err, "gives_more", "pam changes her drummer's membership")
		w.wantRule("pam", "record:view.budget", "p1", false, "R12")
	})
}
