package server_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

func TestJobTypesAreDeclaredOverTheAPI(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		const types, apply = "/api/v1/job-types", "/api/v1/job-types/apply"
		const fine = `{"title":"Hi","on":["none"],"runner":"process","command":["echo"],"lends":[{"permission":"collection:update"}]}`
		for name, want := range map[string]int{"anonymous": 401, "observatory-student": 403, "moths-identifier": 403} {
			if r := w.call(name, "PUT", types+"/hi", fine); r.status != want {
				t.Errorf("%s: %d %s", name, r.status, r.body)
			}
		}
		made := into[remit.JobType](t, w.call("root", "PUT", types+"/hi", fine), 200)
		want := remit.JobType{Key: "hi", Title: "Hi", On: []string{"none"}, Runner: "process", Command: []string{"echo"}, MaxAttempts: 1,
			Lends: []remit.Lend{{Permission: "collection:update", Of: "person"}}, Permissions: []string{}}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Error(diff)
		}
		if again, err := w.as("root").PutJobType(t.Context(), made); err != nil || !cmp.Equal(made, again) {
			t.Errorf("what was answered is not taken: %+v %v", again, err)
		}
		if _, err := w.as("root").Submit(t.Context(), "moths", remit.JobSpec{Type: "hi", Start: true}); err != nil {
			t.Error(err)
		}
		w.refuseAll([]attempt{
			{"another key", "PUT", types + "/hi", strings.Replace(fine, "{", `{"key":"ho",`, 1), 422, `"key"`},
			{"an unknown field", "PUT", types + "/hi", strings.Replace(fine, "title", "titel", 1), 422, "body.titel"},
			{"no runner", "PUT", types + "/hi", `{"title":"Hi","on":["none"]}`, 422, "runner"},
			{"a wrong type of a field", "PUT", types + "/hi", strings.Replace(fine, `["echo"]`, `"echo"`, 1), 422, "body.command"},
			{"no key at all", "PUT", types + "/%20", fine, 422, `"key"`},
			{"a wrong one of two", "POST", apply, `{"types":[` + strings.Replace(fine, "{", `{"key":"ho",`, 1) + `,{"key":"hu","title":"Hu","on":["none"],"runner":"process"}]}`, 422, "types.1.command"},
			{"a workflow of what there is", "PUT", types + "/hi", `{"title":"Hi","on":["none"],"runner":"workflow","steps":[{"name":"a","type":"scan","on":"none"}]}`, 409, "type_in_use"},
		})
		if page, err := w.as("root").AllJobTypes(t.Context()); err != nil || strings.Contains(keysOf(page), " ho ") {
			t.Errorf("%s: %v", keysOf(page), err)
		}
		ho := remit.JobType{Key: "ho", Title: "Ho", On: []string{"none"}, Runner: "process", Command: []string{"echo"}}
		for _, dry := range []bool{true, false} {
			page, err := w.as("root").ApplyJobTypes(t.Context(), client.JobTypes{Types: []remit.JobType{made, ho}, DryRun: dry})
			if diff := cmp.Diff([]client.JobTypeChange{{Key: "hi"}, {Key: "ho", New: true}}, page.Items); err != nil || diff != "" {
				t.Errorf("dry %t: %v %s", dry, err, diff)
			}
		}
		key := w.key("root", client.NewKey{Title: "narrow", Scopes: []string{"jobtype:read", "job:*"}})
		for _, dry := range []bool{true, false} {
			p := problemOf(t, w.send("POST", apply, client.JobTypes{Types: []remit.JobType{ho}, DryRun: dry}, bearer(key.Secret)...))
			if p.Status != 403 || p.Rule != "R5" || p.Permission != "jobtype:declare" {
				t.Errorf("a key without the scope: %+v", p)
			}
		}
	})
}

func keysOf(page remit.Page[remit.JobType]) string {
	keys := " "
	for _, t := range page.Items {
		keys += t.Key + " "
	}
	return keys
}
