package projects_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// keyOf is who asks with a key of these scopes.
func keyOf(who authz.Subject, scopes ...string) authz.Subject {
	who.Caps = &authz.Caps{Scopes: scopes}
	return who
}

func TestARenamedProjectIsFoundByItsNewNameOnly(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.project("bees")
		olga, _ := w.member("moths", "olga", "owner")
		rita, _ := w.member("moths", "rita", "reader")
		_, err := w.Project(w.Context(), rita, "moths")
		w.must(err)
		_, err = w.Update(w.Context(), olga, "moths", projects.ProjectPatch{Slug: new("bees")})
		wantEqual(w.T, wantKind(w.T, err, remit.Conflict).Field, "slug")
		_, err = w.Update(w.Context(), olga, "moths", projects.ProjectPatch{Slug: new("No Slug")})
		wantKind(w.T, err, remit.Invalid)
		_, err = w.Update(w.Context(), rita, "moths", projects.ProjectPatch{Slug: new("hers")})
		wantKind(w.T, err, remit.Denied)
		p, err := w.Update(w.Context(), olga, "moths", projects.ProjectPatch{Slug: new("owlets")})
		w.must(err)
		wantEqual(w.T, p.Slug, "owlets")
		_, err = w.Project(w.Context(), rita, "moths")
		wantKind(w.T, err, remit.NotFound)
		_, err = w.Check(w.Context(), rita, projects.Question{Permission: "job:read", Project: "moths"})
		wantKind(w.T, err, remit.NotFound)
		w.wantAllowed(rita, "job:read", "owlets", true)
		w.project("moths") // the name is free
	})
}

func TestAnArchivedProjectIsReadAndNothingInItChanges(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		rita, m := w.member("moths", "rita", "reader")
		sue := w.superuser("sue")
		_, err := w.Archive(w.Context(), rita, "moths", true)
		wantKind(w.T, err, remit.Denied)
		_, err = w.Archive(w.Context(), w.person("eve"), "moths", true)
		wantKind(w.T, err, remit.NotFound)
		_, err = w.Archive(w.Context(), keyOf(olga, "project:view"), "moths", true)
		wantEqual(w.T, wantKind(w.T, err, remit.Denied).Code, "key_scope")
		p, err := w.Archive(w.Context(), olga, "moths", true)
		w.must(err)
		since := *p.ArchivedAt
		w.clock.Advance(time.Hour)
		p, err = w.Archive(w.Context(), olga, "moths", true) // again is no mistake
		w.must(err)
		wantEqual(w.T, *p.ArchivedAt, since)

		w.wantAllowed(rita, "job:read", "moths", true)
		members, err := w.Members(w.Context(), rita, "moths", 0, "")
		w.must(err)
		wantEqual(w.T, len(members.Items), 2)
		page, err := w.Members(w.Context(), olga, "moths", 0, "")
		w.must(err)
		wantEqual(w.T, page.Permissions, []string{})
		wantEqual(w.T, page.Items[1].Permissions, []string{})
		for _, who := range []authz.Subject{olga, sue, setup} {
			for what, change := range w.changes(who, "moths", m.ID) {
				if e, ok := change().(*remit.Error); !ok || e.Kind != remit.Conflict || e.Code != "archived" {
					w.Errorf("%s of an archived project by %s: %v", what, who.Name, e)
				}
			}
		}
		// Who may not hears of the right, not of the state.
		_, err = w.Update(w.Context(), rita, "moths", projects.ProjectPatch{})
		wantKind(w.T, err, remit.Denied)
		_, err = w.Archive(w.Context(), olga, "moths", false)
		w.must(err)
		_, err = w.Update(w.Context(), olga, "moths", projects.ProjectPatch{Title: new("again")})
		w.must(err)
	})
}

