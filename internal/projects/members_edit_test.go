package projects_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

func TestAMembershipIsChangedInPlace(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		dan, m := w.member("moths", "dan", "reader")
		noon := w.clock.Now().Add(time.Hour)
		got, err := w.UpdateMember(w.Context(), olga, "moths", m.ID, projects.MemberPatch{Roles: []string{"worker", "reader"}, Until: &projects.Bound{At: &noon}, Why: new("for the night")})
		w.must(err)
		want := m
		want.Roles, want.Until, want.Why, want.By, want.Permissions = []string{"reader", "worker"}, &noon, "for the night", "olga", []string{"update", "delete"}
		wantEqual(w.T, got, want)
		page, err := w.Members(w.Context(), olga, "moths", 0, string(page1(w, olga).ID))
		w.must(err)
		wantEqual(w.T, page.Items, []remit.Member{want})
		w.wantAllowed(dan, "job:create", "moths", true)
		w.clock.Advance(time.Hour)
		_, err = w.Project(w.Context(), dan, "moths")
		wantKind(w.T, err, remit.NotFound)
		_, err = w.UpdateMember(w.Context(), olga, "moths", m.ID, projects.MemberPatch{Until: &projects.Bound{}})
		w.must(err)
		w.wantAllowed(dan, "job:create", "moths", true)
	})
}

func page1(w *world, who authz.Subject) remit.Member {
	page, err := w.Members(w.Context(), who, "moths", 1, "")
	w.must(err)
	return page.Items[0]
}

func TestImpossibleChangesOfAMembershipAreRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, m := w.member("moths", "olga", "owner")
		w.member("moths", "olga", "reader")
		past := w.clock.Now().Add(-time.Hour)
		for name, c := range map[string]struct {
			change projects.MemberPatch
			code   string
		}{
			"no roles":        {projects.MemberPatch{Roles: []string{}}, "invalid"},
			"an unknown role": {projects.MemberPatch{Roles: []string{"raeder"}}, "invalid"},
			"a site role":     {projects.MemberPatch{Roles: []string{"signed_in"}}, "invalid"},
			"backwards":       {projects.MemberPatch{From: &projects.Bound{At: &past}, Until: &projects.Bound{At: &past}}, "invalid"},
			"no text":         {projects.MemberPatch{Why: new("\x00")}, "invalid"},
			"as another one":  {projects.MemberPatch{Roles: []string{"reader"}}, "conflict"},
			"the last owner":  {projects.MemberPatch{Roles: []string{"worker"}}, "last_manager"},
			"its end":         {projects.MemberPatch{Until: &projects.Bound{At: &past}}, "last_manager"},
		} {
			_, err := w.UpdateMember(w.Context(), olga, "moths", m.ID, c.change)
			w.wantCode(err, c.code, name)
		}
		for _, id := range []remit.MemberID{"x\x00", remit.NewID[remit.MemberID](w.clock.Now())} {
			_, err := w.UpdateMember(w.Context(), olga, "moths", id, projects.MemberPatch{})
			wantKind(w.T, err, remit.NotFound)
		}
	})
}

func TestAChangeOfAMembershipGivesNoMoreThanItsEditorHolds(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "giver", Allow: []string{"project:view", "member:read", "access:grant", "job:read"}}))
		noon := w.clock.Now().Add(time.Hour)
		w.member("moths", "olga", "owner")
		gil, _ := w.member("moths", "gil", "giver")
		dan, m := w.memberFor("moths", projects.NewMember{User: "dan", Roles: []string{"worker"}, Until: &noon})
		for name, change := range map[string]projects.MemberPatch{
			"another role": {Roles: []string{"owner"}},
			"no end":       {Until: &projects.Bound{}},
		} {
			_, err := w.UpdateMember(w.Context(), gil, "moths", m.ID, change)
			w.wantCode(err, "gives_more", name)
		}
		_, err := w.UpdateMember(w.Context(), gil, "moths", m.ID, projects.MemberPatch{Roles: []string{"reader"}})
		w.wantCode(err, "takes_more", "what dan holds and gil does not")
		_, err = w.UpdateMember(w.Context(), dan, "moths", m.ID, projects.MemberPatch{Until: &projects.Bound{}})
		wantKind(w.T, err, remit.NotFound) // dan does not see the members
		rita, r := w.member("moths", "rita", "reader")
		_, err = w.UpdateMember(w.Context(), rita, "moths", r.ID, projects.MemberPatch{Roles: []string{"owner"}})
		wantKind(w.T, err, remit.Denied)
		limited := w.person("olga")
		limited.Caps = &authz.Caps{Scopes: []string{"job:*", "member:read", "project:view"}}
		_, err = w.UpdateMember(w.Context(), limited, "moths", m.ID, projects.MemberPatch{Why: new("")})
		w.wantCode(err, "key_scope", "a key without the scope")
		_, err = w.UpdateMember(w.Context(), w.person("eve"), "moths", m.ID, projects.MemberPatch{})
		wantKind(w.T, err, remit.NotFound)
	})
}

