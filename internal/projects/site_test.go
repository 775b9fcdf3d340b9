package projects_test

import (
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

// staffed is a world with a role of the site.
func staffed(w *world) *world {
	w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "staff", Site: true, Allow: []string{"collection:read", "collection:update", "user:read"}}))
	return w
}

func (w *world) siteRole(user, role string, until *time.Time) remit.SiteMember {
	w.Helper()
	w.person(user)
	m, err := w.AddSiteMember(w.Context(), setup, projects.NewSiteMember{User: user, Role: role, Until: until})
	w.must(err)
	return m
}

func (w *world) siteEntry(user, permission, effect string) remit.Entry {
	w.Helper()
	w.person(user)
	e, err := w.AddSiteEntry(w.Context(), setup, remit.Entry{User: user, Permission: permission, Effect: effect})
	w.must(err)
	return e
}

func TestWhatIsHeldOnTheSiteIsShownToThoseWhoMaySeeIt(t *testing.T) {
	inWorlds(t, func(w *world) {
		staffed(w)
		w.team("night")
		noon := w.clock.Now().Add(time.Hour)
		root := w.superuser("root")
		person, err := w.AddSiteMember(w.Context(), root, projects.NewSiteMember{User: "root", Role: "staff", Until: &noon, Why: "for a look"})
		w.must(err)
		w.clock.Advance(time.Millisecond)
		team, err := w.AddSiteMember(w.Context(), root, projects.NewSiteMember{Team: "night", Role: "staff"})
		w.must(err)
		entry, err := w.AddSiteEntry(w.Context(), root, remit.Entry{User: "root", Permission: "job:read", Effect: "allow", Why: "always"})
		w.must(err)
		override := remit.Override{Role: "staff", Permission: "user:read@others", Effect: "deny"}
		w.must(w.SetSiteOverride(w.Context(), root, override))
		_, err = w.Reserve(w.Context(), root, "job:cancel", "reserved")
		w.must(err)
		_, err = w.Reserve(w.Context(), root, "job:claim", "opened")
		w.must(err)
		a, err := w.SiteAccess(w.Context(), root)
		w.must(err)
		wantEqual(w.T, a, remit.SiteAccess{Members: []remit.SiteMember{person, team}, Overrides: []remit.Override{override}, Entries: []remit.Entry{entry},
			Reservations: []remit.Reservation{
				{Permission: "collection:ingest", State: "default", Reserved: true},
				{Permission: "job:cancel", State: "reserved", Reserved: true},
				{Permission: "job:claim", State: "opened"},
				{Permission: "job:clean", State: "default", Reserved: true},
				{Permission: "job:cleanup", State: "default", Reserved: true},
				{Permission: "job:work", State: "default", Reserved: true},
			}, Permissions: []string{"change", "reserve"}})
		wantEqual(w.T, []string{person.By, person.Why, team.Team, entry.By}, []string{"root", "for a look", "night", "root"})
		_, err = w.SiteAccess(w.Context(), w.person("eve"))
		wantKind(w.T, err, remit.Denied)
		_, err = w.SiteAccess(w.Context(), stranger)
		wantKind(w.T, err, remit.Unauthenticated)

		w.must(w.RemoveSiteMember(w.Context(), root, person.ID))
		w.must(w.RemoveSiteMember(w.Context(), root, team.ID))
		w.must(w.RemoveSiteEntry(w.Context(), root, entry.ID))
		override.Effect = "inherit"
		w.must(w.SetSiteOverride(w.Context(), root, override))
		a, err = w.SiteAccess(w.Context(), root)
		w.must(err)
		wantEqual(w.T, []int{len(a.Members), len(a.Overrides), len(a.Entries)}, []int{0, 0, 0})
		for _, err := range []error{
			w.RemoveSiteMember(w.Context(), root, person.ID), w.RemoveSiteMember(w.Context(), root, "x\x00"),
			w.RemoveSiteEntry(w.Context(), root, entry.ID), w.RemoveSiteEntry(w.Context(), root, "x\x00"),
		} {
			wantKind(w.T, err, remit.NotFound)
		}
	})
}