// changes are ways to change something in a project.
func (w *world) changes(who authz.Subject, slug string, member remit.MemberID) map[string]func() error {
	second := func(_ any, err error) error { return err }
	return map[string]func() error{
		"update": func() error { return second(w.Update(w.Context(), who, slug, projects.ProjectPatch{Title: new("x")})) },
		"member": func() error {
			return second(w.AddMember(w.Context(), who, slug, projects.NewMember{User: "rita", Roles: []string{"worker"}}))
		},
		"no member": func() error { return w.RemoveMember(w.Context(), who, slug, member) },
		"override": func() error {
			return w.SetOverride(w.Context(), who, slug, remit.Override{Role: "reader", Permission: "job:read", Effect: "deny"})
		},
		"entry": func() error {
			return second(w.AddEntry(w.Context(), who, slug, remit.Entry{User: "rita", Permission: "job:read", Effect: "deny"}))
		},
		"publish": func() error {
			return second(w.Publish(w.Context(), who, slug, projects.Publication{Permission: "file:read", Public: true}))
		},
		"transfer": func() error { return second(w.Transfer(w.Context(), who, slug, "rita")) },
	}
}

func TestADeletedProjectIsAbsentForEverybodyAndCanComeBack(t *testing.T) {
	inWorlds(t, func(w *world) {
		made := w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		rita, m := w.member("moths", "rita", "reader")
		otto, _ := w.member("moths", "otto", "owner")
		sue := w.superuser("sue")
		_, err := w.Publish(w.Context(), olga, "moths", projects.Publication{Permission: "collection:read", Public: true})
		w.must(err)
		_, err = w.Delete(w.Context(), rita, "moths")
		wantKind(w.T, err, remit.Denied)
		gone, err := w.Delete(w.Context(), olga, "moths")
		w.must(err)
		wantEqual(w.T, gone, remit.DeletedProject{ID: made.ID, Slug: "moths", Title: "moths", DeletedAt: w.clock.Now(), DeletedBy: "olga",
			RestoreUntil: w.clock.Now().Add(14 * 24 * time.Hour), Permissions: []string{"restore"}})

		for _, who := range []authz.Subject{olga, otto, rita, sue, setup, stranger} {
			w.wantAbsent(who, "moths", made.ID, m.ID)
		}
		for _, who := range []authz.Subject{otto, rita, stranger, keyOf(olga, "job:read"), keyOf(sue, "job:read")} {
			page, err := w.Deleted(w.Context(), who, 0, "")
			w.must(err)
			wantEqual(w.T, len(page.Items), 0)
			_, err = w.Restore(w.Context(), who, made.ID, "")
			_, none := w.Restore(w.Context(), who, remit.NewID[remit.ProjectID](w.clock.Now()), "")
			if err == nil {
				w.Errorf("%s brought it back", who.Name)
			}
			if who.Caps == nil {
				wantSame(w.T, err, none)
			}
		}
		for _, who := range []authz.Subject{olga, sue} {
			page, err := w.Deleted(w.Context(), who, 0, "")
			w.must(err)
			wantEqual(w.T, page.Items, []remit.DeletedProject{gone})
		}
		w.project("moths") // the name is free, and taken now
		_, err = w.Restore(w.Context(), olga, made.ID, "")
		wantEqual(w.T, wantKind(w.T, err, remit.Conflict).Field, "slug")
		back, err := w.Restore(w.Context(), olga, made.ID, "old-moths")
		w.must(err)
		wantEqual(w.T, []any{back.ID, back.Slug, back.Visibility, back.Public}, []any{made.ID, "old-moths", "public", []string{"collection:read"}})
		w.wantAllowed(rita, "job:read", "old-moths", true)
		w.wantAllowed(stranger, "collection:read", "old-moths", true)
		page, err := w.Deleted(w.Context(), sue, 0, "")
		w.must(err)
		wantEqual(w.T, len(page.Items), 0)
	})
}

