package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

func TestManyPermissionsInOneRequestAreAnsweredAsOneByOne(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		for _, name := range []string{"root", "moths-basic_member", "anonymous"} {
			for _, q := range []client.Questions{{}, {Project: "moths"}, {Project: "moths", Permissions: []string{"job:read", "job.cancel", "job:read"}}} {
				got, err := w.as(name).CheckAll(t.Context(), q)
				if err != nil {
					_, one := w.as(name).Check(t.Context(), client.Question{Permission: "job:read", Project: q.Project})
					if remit.KindOf(one) != remit.KindOf(err) {
						t.Errorf("%s asks %+v: %v, of one: %v", name, q, err, one)
					}
					continue
				}
				if len(got.Items) == 0 || q.Permissions != nil && len(got.Items) != len(q.Permissions) {
					t.Errorf("%s asks %+v: %d answers", name, q, len(got.Items))
				}
				for _, f := range got.Items {
					v, err := w.as(name).Check(t.Context(), client.Question{Permission: f.Permission, Project: q.Project})
					want := client.Finding{Permission: f.Permission, Allowed: v.Allowed, Own: v.Own, Others: v.Others, Rule: v.Rule}
					if diff := cmp.Diff(want, f); err != nil || diff != "" {
						t.Errorf("%s in %q (-one +many): %v\n%s", name, q.Project, err, diff)
					}
				}
			}
		}
	})
}

func TestManyPermissionsAreAskedAboutOneThing(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	const all = "/api/v1/access/check-all"
	job := w.scan("moths")
	on := map[string]any{"job": job.ID, "permissions": []string{"job:read", "job.cancel"}}
	got := into[client.Findings](t, w.call("root", "POST", all, on), 200)
	for i, name := range []string{"job:read", "job.cancel"} {
		if f := got.Items[i]; f.Permission != name || !f.Allowed || f.Rule != "R8" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for name, c := range map[string]struct {
		body   any
		status int
	}{
		"a thing that is not seen": {on, 404},
		"an unknown name":          {map[string]any{"permissions": []string{"job:raed"}}, 422},
		"too many":                 {map[string]any{"permissions": make([]string, 501)}, 422},
		"an unknown project":       {map[string]any{"project": "nowhere"}, 404},
		"none":                     {map[string]any{"permissions": []string{}}, 200},
	} {
		if r := w.call("anonymous", "POST", all, c.body); r.status != c.status {
			t.Errorf("%s: %d %s, want %d", name, r.status, r.body, c.status)
		}
	}
}
