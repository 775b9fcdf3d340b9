package auditor_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/auditor"
	"github.com/remit-server/remit/internal/projects"
)

// R19: the list is the filter of everything by the check, entry by entry.
func TestTheListIsWhatTheCheckPermits(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.refuse("moths")
		w.refuse("stars")
		everything := w.list(w.people["sue"], auditor.Filter{})
		if !slices.IsSortedFunc(everything, func(a, b remit.AuditEntry) int { return b.At.Compare(a.At) }) {
			t.Error("not newest first")
		}
		both := w.keyed("sue", authz.Caps{Scopes: []string{"audit:read"}, Projects: []string{string(everything[0].ProjectID)}})
		for name, who := range map[string]authz.Subject{"ada": w.people["ada"], "eve": w.people["eve"], "sue": w.people["sue"], "a key": both} {
			var want []remit.AuditEntry
			seen := map[string]bool{}
			for _, e := range everything {
				v, err := w.projects.Check(w.Context(), w.people["sue"], projects.Question{Permission: "audit:read"})
				w.must(err)
				allowed := v.Allowed
				switch name {
				case "ada":
					allowed = e.Project == "moths"
				case "eve":
					allowed = e.Project == "stars"
				case "a key":
					allowed = e.ProjectID == everything[0].ProjectID
				}
				if allowed {
					want = append(want, e)
					seen[e.Project] = true
				}
			}
			if len(want) == 0 || name == "sue" && len(seen) != 3 {
				t.Errorf("%s sees %v: nothing is tested", name, seen)
			}
			wantEqual(t, w.list(who, auditor.Filter{}), want)
		}
	})
}

func TestWhoMayReadNothingIsRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		for _, c := range []struct {
			who  authz.Subject
			slug string
			kind remit.Kind
		}{
			{nobody, "", remit.Unauthenticated},
			{w.people["tom"], "", remit.Denied},
			{w.people["ron"], "", remit.Denied},
			{node, "", remit.Denied},
			{w.keyed("sue", authz.Caps{Scopes: []string{"job:read"}}), "", remit.Denied},
			{w.keyed("ada", authz.Caps{Scopes: []string{"job:read"}}), "moths", remit.Denied},
			{w.people["ron"], "moths", remit.Denied},    // sees the project, and not its log
			{w.people["tom"], "moths", remit.NotFound},  // does not see the project
			{w.people["tom"], "absent", remit.NotFound}, // that is not there
			{w.people["ada"], "stars", remit.NotFound},
			{nobody, "moths", remit.NotFound},
		} {
			_, err := w.List(w.Context(), c.who, auditor.Filter{Project: c.slug})
			wantKind(t, err, c.kind)
			asker := func(context.Context) (authz.Subject, error) { return c.who, nil }
			err = w.Export(w.Context(), asker, auditor.Filter{Project: c.slug}, func([]remit.AuditEntry) error { t.Error("exported"); return nil })
			wantKind(t, err, c.kind)
		}
		_, hidden := w.List(w.Context(), w.people["tom"], auditor.Filter{Project: "moths"})
		_, absent := w.List(w.Context(), w.people["tom"], auditor.Filter{Project: "absent"})
		wantEqual(t, hidden.Error(), absent.Error())
	})
}

// What the whole log tells needs the right to all of it, on the site.
func TestHeadVerifyChainAndArchiveAreForTheSite(t *testing.T) {
	inWorlds(t, func(w *world) {
		for name, who := range map[string]authz.Subject{"nobody": nobody, "owner": w.people["ada"], "reader": w.people["ron"], "node": node,
			"key": w.keyed("sue", authz.Caps{Scopes: []string{"job:*"}}), "key of a project": w.keyed("sue", authz.Caps{Scopes: []string{"*"}, Projects: []string{"p"}})} {
			kind := remit.Denied
			if name == "nobody" {
				kind = remit.Unauthenticated
			}
			asker := func(context.Context) (authz.Subject, error) { return who, nil }
			_, err := w.Head(w.Context(), who)
			wantKind(t, err, kind)
			_, err = w.Verify(w.Context(), asker, "", func([]remit.AuditFinding) error { t.Error("told"); return nil })
			wantKind(t, err, kind)
			wantKind(t, w.Chain(w.Context(), asker, func([]auditor.Line) error { t.Error("told"); return nil }), kind)
			_, err = w.Archive(w.Context(), who, noon.Add(time.Hour))
			wantKind(t, err, kind)
		}
		wantEqual(t, len(w.files()), 0)
	})
}

