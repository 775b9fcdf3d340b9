package server_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/client"
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
				r := w.call(w.name, "POST", "/api/v1/access/check", question(x, permission))
				if x.kind == kind && r.status == 200 && into[client.Verdict](w.t, r, 200).Allowed {
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
		if err != nil {
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
		// The manager of moths sees no night of observatory but the public one of moths.
		if got, want := all("moths-project_manager", "root", "moths"), all("moths-project_manager", "", "moths"); len(want) != 10 || !slices.Equal(got, want) {
			t.Errorf("of root in moths: %v, and of the asker: %v", got, want)
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
