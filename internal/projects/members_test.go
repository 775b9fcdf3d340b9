package projects_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

func TestMembersAreListedWithTheirRoles(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, first := w.member("moths", "olga", "owner")
		w.clock.Advance(time.Second)
		until := w.clock.Now().Add(time.Hour + time.Nanosecond)
		_, second := w.memberFor("moths", projects.NewMember{User: "rita", Roles: []string{"worker", "reader", "worker"}, Until: &until})
		page, err := w.Members(w.Context(), olga, "moths", 0, "")
		w.must(err)
		for _, m := range []*remit.Member{&first, &second} {
			m.Permissions = []string{"update", "delete"}
		}
		wantEqual(w.T, page, remit.Page[remit.Member]{Items: []remit.Member{first, second}, Permissions: []string{"create"}})
		wantEqual(w.T, second.Roles, []string{"reader", "worker"})

		rita := w.person("rita")
		page, err = w.Members(w.Context(), rita, "moths", 1, string(first.ID))
		w.must(err)
		second.Permissions = []string{}
		wantEqual(w.T, page, remit.Page[remit.Member]{Items: []remit.Member{second}, Permissions: []string{}})
	})
}

func TestAMembershipCountsOnlyWhileItIsLive(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		from, until := w.clock.Now().Add(time.Hour), w.clock.Now().Add(2*time.Hour)
		rita, _ := w.memberFor("moths", projects.NewMember{User: "rita", Roles: []string{"reader"}, From: &from, Until: &until})
		for _, live := range []bool{false, true, false} {
			_, err := w.Project(w.Context(), rita, "moths")
			if (err == nil) != live {
				w.Errorf("at %s: got %v, want live %t", w.clock.Now(), err, live)
			}
			_, mine, err := w.Rights(w.Context(), rita)
			w.must(err)
			if (len(mine) == 1) != live {
				w.Errorf("at %s: %v", w.clock.Now(), mine)
			}
			w.clock.Advance(time.Hour)
		}
	})
}

func TestImpossibleMembershipsAreRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.member("moths", "rita", "reader", "worker")
		soon := w.clock.Now().Add(time.Hour)
		for name, c := range map[string]struct {
			n     projects.NewMember
			kind  remit.Kind
			field string
		}{
			"no roles":      {projects.NewMember{User: "rita"}, remit.Invalid, "roles"},
			"unknown role":  {projects.NewMember{User: "rita", Roles: []string{"raeder"}}, remit.Invalid, "roles"},
			"a site role":   {projects.NewMember{User: "rita", Roles: []string{"signed_in"}}, remit.Invalid, "roles"},
			"nobody":        {projects.NewMember{Roles: []string{"reader"}}, remit.Invalid, "user"},
			"both":          {projects.NewMember{User: "rita", Team: "rita", Roles: []string{"reader"}}, remit.Invalid, "user"},
			"unknown team":  {projects.NewMember{Team: "nobody", Roles: []string{"reader"}}, remit.Invalid, "team"},
			"no collection": {projects.NewMember{User: "rita", Roles: []string{"reader"}, Collection: "x"}, remit.Invalid, "collection"},
			"no text":       {projects.NewMember{User: "rita", Roles: []string{"owner"}, Why: "\xff"}, remit.Invalid, "why"},
			"unknown user":  {projects.NewMember{User: "nobody", Roles: []string{"reader"}}, remit.Invalid, "user"},
			"backwards":     {projects.NewMember{User: "rita", Roles: []string{"owner"}, From: &soon, Until: &soon}, remit.Invalid, "until"},
			"nothing added": {projects.NewMember{User: "rita", Roles: []string{"reader"}}, remit.Conflict, ""},
		} {
			_, err := w.AddMember(w.Context(), setup, "moths", c.n)
			if e := wantKind(w.T, err, c.kind); e.Field != c.field {
				w.Errorf("%s: %v in %q, want %q", name, e, e.Field, c.field)
			}
		}
		w.memberFor("moths", projects.NewMember{User: "rita", Roles: []string{"reader"}, Until: &soon})
		w.member("moths", "rita", "reader", "owner")
	})
}