// Whoever reads the site's log, but is kept out of one project's, gets no
// chain: it cannot leave anything out.
func TestAChainIsForThoseWhoMayReadEverything(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.role("signed_in", true, "user:read@own", "audit:read")
		_, err := w.Head(w.Context(), w.people["tom"])
		w.must(err)
		w.must(w.Chain(w.Context(), w.is("tom"), func([]auditor.Line) error { return nil }))
		w.must(w.projects.SetOverride(w.Context(), setup, "moths", remit.Override{Role: "reader", Permission: "audit:read", Effect: "deny"}))
		if slices.ContainsFunc(w.list(w.people["ron"], auditor.Filter{}), func(e remit.AuditEntry) bool { return e.Project == "moths" }) {
			t.Error("ron reads what is denied to him")
		}
		wantKind(t, w.Chain(w.Context(), w.is("ron"), func([]auditor.Line) error { t.Error("told"); return nil }), remit.Denied)
	})
}

func TestFiltersNarrow(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.refuse("moths")
		sue := w.people["sue"]
		all := w.list(sue, auditor.Filter{})
		newest, middle := all[0], all[len(all)/2]
		yes, no := true, false
		for name, c := range map[string]struct {
			f    auditor.Filter
			want func(remit.AuditEntry) bool
		}{
			"actor":     {auditor.Filter{Actor: "ron"}, func(e remit.AuditEntry) bool { return e.Actor == "ron" }},
			"actor id":  {auditor.Filter{Actor: w.people["ron"].ID}, func(e remit.AuditEntry) bool { return e.Actor == "ron" }},
			"operation": {auditor.Filter{Operation: "member.create"}, func(e remit.AuditEntry) bool { return e.Operation == "member.create" }},
			"project":   {auditor.Filter{Project: "stars"}, func(e remit.AuditEntry) bool { return e.Project == "stars" }},
			"thing":     {auditor.Filter{Thing: middle.Thing}, func(e remit.AuditEntry) bool { return e.Thing == middle.Thing }},
			"from":      {auditor.Filter{From: middle.At}, func(e remit.AuditEntry) bool { return !e.At.Before(middle.At) }},
			"until":     {auditor.Filter{Until: middle.At}, func(e remit.AuditEntry) bool { return e.At.Before(middle.At) }},
			"allowed":   {auditor.Filter{Allowed: &yes}, func(e remit.AuditEntry) bool { return e.Allowed }},
			"refused":   {auditor.Filter{Allowed: &no}, func(e remit.AuditEntry) bool { return !e.Allowed }},
			"two":       {auditor.Filter{Actor: "setup", Project: "moths"}, func(e remit.AuditEntry) bool { return e.Actor == "setup" && e.Project == "moths" }},
			"no such":   {auditor.Filter{Request: "none"}, func(remit.AuditEntry) bool { return false }},
		} {
			want := slices.DeleteFunc(slices.Clone(all), func(e remit.AuditEntry) bool { return !c.want(e) })
			got := w.list(sue, c.f)
			if len(want) == len(all) || len(want) == 0 && name != "no such" {
				t.Errorf("%s narrows nothing", name)
			}
			if len(want)+len(got) > 0 {
				wantEqual(t, got, want)
			}
		}
		wantEqual(t, newest.Allowed, false)
		wantEqual(t, newest.Operation+" "+newest.Permission+" "+newest.Actor+" "+newest.Project, "member.create access:grant ron moths")
	})
}

