package server_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"

	"github.com/remit-server/remit/internal/testkit"
)

// everybody who may, two at a time; ok is false when the question is refused.
func (w *world) whoCan(asker string, q client.WhoQuestion) (names []string, incomplete, ok bool) {
	w.t.Helper()
	for q.Limit = 2; ; {
		page, err := w.as(asker).WhoCan(w.t.Context(), q)
		if kind := remit.KindOf(err); kind == remit.Denied || kind == remit.NotFound || kind == remit.Unauthenticated {
			return nil, false, false
		}
		if err != nil {
			w.t.Errorf("%s asks who can %+v: %v", asker, q, err)
			return nil, false, false
		}
		for _, h := range page.Items {
			names = append(names, h.User)
		}
		if incomplete = page.Incomplete; page.Next == "" {
			slices.Sort(names)
			return names, incomplete, true
		}
		q.After = page.Next
	}
}

// whoPass are the accounts about which the asker may ask and for which
// access/check says yes, one by one.
func (w *world) whoPass(asker string, users []string, q client.WhoQuestion) (names []string) {
	w.t.Helper()
	for _, user := range users {
		v, err := w.as(asker).Check(w.t.Context(), client.Question{User: user, Permission: q.Permission, Project: q.Project, On: q.On, Job: q.Job})
		if err == nil && v.Allowed {
			names = append(names, user)
		}
	}
	return names
}

// R19: who-can is the users who pass check, for whoever asks.
func TestWhoCanAreThoseWhoPassTheCheck(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		u := w.universe()
		users := slices.DeleteFunc(slices.Sorted(maps.Keys(w.keys)), func(name string) bool {
			return slices.Contains([]string{"anonymous", "capped", "narrow", "worker"}, name)
		})
		var questions []client.WhoQuestion
		for _, slug := range u.slugs {
			for _, permission := range []string{"access:grant", "job:cancel", "job:run.ml", "file:read", "project:view", "job.submit", "audit:read", "user:create", "key:create"} {
				questions = append(questions, client.WhoQuestion{Permission: permission, Project: slug})
			}
		}
		questions = append(questions, client.WhoQuestion{Permission: "project:create"}, client.WhoQuestion{Permission: "job:read"})
		for i, x := range u.things {
			if i%3 == 0 {
				q := question(x, map[string]string{"collections": "collection:read", "files": "file:download", "jobs": "job.cancel"}[x.kind])
				questions = append(questions, client.WhoQuestion{Permission: q.Permission, On: q.On, Job: q.Job})
			}
		}
		answered := map[string]int{}
		for _, asker := range []string{"root", "moths-project_manager", "observatory-supervisor", "moths-basic_member", "narrow", "capped", "stranger", "anonymous"} {
			for _, q := range questions {
				want := w.whoPass(asker, users, q)
				got, incomplete, ok := w.whoCan(asker, q)
				if asker == "moths-project_manager" || asker == "root" || asker == "narrow" {
					if diff := cmp.Diff(want, got); ok && diff != "" {
						t.Errorf("%s, %+v (-who pass check +who can):\n%s", asker, q, diff)
					}
				}
				if !ok && len(slices.DeleteFunc(want, func(name string) bool { return name == asker || name == ownerOf(asker) })) > 0 {
					t.Errorf("%s, %+v: refused, but check answers about %v", asker, q, want)
				}
				if ok {
					answered[asker]++
					all, _, _ := w.whoCan("root", q)
					if incomplete != (len(got) < len(all)) {
						t.Errorf("%s, %+v: %v, incomplete: %t; there are %v", asker, q, got, incomplete, all)
					}
				}
			}
		}
		if answered["root"] != len(questions) || answered["moths-project_manager"] == 0 || answered["stranger"]+answered["anonymous"]+answered["capped"]+answered["moths-basic_member"] != 0 {
			t.Errorf("answered: %v of %d", answered, len(questions))
		}
	})
}

func ownerOf(name string) string { return (&walk{name: name}).owner() }

// R22: it takes access:view where it is asked; what is hidden is absent.
func TestWhoCanIsForThoseWhoMaySeeAccess(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	w.account("stranger")
	for name, c := range map[string]struct {
		who    string
		q      client.WhoQuestion
		status int
		field  string
	}{
		"a manager":                {"moths-project_manager", client.WhoQuestion{Permission: "file:read", Project: "moths"}, 200, ""},
		"a member":                 {"moths-basic_member", client.WhoQuestion{Permission: "file:read", Project: "moths"}, 403, ""},
		"of another project":       {"moths-project_manager", client.WhoQuestion{Permission: "file:read", Project: "observatory"}, 404, ""},
		"of none":                  {"moths-project_manager", client.WhoQuestion{Permission: "file:read", Project: "nowhere"}, 404, ""},
		"of the site":              {"moths-project_manager", client.WhoQuestion{Permission: "project:create"}, 403, ""},
		"of the site in a project": {"moths-project_manager", client.WhoQuestion{Permission: "user:create", Project: "moths"}, 403, ""},
		"a stranger":               {"stranger", client.WhoQuestion{Permission: "file:read", Project: "moths"}, 404, ""},
		"nobody":                   {"anonymous", client.WhoQuestion{Permission: "project:create"}, 401, ""},
		"an unknown permission":    {"root", client.WhoQuestion{Permission: "file:raed"}, 422, "permission"},
		"a pattern":                {"root", client.WhoQuestion{Permission: "file:*"}, 422, "permission"},
		"too many":                 {"root", client.WhoQuestion{Permission: "file:read", Limit: 501}, 422, "limit"},
		"a cursor of others":       {"root", client.WhoQuestion{Permission: "file:read", After: "job_1"}, 422, "after"},
	} {
		r := w.call(c.who, "POST", "/api/v1/access/who-can", c.q)
		about := ""
		if r.status != 200 {
			for _, e := range problemOf(t, r).Errors {
				about = e.Location
			}
		}
		if r.status != c.status || about != c.field {
			t.Errorf("%s: %d %s, want %d about %q", name, r.status, r.body, c.status, c.field)
		}
	}
	key := w.key("root", client.NewKey{Title: "reads jobs", Scopes: []string{"job:read"}})
	w.keys["key"] = key.Secret
	if r := w.call("key", "POST", "/api/v1/access/who-can", client.WhoQuestion{Permission: "job:read"}); r.status != 403 || problemOf(t, r).Code != "key_scope" {
		t.Errorf("a key without the scope: %d %s", r.status, r.body)
	}
}

func TestWhoCanTellsByWhatAndUntilWhen(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	w.account("guest")
	until := time.Now().UTC().Add(time.Hour).Truncate(time.Microsecond)
	into[remit.Entry](t, w.call("root", "POST", "/api/v1/projects/moths/entries", client.NewEntry{User: "guest", Permission: "job:read@own", Effect: "allow", Until: &until}), 201)
	page, err := w.as("root").WhoCan(t.Context(), client.WhoQuestion{Permission: "job:read", Project: "moths"})
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]client.Holder{}
	for _, h := range page.Items {
		held[h.User] = h
	}
	for _, want := range []client.Holder{
		{User: "root", Own: true, Others: true, Rule: "R8", Via: "a superuser may do this"},
		{User: "moths-project_manager", Own: true, Others: true, Rule: "R12", Via: "role project_manager"},
		{User: "guest", Own: true, Rule: "R11", Via: "a personal entry", Until: &until},
	} {
		if diff := cmp.Diff(want, held[want.User]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.User, diff)
		}
	}
}