func TestOnlyThoseWhoMayGiveAccessGiveAndTakeIt(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.member("moths", "olga", "owner")
		rita, m := w.member("moths", "rita", "reader")
		_, err := w.AddMember(w.Context(), rita, "moths", projects.NewMember{User: "rita", Roles: []string{"owner"}})
		e := wantKind(w.T, err, remit.Denied)
		wantEqual(w.T, e.Decision.Permission, "access:grant")
		wantEqual(w.T, e.Grantors, []string{"olga"})
		wantKind(w.T, w.RemoveMember(w.Context(), rita, "moths", m.ID), remit.Denied)
		w.must(w.RemoveMember(w.Context(), w.person("olga"), "moths", m.ID))
		_, err = w.Project(w.Context(), rita, "moths")
		wantKind(w.T, err, remit.NotFound)
		wantKind(w.T, w.RemoveMember(w.Context(), w.person("olga"), "moths", m.ID), remit.NotFound)
		wantKind(w.T, w.RemoveMember(w.Context(), w.person("olga"), "moths", "member_\x00"), remit.NotFound)
	})
}

func TestAMemberIsTakenOnlyFromItsOwnProject(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("a")
		w.project("b")
		olga, _ := w.member("a", "olga", "owner")
		_, elsewhere := w.member("b", "rita", "reader")
		wantKind(w.T, w.RemoveMember(w.Context(), olga, "a", elsewhere.ID), remit.NotFound)
	})
}

func TestTheLastManagerStays(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, m := w.member("moths", "olga", "owner")
		w.member("moths", "rita", "reader")
		soon := w.clock.Now().Add(time.Hour)
		w.memberFor("moths", projects.NewMember{User: "tom", Roles: []string{"owner"}, Until: &soon})
		w.superuser("root") // superusers do not count: they are not the project's
		for name, change := range map[string]func() error{
			"removed": func() error { return w.RemoveMember(w.Context(), olga, "moths", m.ID) },
			"overridden": func() error {
				return w.SetOverride(w.Context(), olga, "moths", remit.Override{Role: "owner", Permission: "access:*", Effect: "deny"})
			},
			"banned": func() error {
				_, err := w.AddEntry(w.Context(), olga, "moths", remit.Entry{User: "olga", Permission: "project:view", Effect: "deny"})
				return err
			},
			"for a while": func() error {
				from, until := soon.Add(time.Hour), soon.Add(2*time.Hour)
				_, err := w.AddEntry(w.Context(), olga, "moths", remit.Entry{User: "olga", Permission: "access:grant", Effect: "deny", From: &from, Until: &until})
				return err
			},
			"by a required right": func() error {
				_, err := w.AddEntry(w.Context(), olga, "moths", remit.Entry{User: "olga", Permission: "member:read", Effect: "deny"})
				return err
			},
			"disabled": func() error {
				_, err := w.accounts.Update(w.Context(), setup, "olga", identity.UserPatch{Disabled: new(true)})
				return err
			},
			"by the template": func() error {
				return w.PutRole(w.Context(), setup, remit.Role{Name: "owner", Allow: []string{"job:*"}})
			},
		} {
			if err := change(); remit.CodeOf(err) != "last_manager" {
				w.Errorf("%s: got %v, want last_manager", name, err)
			}
			w.wantAllowed(olga, "access:grant", "moths", true)
		}
		w.member("moths", "rita", "owner")
		w.must(w.RemoveMember(w.Context(), olga, "moths", m.ID))
		w.wantAllowed(w.person("rita"), "access:grant", "moths", true)
		_, err := w.accounts.Update(w.Context(), setup, "rita", identity.UserPatch{Disabled: new(true)})
		wantEqual(w.T, remit.CodeOf(err), "last_manager")
		_, err = w.accounts.Update(w.Context(), setup, "olga", identity.UserPatch{Disabled: new(true)})
		w.must(err)
	})
}

func TestAProjectThatNobodyManagedIsNotHeldUp(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		_, m := w.member("moths", "rita", "reader")
		w.must(w.RemoveMember(w.Context(), setup, "moths", m.ID))
	})
}

func TestADisabledMemberCountsForNothingAndBreaksNothing(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		w.member("moths", "rita", "owner")
		_, err := w.AddEntry(w.Context(), setup, "moths", remit.Entry{User: "rita", Permission: "job:read", Effect: "deny"})
		w.must(err)
		_, err = w.accounts.Update(w.Context(), setup, "rita", identity.UserPatch{Disabled: new(true)})
		w.must(err)
		w.wantAllowed(olga, "access:grant", "moths", true)
		page, err := w.Members(w.Context(), olga, "moths", 0, "")
		w.must(err)
		wantEqual(w.T, page.Items[1].User, "rita")
		wantKind(w.T, w.RemoveMember(w.Context(), olga, "moths", page.Items[0].ID), remit.Conflict)
		_, err = w.Project(w.Context(), authz.Subject{Kind: authz.Person, ID: w.person("rita").ID}, "moths")
		wantKind(w.T, err, remit.Unauthenticated)
	})
}