func TestBadFiltersAreRefused(t *testing.T) {
	inWorlds(t, func(w *world) {
		for _, f := range []auditor.Filter{{After: "x"}, {After: "ABCDEF0123456789ABCDEF0123456789ABCDEF01"}, {Limit: -1}, {Limit: 501}, {From: noon, Until: noon}} {
			_, err := w.List(w.Context(), w.people["sue"], f)
			wantKind(t, err, remit.Invalid)
		}
	})
}

func TestAnExportIsTheListBackwards(t *testing.T) {
	inWorlds(t, func(w *world) {
		for _, name := range []string{"ada", "sue"} {
			w.tick()
			want := w.list(w.people[name], auditor.Filter{Operation: "member.create"})
			slices.Reverse(want)
			var got []remit.AuditEntry
			w.must(w.Export(w.Context(), w.is(name), auditor.Filter{Operation: "member.create"}, func(part []remit.AuditEntry) error {
				got = append(got, part...)
				return nil
			}))
			wantEqual(t, got, want)
		}
	})
}

// R18: a right that is revoked while an export goes on ends it.
func TestAnExportEndsWhenItsRightDoes(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.sql(`INSERT INTO audit_entries (id, at, actor_kind, actor_id, actor, key_id, operation, project_id, thing, allowed, rule, permission, detail, request)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
			SELECT '00000' || i, 0, 'person', '', '', '', '', '', '', TRUE, '', '', '', '' FROM n`)
		parts, revoked := 0, errors.New("revoked")
		err := w.Export(w.Context(), func(context.Context) (authz.Subject, error) {
			if parts > 0 {
				return authz.Subject{}, revoked
			}
			return w.people["sue"], nil
		}, auditor.Filter{}, func(part []remit.AuditEntry) error { parts++; return nil })
		if !errors.Is(err, revoked) || parts != 1 {
			t.Errorf("%d parts, %v", parts, err)
		}
	})
}

func TestTheLogSaysWhatWasBefore(t *testing.T) {
	inWorlds(t, func(w *world) {
		newest := func() string { w.tick(); return w.list(w.people["sue"], auditor.Filter{})[0].Detail }
		w.role("reader", false, "project:view")
		wantEqual(t, newest(), "role reader allows project:view; before: project:view, job:read")
		title := "Moths"
		_, err := w.projects.Update(w.Context(), w.people["ada"], "moths", projects.ProjectPatch{Title: &title})
		w.must(err)
		wantEqual(t, newest(), `project moths: title "moths" → "Moths"`)
		for _, effect := range []string{"deny", "remove"} {
			w.must(w.projects.SetOverride(w.Context(), w.people["ada"], "moths", remit.Override{Role: "reader", Permission: "job:read", Effect: effect}))
			w.tick()
		}
		wantEqual(t, newest(), "remove job:read for role reader in moths; before: deny")
		until := noon.Add(time.Hour)
		_, err = w.projects.AddEntry(w.Context(), w.people["ada"], "moths", remit.Entry{User: "ron", Permission: "job:read", Effect: "allow", Until: &until, Why: "a visit"})
		w.must(err)
		wantEqual(t, newest(), `allow job:read to ron in moths until 2026-03-01T13:00:00Z, because "a visit"`)
	})
}

// What comes of giving more than one holds (R24) is a refusal too.
func TestAGiftThatIsRefusedIsInTheLog(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.role("granter", false, "project:view", "member:read", "access:grant")
		w.member("moths", "tom", "granter")
		w.tick()
		_, err := w.projects.AddMember(w.Context(), w.people["tom"], "moths", projects.NewMember{User: "eve", Roles: []string{"owner"}})
		wantKind(t, err, remit.Denied)
		no := false
		got := w.list(w.people["ada"], auditor.Filter{Allowed: &no})
		if len(got) != 1 || got[0].Actor != "tom" || got[0].Operation != "member.create" || got[0].Rule != "R24" || got[0].Detail != err.Error() {
			t.Errorf("%+v", got)
		}
	})
}
