package projects_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// Deleted accounts are given nothing; what they were left with is marked.
func TestADeletedAccountIsGivenNothing(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		root := w.superuser("root")
		w.member("moths", "root", "owner")
		w.member("moths", "ada", "reader")
		_, err := w.AddEntry(w.Context(), root, "moths", remit.Entry{User: "ada", Permission: "job:create", Effect: "allow"})
		w.must(err)
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "staff", Site: true, Allow: []string{"user:read"}}))
		_, err = w.AddSiteMember(w.Context(), root, projects.NewSiteMember{User: "ada", Role: "staff"})
		w.must(err)
		_, err = w.AddSiteEntry(w.Context(), root, remit.Entry{User: "ada", Permission: "job:create", Effect: "deny"})
		w.must(err)
		_, err = w.CreateTeam(w.Context(), root, projects.NewTeam{Name: "crew"})
		w.must(err)
		_, err = w.AddToTeam(w.Context(), root, "crew", "ada")
		w.must(err)
		w.account(identity.NewUser{Name: "heir"})
		_, err = w.accounts.Delete(w.Context(), root, "ada", "heir")
		w.must(err)

		for what, give := range map[string]func() error{
			"member": func() error {
				_, err := w.AddMember(w.Context(), root, "moths", projects.NewMember{User: "ada", Roles: []string{"worker"}})
				return err
			},
			"entry": func() error {
				_, err := w.AddEntry(w.Context(), root, "moths", remit.Entry{User: "ada", Permission: "job:read", Effect: "allow"})
				return err
			},
			"site member": func() error {
				_, err := w.AddSiteMember(w.Context(), root, projects.NewSiteMember{User: "ada", Role: "staff"})
				return err
			},
			"site entry": func() error {
				_, err := w.AddSiteEntry(w.Context(), root, remit.Entry{User: "ada", Permission: "job:read", Effect: "allow"})
				return err
			},
			"team":     func() error { _, err := w.AddToTeam(w.Context(), root, "crew", "ada"); return err },
			"transfer": func() error { _, err := w.Transfer(w.Context(), root, "moths", "ada"); return err },
		} {
			if e := wantKind(w.T, give(), remit.Conflict); e.Code != "deleted" || e.Message != "The account ada is deleted; nothing is given to it" {
				w.Errorf("%s: %s %s", what, e.Code, e.Message)
			}
		}

		members, err := w.Members(w.Context(), root, "moths", 0, "")
		w.must(err)
		for _, m := range members.Items {
			wantEqual(w.T, m.Deleted, m.User == "ada")
		}
		access, err := w.Access(w.Context(), root, "moths")
		w.must(err)
		wantEqual(w.T, access.Entries[0].Deleted, true)
		site, err := w.SiteAccess(w.Context(), root)
		w.must(err)
		wantEqual(w.T, site.Members[0].Deleted && site.Entries[0].Deleted, true)
		team, err := w.Team(w.Context(), root, "crew")
		w.must(err)
		wantEqual(w.T, team.Deleted, []string{"ada"})
		team, err = w.RemoveFromTeam(w.Context(), root, "crew", "ada")
		w.must(err)
		wantEqual(w.T, len(team.Users)+len(team.Deleted), 0)
	})
}

func TestNothingIsGivenForThePast(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		root := w.superuser("root")
		w.member("moths", "root", "owner")
		w.person("ada")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "staff", Site: true, Allow: []string{"user:read"}}))
		now := w.clock.Now()
		for until, fine := range map[time.Time]bool{now.Add(-time.Hour): false, now: false, now.Add(time.Hour): true} {
			entry := remit.Entry{User: "ada", Permission: "job:read", Effect: "allow", Until: &until}
			_, member := w.AddMember(w.Context(), root, "moths", projects.NewMember{User: "ada", Roles: []string{"reader"}, Until: &until})
			_, personal := w.AddEntry(w.Context(), root, "moths", entry)
			_, onSite := w.AddSiteMember(w.Context(), root, projects.NewSiteMember{User: "ada", Role: "staff", Until: &until})
			_, siteEntry := w.AddSiteEntry(w.Context(), root, entry)
			for _, err := range []error{member, personal, onSite, siteEntry} {
				if fine {
					w.must(err)
				} else if e := wantKind(w.T, err, remit.Invalid); e.Field != "until" {
					w.Errorf("until %s: %v, about %s", until, err, e.Field)
				}
			}
		}
	})
}