// wantAbsent asks for a deleted project in every way.
func (w *world) wantAbsent(who authz.Subject, slug string, id remit.ProjectID, member remit.MemberID) {
	w.Helper()
	second := func(_ any, err error) error { return err }
	ways := w.changes(who, slug, member)
	ways["read"] = func() error { return second(w.Project(w.Context(), who, slug)) }
	ways["members"] = func() error { return second(w.Members(w.Context(), who, slug, 0, "")) }
	ways["access"] = func() error { return second(w.Access(w.Context(), who, slug)) }
	ways["check"] = func() error {
		return second(w.Check(w.Context(), who, projects.Question{Permission: "project:view", Project: slug}))
	}
	ways["ids"] = func() error { return second(w.IDs(w.Context(), who, []string{slug})) }
	ways["by its id"] = func() error { return second(w.Project(w.Context(), who, string(id))) }
	for what, ask := range ways {
		if err := ask(); remit.KindOf(err) != remit.NotFound {
			w.Errorf("%s of a deleted project by %s: %v", what, who.Name, err)
		}
	}
	page, err := w.Projects(w.Context(), who, 0, "")
	w.must(err)
	wantEqual(w.T, len(page.Items), 0)
	_, mine, err := w.Rights(w.Context(), who)
	w.must(err)
	wantEqual(w.T, len(mine), 0)
	named, err := w.Named(w.Context(), who, []string{string(id)})
	w.must(err)
	wantEqual(w.T, named, []string{})
}

func TestWhatWasDeletedLongAgoStaysAway(t *testing.T) {
	inWorlds(t, func(w *world) {
		made := w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		sue := w.superuser("sue")
		_, err := w.Delete(w.Context(), olga, "moths")
		w.must(err)
		w.clock.Advance(14*24*time.Hour - time.Microsecond)
		page, err := w.Deleted(w.Context(), olga, 0, "")
		w.must(err)
		wantEqual(w.T, len(page.Items), 1)
		w.clock.Advance(time.Microsecond)
		for _, who := range []authz.Subject{olga, sue} {
			page, err := w.Deleted(w.Context(), who, 0, "")
			w.must(err)
			wantEqual(w.T, len(page.Items), 0)
			_, err = w.Restore(w.Context(), who, made.ID, "")
			wantKind(w.T, err, remit.NotFound)
		}
	})
}

func TestADeletedProjectHoldsNobodyUp(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		_, err := w.Delete(w.Context(), olga, "moths")
		w.must(err)
		_, err = w.accounts.Update(w.Context(), setup, "olga", identity.UserPatch{Disabled: new(true)})
		w.must(err) // R25 asks of projects that are there
		w.must(w.PutRole(w.Context(), setup, remit.Role{Name: "owner", Allow: []string{"project:view"}}))
	})
}

func TestATransferGivesAndTakesInOneStep(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner", "reader")
		heir := w.person("heir")
		rita, _ := w.member("moths", "rita", "reader")
		for who, want := range map[*authz.Subject]remit.Kind{&rita: remit.Denied, &heir: remit.NotFound, &stranger: remit.NotFound} {
			_, err := w.Transfer(w.Context(), *who, "moths", "heir")
			wantKind(w.T, err, want)
		}
		_, err := w.Transfer(w.Context(), keyOf(olga, "project:*", "member:*"), "moths", "heir")
		wantEqual(w.T, wantKind(w.T, err, remit.Denied).Code, "key_scope")
		_, err = w.Transfer(w.Context(), keyOf(olga, "access:grant", "project:*", "member:*"), "moths", "heir")
		wantKind(w.T, err, remit.Denied) // the key gives no more than it covers (R24)
		_, err = w.Transfer(w.Context(), olga, "moths", "olga")
		wantKind(w.T, err, remit.Invalid)
		_, err = w.Transfer(w.Context(), olga, "moths", "nobody")
		wantKind(w.T, err, remit.Invalid)
		_, err = w.Transfer(w.Context(), w.superuser("sue"), "moths", "heir")
		wantEqual(w.T, wantKind(w.T, err, remit.Conflict).Code, "not_owner")

		m, err := w.Transfer(w.Context(), olga, "moths", "heir")
		w.must(err)
		wantEqual(w.T, m.Roles, []string{"owner"})
		w.wantAllowed(heir, "access:grant", "moths", true)
		w.wantAllowed(olga, "access:grant", "moths", false)
		w.wantAllowed(olga, "member:read", "moths", true) // still a reader
	})
}

