package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

// lookAs is call in a preview.
func (w *world) lookAs(as, name, method, path string, body any) reply {
	w.t.Helper()
	r := w.call(name, method, path, body, header{"Remit-Preview", as})
	r.asked = name + " as " + as + ": " + r.asked
	return r
}

// shownBy is everything that reads show to somebody: addresses that answer,
// and what lists hold, each with the verbs that may be used on it.
func (w *world) shownBy(u universe, get func(path string) reply) map[string][]string {
	w.t.Helper()
	shown := map[string][]string{}
	lists := []string{"/api/v1/projects", "/api/v1/jobs", "/api/v1/files", "/api/v1/users", "/api/v1/keys", "/api/v1/nodes", "/api/v1/roles", "/api/v1/job-types"}
	for _, slug := range u.slugs {
		at := "/api/v1/projects/" + slug
		shown[at] = nil
		for _, kind := range []string{"collections", "files", "jobs", "members", "roots", "access", "job-types"} {
			lists = append(lists, at+"/"+kind)
		}
	}
	for _, x := range u.things {
		shown[x.address()] = nil
		for _, part := range parts[x.kind] {
			shown[x.address()+part] = nil
		}
	}
	for path := range shown {
		if r := get(path); r.status != 200 {
			delete(shown, path)
		}
	}
	for _, path := range lists {
		r := get(path + "?limit=500")
		if r.status == 422 { // it takes no limit
			r = get(path)
		}
		if r.status != 200 {
			continue
		}
		shown["list "+path] = nil
		type item struct {
			ID, Slug, Name, Key string
			Permissions         []string
		}
		for _, x := range into[remit.Page[item]](w.t, r, 200).Items {
			shown[path+" shows "+x.ID+x.Slug+x.Name+x.Key] = x.Permissions
		}
	}
	return shown
}

// R23: a preview never adds. What is shown is shown to the viewer and to whom
// they look as, and nothing can be changed.
func TestAPreviewShowsOnlyWhatBothSee(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		u := w.universe()
		seen := map[string]map[string][]string{}
		for _, name := range []string{"root", "narrow", "moths-project_manager", "moths-basic_member", "moths-researcher", "observatory-supervisor", "observatory-student", "stranger", "banned"} {
			seen[name] = w.shownBy(u, func(path string) reply { return w.call(name, "GET", path, nil) })
		}
		nonempty := 0
		for _, c := range []struct{ viewer, as string }{
			{"root", "moths-basic_member"}, {"root", "moths-researcher"}, {"root", "observatory-student"}, {"root", "stranger"}, {"root", "banned"},
			{"moths-project_manager", "moths-basic_member"}, {"moths-project_manager", "moths-researcher"}, {"moths-project_manager", "moths-project_manager"},
			{"narrow", "observatory-student"}, {"observatory-supervisor", "observatory-student"},
		} {
			shown := w.shownBy(u, func(path string) reply { return w.lookAs("user:"+c.as, c.viewer, "GET", path, nil) })
			nonempty += len(shown)
			for what, verbs := range shown {
				mine, toMe := seen[c.viewer][what]
				theirs, toThem := seen[c.as][what]
				if !toMe || !toThem {
					t.Errorf("%s as %s: %s; to the viewer: %t, to the other: %t", c.viewer, c.as, what, toMe, toThem)
				}
				for _, verb := range verbs {
					base, _, _ := strings.Cut(verb, "@")
					looks := remit.OnlyLooks(base) || slices.Contains([]string{"read", "download"}, base)
					if !slices.Contains(mine, base) || !slices.Contains(theirs, verb) || !looks {
						t.Errorf("%s as %s: %s on %s; the viewer %v, the other %v", c.viewer, c.as, verb, what, mine, theirs)
					}
				}
			}
			// To whom may see all, it shows all that the other sees (but for the other's own account and keys).
			if c.viewer == "root" {
				for what := range seen[c.as] {
					if _, is := shown[what]; !is && strings.HasPrefix(what, "/api/v1/files") || !is && strings.HasPrefix(what, "/api/v1/jobs/") && !strings.Contains(what, "/preview") {
						t.Errorf("root as %s does not see %s", c.as, what)
					}
				}
			}
		}
		if nonempty < 100 {
			t.Errorf("previews show %d things in all, which is dull", nonempty)
		}
	})
}

// Own things are those of the person: the list of one's jobs is theirs.
func TestMyJobsInAPreviewAreThoseOfThePerson(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		w.universe()
		mine := func(r reply) (owners []string) {
			for _, j := range into[remit.Page[remit.Job]](t, r, 200).Items {
				owners = append(owners, j.Owner)
			}
			return slices.Compact(owners)
		}
		const path = "/api/v1/jobs?owner=me&limit=500"
		for as, want := range map[string]string{"user:moths-researcher": "moths-researcher", "role:researcher": "root"} {
			if diff := cmp.Diff([]string{want}, mine(w.lookAs(as, "root", "GET", path, nil))); diff != "" {
				t.Errorf("as %s (-want +got):\n%s", as, diff)
			}
		}
	})
}

func TestAPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		before := w.jobIDs()
		for _, c := range []struct {
			method, path string
			body         any
		}{
			{"POST", mothJobs, remit.JobSpec{Type: "scan"}},
			{"POST", "/api/v1/projects/nowhere/jobs", remit.JobSpec{Type: "scan"}},
			{"POST", "/api/v1/projects/moths/members", client.NewMember{User: "root", Roles: []string{"basic_member"}}},
			{"POST", "/api/v1/users", client.NewUser{Name: "made", Password: "correct horse"}},
			{"POST", "/api/v1/keys", client.NewKey{Title: "made"}},
			{"PUT", "/api/v1/projects/moths/overrides", remit.Override{Role: "researcher", Permission: "job:read", Effect: "deny"}},
		} {
			for _, as := range []string{"user:root", "user:moths-basic_member", "role:basic_member"} {
				r := w.lookAs(as, "root", c.method, c.path, c.body)
				if p := problemOf(t, r); r.status != 403 && r.status != 404 || r.status == 403 && p.Code != "preview_read_only" {
					t.Errorf("%s: %d %s", r.asked, r.status, r.body)
				}
			}
		}
		if diff := cmp.Diff(before, w.jobIDs()); diff != "" {
			t.Errorf("jobs (-before +after):\n%s", diff)
		}
		if r := w.call("root", "GET", "/api/v1/users/made", nil); r.status != 404 {
			t.Errorf("an account was made: %d", r.status)
		}
	})
}

// Who may preview, whom, and where.
func TestAPreviewTakesTheRightToSeeAccess(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	w.account("stranger")
	w.keys["key"] = w.key("root", client.NewKey{Title: "reads", Scopes: []string{"job:read"}}).Secret
	const manager, member = "moths-project_manager", "moths-basic_member"
	for _, c := range []struct {
		who, as, path string
		status        int
		code          string
	}{
		{"root", "user:" + member, "/api/v1/me", 200, ""},
		{"root", "role:basic_member", "/api/v1/projects/moths", 200, ""},
		{manager, "user:" + member, "/api/v1/projects/moths/jobs", 200, ""},
		{manager, "role:basic_member", "/api/v1/projects/moths/jobs", 200, ""},
		{manager, "user:" + member, "/api/v1/projects/observatory", 404, "not_found"},
		{manager, "user:" + member, "/api/v1/roles", 403, "denied"},
		{member, "user:" + member, "/api/v1/me", 403, "denied"},
		{member, "user:nobody", "/api/v1/me", 403, "denied"},
		{member, "role:nothing", "/api/v1/me", 403, "denied"},
		{"stranger", "user:" + member, "/api/v1/me", 403, "denied"},
		{"key", "user:" + member, "/api/v1/me", 403, "key_scope"},
		{"anonymous", "user:" + member, "/api/v1/me", 401, "unauthenticated"},
		{manager, "user:nobody", "/api/v1/me", 422, "invalid"},
		{manager, "user:stranger", "/api/v1/me", 422, "invalid"},
		{manager, "user:observatory-student", "/api/v1/me", 422, "invalid"},
		{"root", "user:nobody", "/api/v1/me", 422, "invalid"},
		{"root", "role:nothing", "/api/v1/me", 422, "invalid"},
		{"root", "nobody", "/api/v1/me", 422, "invalid"},
		{"root", "user:", "/api/v1/me", 422, "invalid"},
		{"root", "user:\xff", "/api/v1/me", 422, "invalid"},
	} {
		r := w.lookAs(c.as, c.who, "GET", c.path, nil)
		code := ""
		if r.status != 200 {
			code = problemOf(t, r).Code
		}
		if r.status != c.status || code != c.code {
			t.Errorf("%s: %d %s, want %d %s", r.asked, r.status, r.body, c.status, c.code)
		}
	}
	hidden, absent := w.lookAs("user:stranger", manager, "GET", "/api/v1/me", nil), w.lookAs("user:nobody12", manager, "GET", "/api/v1/me", nil)
	if sameBut(string(hidden.body)) != strings.ReplaceAll(sameBut(string(absent.body)), "nobody12", "stranger") {
		t.Errorf("a hidden account: %s\nan absent one: %s", hidden.body, absent.body)
	}
}

func TestMeTellsOfThePreview(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	const manager, member = "moths-project_manager", "moths-basic_member"
	r := w.lookAs("user:"+member, manager, "GET", "/api/v1/me", nil)
	me, theirs := into[client.Me](t, r, 200), into[client.Me](t, w.call(member, "GET", "/api/v1/me", nil), 200)
	if me.Preview == nil || me.Preview.User != member || me.User.Name != manager || r.header.Get("Remit-Preview") != "user:"+member {
		t.Errorf("%+v, header %q", me, r.header.Get("Remit-Preview"))
	}
	if len(me.Projects) != 1 || !slices.Equal(me.Projects[0].Roles, theirs.Projects[0].Roles) || slices.Contains(me.Projects[0].Permissions, "job:create") || len(me.Permissions) != 0 {
		t.Errorf("%+v; to the member %+v", me, theirs)
	}
	for _, p := range me.Projects[0].Permissions {
		if !slices.Contains(theirs.Projects[0].Permissions, p) || !remit.OnlyLooks(strings.TrimSuffix(p, "@own")) {
			t.Errorf("%s is shown; the member has %v", p, theirs.Projects[0].Permissions)
		}
	}
	// What is asked in a preview is asked of whom it shows.
	q := client.Question{Permission: "job:read", Project: "moths"}
	v := into[client.Verdict](t, w.lookAs("user:"+member, "root", "POST", "/api/v1/access/check", q), 200)
	x := into[remit.Explanation](t, w.lookAs("user:"+member, "root", "POST", "/api/v1/access/explain", q), 200)
	if !v.Allowed || x.Allowed != v.Allowed || len(x.Parts) == 0 || x.Parts[0].As != "target" || strings.Contains(x.Text, "user_") {
		t.Errorf("%+v\n%s", v, x.Text)
	}
	q.Permission = "job:create"
	if v := into[client.Verdict](t, w.lookAs("user:"+member, "root", "POST", "/api/v1/access/check", q), 200); v.Allowed {
		t.Error("a preview may make jobs")
	}
}
