package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// list compares access/things with access/check, thing by thing.
func (w *walk) list() {
	w.t.Helper()
	for kind, permissions := range map[string][]string{
		"collections": {"collection:read", "collection:publish"},
		"files":       {"file:read", "file:download"},
		"jobs":        {"job:read", "job:cancel", "job:delete"},
	} {
		for _, permission := range permissions {
			var want []string
			for _, x := range w.things {
				if x.kind != kind {
					continue
				}
				r := w.call(w.name, "POST", "/api/v1/access/check", question(x, permission))
				if r.status == 200 && into[client.Verdict](w.t, r, 200).Allowed {
					want = append(want, x.id)
				}
			}
			got := listed(w.world, w.name, client.Things{Permission: permission})
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				w.t.Errorf("things with %s (-by check +listed):\n%s", permission, diff)
			}
		}
	}
}

// listed are the things of a whole list, three at a time; nothing when it is refused.
func listed(w *world, name string, q client.Things) (ids []string) {
	w.t.Helper()
	for q.Limit = 3; ; {
		page, err := w.as(name).Things(w.t.Context(), q)
		if kind := remit.KindOf(err); kind == remit.Denied || kind == remit.NotFound || kind == remit.Unauthenticated {
			return nil
		}
		if err != nil {
			w.t.Errorf("%s lists %+v: %v", name, q, err)
			return nil
		}
		ids = append(ids, page.Items...)
		if q.After = page.Next; q.After == "" {
			return ids
		}
	}
}

func TestThingsOfOthersAreThoseThatTheAskerSeesToo(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		w.universe()
		all := func(name, user, project string) []string {
			return listed(w, name, client.Things{User: user, Project: project, Permission: "file:read"})
		}
		if len(all("root", "moths-basic_member", "moths")) != 10 {
			t.Error("a superuser does not see what a member of moths sees there")
		}
		if got, want := all("root", "observatory-student", ""), all("observatory-student", "", ""); len(want) != 10 || !slices.Equal(got, want) {
			t.Errorf("of observatory-student: %v, and by themselves: %v", got, want)
		}
		if !slices.Equal(all("capped", "moths-ml_data_manager", ""), all("capped", "", "")) {
			t.Error("a limited key sees more by its owner's name")
		}
		if got, want := all("moths-project_manager", "moths-basic_member", "moths"), all("moths-basic_member", "", "moths"); len(want) != 10 || !slices.Equal(got, want) {
			t.Errorf("of a member, to the manager: %v, and by themselves: %v", got, want)
		}
	})
}

// R22: where access:view is denied, nobody learns what others may, though they
// may ask about the site as a whole.
func TestThingsOfOthersAreNotToldWhereAccessViewIsDenied(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		w.universe()
		site := remit.Role{Name: "signed_in", Site: true, Allow: []string{"project:view", "file:read", "access:view", "member:read", "user:read"}}
		if err := w.server.Projects.PutRole(t.Context(), server.Setup, site); err != nil {
			t.Fatal(err)
		}
		q := client.Things{User: "root", Permission: "file:read"}
		before := listed(w, "stranger", q)
		deny := client.NewEntry{User: "stranger", Permission: "access:view", Effect: "deny"}
		into[remit.Entry](t, w.call("root", "POST", "/api/v1/projects/moths/entries", deny), 201)
		after, mine := listed(w, "stranger", q), listed(w, "stranger", client.Things{Permission: "file:read"})
		if len(before) != 15 || len(after) != 5 || !slices.Equal(mine, before) {
			t.Errorf("of root: %d files, with a deny in moths %d; own: %d", len(before), len(after), len(mine))
		}
	})
}

func TestWrongQuestionsForThings(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	for name, c := range map[string]struct {
		who    string
		q      client.Things
		status int
		field  string
	}{
		"an unknown permission":       {"root", client.Things{Permission: "file:raed"}, 422, "permission"},
		"no permission":               {"root", client.Things{}, 422, "permission"},
		"an operation":                {"root", client.Things{Permission: "file.read"}, 422, "permission"},
		"what has no list":            {"root", client.Things{Permission: "member:create"}, 422, "permission"},
		"somebody unknown":            {"root", client.Things{Permission: "file:read", User: "nobody"}, 422, "user"},
		"a hidden project":            {"moths-basic_member", client.Things{Permission: "file:read", Project: "observatory"}, 404, ""},
		"a project that is not there": {"moths-basic_member", client.Things{Permission: "file:read", Project: "nowhere"}, 404, ""},
		"others, without access:view": {"moths-basic_member", client.Things{Permission: "file:read", User: "root"}, 403, ""},
		"a cursor of another list":    {"root", client.Things{Permission: "file:read", After: "job_1"}, 422, "after"},
		"a pattern":                   {"root", client.Things{Permission: "file:*"}, 422, "permission"},
		"a cursor that is no text":    {"root", client.Things{Permission: "file:read", After: "file_\x00"}, 422, "body"},
		"too many":                    {"root", client.Things{Permission: "file:read", Limit: 501}, 422, "limit"},
	} {
		r := w.call(c.who, "POST", "/api/v1/access/things", c.q)
		about := ""
		for _, e := range problemOf(t, r).Errors {
			about = e.Location
		}
		if r.status != c.status || about != c.field {
			t.Errorf("%s: %d %s, want %d about %q", name, r.status, r.body, c.status, c.field)
		}
	}
}