func TestOneLeavesWithoutAnyRight(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		dan, _ := w.member("moths", "dan", "worker")
		w.member("moths", "dan", "reader")
		limited := dan
		limited.Caps = &authz.Caps{Scopes: []string{"project:view"}}
		w.wantCode(w.LeaveProject(w.Context(), limited, "moths"), "takes_more", "with a key for looking")
		w.must(w.LeaveProject(w.Context(), dan, "moths"))
		page, err := w.Members(w.Context(), olga, "moths", 0, "")
		w.must(err)
		wantEqual(w.T, len(page.Items), 1)
		wantKind(w.T, w.LeaveProject(w.Context(), dan, "moths"), remit.NotFound)
		wantSame(w.T, w.LeaveProject(w.Context(), dan, "moths"), w.LeaveProject(w.Context(), dan, "absent"))
		wantSame(w.T, w.LeaveProject(w.Context(), stranger, "moths"), w.LeaveProject(w.Context(), stranger, "absent"))
		w.wantCode(w.LeaveProject(w.Context(), olga, "moths"), "last_manager", "the last who gives access")
		w.wantCode(w.LeaveProject(w.Context(), w.superuser("root"), "moths"), "not_a_member", "a superuser")
	})
}

func TestATeamsMembershipIsNotLeft(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.team("drummers", "dan")
		w.teamOf("moths", "drummers", "worker")
		dan := w.person("dan")
		err := w.LeaveProject(w.Context(), dan, "moths")
		w.wantCode(err, "by_team", "a team's")
		wantEqual(w.T, err.Error(), "You are in moths by team drummers, and a team cannot be left here")
		w.member("moths", "dan", "reader")
		w.must(w.LeaveProject(w.Context(), dan, "moths"))
		w.wantAllowed(dan, "job:create", "moths", true)
	})
}

// A role may deny: leaving it can give.
func TestLeavingIsNoWayToGain(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.member("moths", "olga", "owner")
		dan, _ := w.member("moths", "dan", "reader")
		_, err := w.AddEntry(w.Context(), setup, "moths", remit.Entry{User: "dan", Permission: "project:view", Effect: "allow"})
		w.must(err)
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "signed_in", Site: true, Allow: []string{"job:create"}}))
		w.override("moths", "reader", "job:create", "deny")
		w.wantAllowed(dan, "job:create", "moths", false)
		w.wantCode(w.LeaveProject(w.Context(), dan, "moths"), "gives_more", "the role that denies")
	})
}

// member:assign.ROLE lets its holder make people that role, and no other.
func TestARegistrarMakesPeopleWhatTheyMayMakeThem(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "registrar", Allow: []string{"member:read", "job:read", "job:create", "job:cancel@own", "member:assign.worker"}}))
		w.member("moths", "olga", "owner")
		reg, _ := w.member("moths", "reg", "registrar")
		w.person("eve")
		add := func(roles ...string) (remit.Member, error) {
			return w.AddMember(w.Context(), reg, "moths", projects.NewMember{User: "eve", Roles: roles})
		}
		for _, roles := range [][]string{{"owner"}, {"reader"}, {"worker", "owner"}, {"no_such_role"}} {
			_, err := add(roles...)
			wantEqual(w.T, wantKind(w.T, err, remit.Denied).Decision.Permission, "access:grant")
		}
		m, err := add("worker")
		w.must(err)
		wantEqual(w.T, m.Permissions, []string{"update", "delete"})
		_, err = w.UpdateMember(w.Context(), reg, "moths", m.ID, projects.MemberPatch{Roles: []string{"owner"}})
		wantEqual(w.T, wantKind(w.T, err, remit.Denied).Decision.Permission, "access:grant")
		_, err = w.UpdateMember(w.Context(), reg, "moths", m.ID, projects.MemberPatch{Why: new("the band")})
		w.must(err)
		page, err := w.Members(w.Context(), reg, "moths", 0, "")
		w.must(err)
		wantEqual(w.T, page.Items[0].Permissions, []string{}) // olga's
		wantKind(w.T, w.RemoveMember(w.Context(), reg, "moths", page.Items[0].ID), remit.Denied)
		w.must(w.RemoveMember(w.Context(), reg, "moths", m.ID))
	})
}