func TestATransferToADisabledAccountWouldLeaveNobody(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		w.person("away")
		_, err := w.accounts.Update(w.Context(), setup, "away", identity.UserPatch{Disabled: new(true)})
		w.must(err)
		_, err = w.Transfer(w.Context(), olga, "moths", "away")
		wantEqual(w.T, wantKind(w.T, err, remit.Conflict).Code, "last_manager")
		w.wantAllowed(olga, "access:grant", "moths", true)
	})
}

func TestPublishingOpensExactNamesThatMayBePublic(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		rita, _ := w.member("moths", "rita", "reader")
		publish := func(who authz.Subject, name string, public bool) (projects.Publication, error) {
			return w.Publish(w.Context(), who, "moths", projects.Publication{Permission: name, Public: public})
		}
		for _, name := range []string{"job:read", "file:*", "*", "file:read@own", "user:read", "nothing:at-all", ""} {
			_, err := publish(olga, name, true)
			wantEqual(w.T, wantKind(w.T, err, remit.Invalid).Field, "permission")
		}
		_, err := publish(rita, "file:read", true)
		wantKind(w.T, err, remit.Denied)
		_, err = publish(keyOf(olga, "project:view"), "file:read", true)
		wantKind(w.T, err, remit.Denied)
		_, err = publish(w.person("eve"), "file:read", true)
		wantKind(w.T, err, remit.NotFound)

		_, err = w.AddEntry(w.Context(), olga, "moths", remit.Entry{User: "rita", Permission: "file:read", Effect: "deny"})
		w.must(err)
		p, err := publish(olga, "file:read", true)
		w.must(err)
		wantEqual(w.T, p.Warnings, []string{"The deny of file:read for rita cannot keep file:read away from them any more."})
		p, err = publish(olga, "file:download", true)
		w.must(err)
		wantEqual(w.T, p.Warnings, nil)
		for _, who := range []authz.Subject{rita, stranger, w.person("eve")} {
			w.wantAllowed(who, "file:read", "moths", true)
			w.wantAllowed(who, "project:view", "moths", true)
		}
		shown, err := w.Project(w.Context(), stranger, "moths")
		w.must(err)
		wantEqual(w.T, []any{shown.Visibility, shown.Public}, []any{"public", []string{"file:download", "file:read"}})
		_, err = publish(olga, "file:read", false)
		w.must(err)
		_, err = publish(olga, "file:download", false)
		w.must(err)
		_, err = w.Project(w.Context(), stranger, "moths")
		wantKind(w.T, err, remit.NotFound)
	})
}

func TestADenyThatCannotBiteIsWarnedOf(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.person("eve")
		for _, name := range []string{"collection:read", "file:read"} {
			_, err := w.Publish(w.Context(), setup, "moths", projects.Publication{Permission: name, Public: true})
			w.must(err)
		}
		warned := func(pattern, effect string) []string {
			o, err := w.Override(w.Context(), setup, "moths", remit.Override{Role: "worker", Permission: pattern, Effect: effect, Warnings: []string{"mine"}})
			w.must(err)
			return o.Warnings
		}
		said := func(names string) []string {
			return []string{"The deny cannot bite for " + names + ": everybody may do that here, signed in or not."}
		}
		wantEqual(w.T, warned("file:read", "deny"), said("file:read"))
		wantEqual(w.T, warned("file:*", "deny"), said("file:read"))
		wantEqual(w.T, warned("job:read", "deny"), nil)
		wantEqual(w.T, warned("file:read", "allow"), nil)
		wantEqual(w.T, warned("project:view", "deny"), said("collection:read, file:read, project:view"))
		e, err := w.AddEntry(w.Context(), setup, "moths", remit.Entry{User: "eve", Permission: "collection:read", Effect: "deny", Warnings: []string{"mine"}})
		w.must(err)
		wantEqual(w.T, e.Warnings, said("collection:read"))
		a, err := w.Access(w.Context(), setup, "moths")
		w.must(err)
		if diff := cmp.Diff([]string(nil), a.Entries[0].Warnings); diff != "" {
			w.Errorf("what is stored warns:\n%s", diff)
		}
	})
}