// What is asked about others tells only of accounts that the asker may know of,
// and of the site only where they may ask about the site.
func TestAskingInAProjectTellsNothingOfTheRestOfTheSite(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	w.account("stranger")
	const manager = "moths-project_manager"
	ask := func(user, permission string) reply {
		return w.call(manager, "POST", "/api/v1/access/check", client.Question{User: user, Permission: permission, Project: "moths"})
	}
	if r := ask("moths-basic_member", "file:read"); r.status != 200 {
		t.Errorf("a member: %d %s", r.status, r.body)
	}
	if r := ask("moths-basic_member", "user:create"); r.status != 403 {
		t.Errorf("a permission of the site: %d %s", r.status, r.body)
	}
	for _, q := range []client.Questions{{Permissions: []string{"file:read", "user:create"}}, {Permissions: []string{"user:create"}}} {
		q.User, q.Project = "moths-basic_member", "moths"
		if r := w.call(manager, "POST", "/api/v1/access/check-all", q); r.status != 403 {
			t.Errorf("%v: %d %s", q.Permissions, r.status, r.body)
		}
	}
	for _, user := range []string{"root", "stranger", "observatory-staff", "no-such-user"} {
		r := ask(user, "file:read")
		if want := strings.ReplaceAll(string(ask("nobody", "file:read").body), "nobody", user); r.status != 422 || sameBut(string(r.body)) != sameBut(want) {
			t.Errorf("%s: %d %s, want it to read like nobody: %s", user, r.status, r.body, want)
		}
	}
	if r := w.call("root", "POST", "/api/v1/access/check", client.Question{User: "stranger", Permission: "user:create", Project: "moths"}); r.status != 200 {
		t.Errorf("a superuser is refused: %d %s", r.status, r.body)
	}
}

// sameBut is a problem without the id of its request.
func sameBut(body string) string {
	before, _, _ := strings.Cut(body, `"request_id"`)
	return before
}

func TestAQuestionAboutNothingIsRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	long := "file:" + strings.Repeat("r", 900_000)
	for name, q := range map[string]any{
		"no thing":      map[string]any{"permission": "file:read", "on": map[string]string{}},
		"a long name":   map[string]any{"permission": long},
		"one of many":   map[string]any{"permissions": []string{"file:read", long}},
		"an odd things": map[string]any{"permission": long + "*"},
	} {
		for _, at := range []string{"check", "check-all", "things"} {
			r := w.call("anonymous", "POST", "/api/v1/access/"+at, q)
			if r.status != 422 || len(r.body) > 2000 {
				t.Errorf("%s, %s: %d, %d bytes", name, at, r.status, len(r.body))
			}
		}
	}
}

// What a key's scope covers it may be asked about in any project that its
// account sees, one by one and as a list.
func TestAKeyWithoutSightOfTheProjectIsAnsweredAlikeByCheckAndThings(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	u := w.universe()
	w.keys["files"] = w.key("moths-basic_member", client.NewKey{Title: "files", Scopes: []string{"file:read"}}).Secret
	for _, slug := range []string{"moths", "observatory"} {
		for _, permission := range []string{"file:read", "file:download", "job:read", "collection:read"} {
			kind, _, _ := strings.Cut(permission, ":")
			r := w.call("files", "POST", "/api/v1/access/things", client.Things{Permission: permission, Project: slug, Limit: 500})
			general := w.call("files", "POST", "/api/v1/access/check", client.Question{Permission: permission, Project: slug})
			if r.status != general.status || (slug == "observatory") != (r.status == 404) {
				t.Errorf("%s in %s: things %d %s, check %d %s", permission, slug, r.status, r.body, general.status, general.body)
				continue
			}
			if r.status != 200 {
				continue
			}
			ids := into[remit.Page[string]](t, r, 200).Items
			if into[client.Verdict](t, general, 200).Allowed && len(ids) == 0 {
				t.Errorf("%s in %s: %d listed, check %s", permission, slug, len(ids), general.body)
			}
			for _, x := range u.things {
				if x.kind != kind+"s" || x.project != slug {
					continue
				}
				q := question(x, permission)
				q.Project = slug
				r := w.call("files", "POST", "/api/v1/access/check", q)
				allowed := r.status == 200 && into[client.Verdict](t, r, 200).Allowed
				if allowed != slices.Contains(ids, x.id) {
					t.Errorf("%s on %s: check %s, listed: %t", permission, x.id, r.body, !allowed)
				}
			}
		}
	}
}