// deeds are all changes of what is held on the site.
func deeds(w *world, who authz.Subject) map[string]error {
	_, member := w.AddSiteMember(w.Context(), who, projects.NewSiteMember{User: "eve", Role: "staff"})
	_, entry := w.AddSiteEntry(w.Context(), who, remit.Entry{User: "eve", Permission: "user:read", Effect: "allow"})
	_, reserve := w.Reserve(w.Context(), who, "job:claim", "opened")
	return map[string]error{
		"a member": member, "an entry": entry, "a reservation": reserve,
		"an override":        w.SetSiteOverride(w.Context(), who, remit.Override{Role: "staff", Permission: "user:create", Effect: "allow"}),
		"a member's removal": w.RemoveSiteMember(w.Context(), who, remit.NewID[remit.MemberID](w.clock.Now())),
		"an entry's removal": w.RemoveSiteEntry(w.Context(), who, remit.NewID[remit.EntryID](w.clock.Now())),
	}
}

func TestOnlyThoseWhoMayGiveOnTheSiteChangeWhatIsHeldThere(t *testing.T) {
	inWorlds(t, func(w *world) {
		staffed(w)
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner") // everything in a project, nothing on the site
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "viewer", Site: true, Allow: []string{"site:view"}}))
		w.siteRole("vic", "viewer", nil)
		limited := w.superuser("root")
		limited.Caps = &authz.Caps{Scopes: []string{"site:view", "user:*"}}
		for doing, err := range deeds(w, w.person("eve")) {
			wantEqual(w.T, []string{doing, wantKind(w.T, err, remit.Denied).Decision.Permission}, []string{doing, "site:grant"})
		}
		for _, who := range []authz.Subject{olga, w.person("vic")} {
			for doing, err := range deeds(w, who) {
				if remit.KindOf(err) != remit.Denied {
					w.Errorf("%s, %s: %v", who.Name, doing, err)
				}
			}
		}
		for doing, err := range deeds(w, stranger) {
			if remit.KindOf(err) != remit.Unauthenticated {
				w.Errorf("a stranger, %s: %v", doing, err)
			}
		}
		for doing, err := range deeds(w, limited) {
			w.wantCode(err, "key_scope", doing)
		}
	})
}

func TestNobodyGivesOnTheSiteWhatTheyDoNotHold(t *testing.T) {
	inWorlds(t, func(w *world) {
		staffed(w)
		w.project("moths")
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "granter", Site: true, Allow: []string{"site:view", "site:grant", "user:read"}}))
		w.siteRole("gil", "granter", nil)
		gil := w.person("gil")
		w.person("eve")
		for doing, err := range deeds(w, gil) {
			switch doing {
			case "a member", "a reservation", "an override":
				w.wantCode(err, "gives_more", doing)
			case "an entry":
				w.must(err) // user:read, which gil holds
			default:
				wantKind(w.T, err, remit.NotFound)
			}
		}
		_, err := w.AddSiteMember(w.Context(), gil, projects.NewSiteMember{User: "gil", Role: "staff"})
		w.wantCode(err, "gives_more", "staff to gil")
		_, err = w.AddSiteEntry(w.Context(), gil, remit.Entry{User: "gil", Permission: "*", Effect: "allow"})
		w.wantCode(err, "gives_more", "everything to gil")
		denied := w.siteEntry("eve", "user:create", "deny")
		w.wantCode(w.RemoveSiteEntry(w.Context(), gil, denied.ID), "gives_more", "the lifting of a deny")
		w.must(w.SetSiteOverride(w.Context(), setup, remit.Override{Role: "granter", Permission: "user:create", Effect: "deny"}))
		for _, effect := range []string{"inherit", "remove", "allow"} {
			err := w.SetSiteOverride(w.Context(), gil, remit.Override{Role: "granter", Permission: "user:create", Effect: effect})
			if effect == "allow" {
				w.wantCode(err, "gives_more", effect)
			} else if err == nil {
				w.wantAllowed(gil, "user:create", "", false) // nothing allows it besides
			}
		}
		_, err = w.AddSiteMember(w.Context(), gil, projects.NewSiteMember{User: "eve", Role: "granter"})
		w.must(err)
	})
}

func TestImpossibleThingsOnTheSiteAreRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		staffed(w)
		w.person("eve")
		soon := w.clock.Now()
		member := func(n projects.NewSiteMember) error {
			_, err := w.AddSiteMember(w.Context(), setup, n)
			return err
		}
		entry := func(e remit.Entry) error {
			_, err := w.AddSiteEntry(w.Context(), setup, e)
			return err
		}
		override := func(role, permission, effect string) error {
			return w.SetSiteOverride(w.Context(), setup, remit.Override{Role: role, Permission: permission, Effect: effect})
		}
		reserve := func(permission, state string) error {
			_, err := w.Reserve(w.Context(), setup, permission, state)
			return err
		}
		for _, c := range []struct {
			err   error
			field string
			text  string
		}{
			{member(projects.NewSiteMember{Role: "staff"}), "user", "A member of the site is a user or a team"},
			{member(projects.NewSiteMember{User: "eve", Team: "x", Role: "staff"}), "user", "A member of the site is a user or a team"},
			{member(projects.NewSiteMember{User: "nobody", Role: "staff"}), "user", `There is no user "nobody"`},
			{member(projects.NewSiteMember{Team: "nobody", Role: "staff"}), "team", `There is no team "nobody"`},
			{member(projects.NewSiteMember{User: "eve", Role: "stuff"}), "role", `There is no role "stuff"`},
			{member(projects.NewSiteMember{User: "eve", Role: "owner"}), "role", "owner is a role of projects; nobody holds it on the site"},
			{member(projects.NewSiteMember{User: "eve", Role: "signed_in"}), "role", "Nobody is made signed_in: it is everybody's"},
			{member(projects.NewSiteMember{User: "eve", Role: "staff", From: &soon, Until: &soon}), "until", "it ends at 2026-03-01T12:00:00Z, before it begins"},
			{entry(remit.Entry{User: "eve", Permission: "job:raed", Effect: "allow"}), "permission", `unknown permission "job:raed", did you mean "job:read"?`},
			{entry(remit.Entry{User: "eve", Permission: "job:read", Effect: "remove"}), "effect", `the effect of an entry is allow or deny, not "remove"`},
			{entry(remit.Entry{User: "eve", Permission: "job:read", Effect: "deny", Collection: "collection_x"}), "collection", "what is written on the site is not about one collection"},
			{override("staff", "user:raed", "deny"), "permission", `unknown permission "user:raed", did you mean "user:read"?`},
			{override("staff", "user:read", "maybe"), "effect", `the effect of an override is allow, remove, deny or inherit, not "maybe"`},
			{override("worker", "job:read", "deny"), "role", "worker is a role of projects; nobody holds it on the site"},
			{override("staff", "xyzzy", "inherit"), "permission", `unknown permission "xyzzy"`},
			{reserve("job:raed", "reserved"), "permission", `unknown permission "job:raed", did you mean "job:read"?`},
			{reserve("job:*", "reserved"), "permission", `"job:*" is not the name of one permission`},
			{reserve("job:read@own", "reserved"), "permission", `"job:read@own" is not the name of one permission`},
			{reserve("audit:delete", "opened"), "permission", "audit:delete is for nobody, ever"},
			{reserve("job:read", "maybe"), "state", `a permission is reserved, opened or default, not "maybe"`},
		} {
			e := wantKind(w.T, c.err, remit.Invalid)
			wantEqual(w.T, []string{e.Field, e.Message}, []string{c.field, c.text})
		}
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "anonymous", Site: true}))
		wantKind(w.T, override("anonymous", "job:read", "allow"), remit.Invalid)
		w.must(override("anonymous", "collection:read", "allow"))
	})
}

func TestARoleOfTheSiteCountsWhileItIsLiveAndInEveryProject(t *testing.T) {
	inWorlds(t, func(w *world) {
		staffed(w)
		w.project("moths")
		noon := w.clock.Now().Add(time.Hour)
		w.siteRole("sam", "staff", &noon)
		sam := w.person("sam")
		wantEqual(w.T, w.verdict(sam, "user:read", "").Others, true)
		w.project("later")
		v, err := w.Check(w.Context(), setup, projects.Question{User: "sam", Permission: "collection:update", Project: "later"})
		w.must(err)
		wantEqual(w.T, v.Allowed, true)
		w.clock.Advance(time.Hour)
		wantEqual(w.T, w.verdict(sam, "user:read", "").Others, false)
	})
}
