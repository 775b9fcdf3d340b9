package server_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

func policyFiles(text string) client.PolicyFiles {
	return client.PolicyFiles{Files: []client.PolicyFile{{Name: "p.yaml", Text: text}}}
}

// What the demo's site exports is what it stores: planned, it changes nothing.
func TestThePolicyOfTheDemoComesBackAsItIs(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	r := w.call("root", "GET", "/api/v1/policy", nil)
	p := into[client.Policy](t, r, 200)
	if r.header.Get("ETag") != `"`+p.Version+`"` || !strings.Contains(p.Text, "- name: ml_data_manager\n") || !strings.Contains(p.Text, "  moths:\n") {
		t.Errorf("ETag %s of %s:\n%s", r.header.Get("ETag"), p.Version, p.Text)
	}
	plan := into[client.Plan](t, w.call("root", "POST", "/api/v1/policy/plan", policyFiles(p.Text)), 200)
	if len(plan.Changes)+len(plan.Effects) != 0 || plan.Version != p.Version {
		t.Errorf("%+v", plan)
	}
	file := policyFiles(p.Text + "\n")
	file.Files[0].Text = strings.Replace(p.Text, "  reserved: []", `  reserved: ["job:run.ml"]`, 1)
	plan = into[client.Plan](t, w.call("root", "POST", "/api/v1/policy/plan", file), 200)
	if len(plan.Changes) != 1 || len(plan.Effects) == 0 || plan.Effects[0].Gains {
		t.Errorf("%+v", plan)
	}
	if p := problemOf(t, w.call("root", "POST", "/api/v1/policy/apply", file, header{"If-Match", `"other"`})); p.Status != 412 {
		t.Errorf("%+v", p)
	}
	into[client.Plan](t, w.call("root", "POST", "/api/v1/policy/apply", file, header{"If-Match", `"` + plan.Version + `"`}), 200)
	v := into[client.Verdict](t, w.call("moths-project_manager", "POST", "/api/v1/access/check", client.Question{Permission: "job:run.ml", Project: "moths"}), 200)
	if v.Allowed || v.Rule != "R4" {
		t.Errorf("%+v", v)
	}
	bad := problemOf(t, w.call("root", "POST", "/api/v1/policy/plan", policyFiles("roles: [{name: a, allow: ['job:raed']}]")))
	if bad.Status != 422 || bad.Code != "policy_file" || bad.Detail != `p.yaml:1:27: unknown permission "job:raed", did you mean "job:read"?` {
		t.Errorf("%+v", bad)
	}
}

func TestAManagerWritesTheAccessOfAProjectAsOneDocument(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	const at, manager = "/api/v1/projects/moths/access", "moths-project_manager"
	r := w.call(manager, "GET", at, nil)
	was := into[client.Access](t, r, 200)
	tag := r.header.Get("ETag")
	if len(was.Members) != 5 || tag != `"`+was.Version+`"` {
		t.Fatalf("%s %+v", tag, was)
	}
	if plan := into[client.Plan](t, w.call(manager, "POST", at+"/plan", was), 200); len(plan.Changes) != 0 {
		t.Errorf("as it is: %+v", plan)
	}
	is := was
	is.Version = ""
	is.Entries = append(is.Entries, client.AccessEntry{User: "moths-identifier", Permission: "job:update@own", Effect: "allow", Why: "for the season"})
	plan := into[client.Plan](t, w.call(manager, "POST", at+"/plan", is), 200)
	if len(plan.Changes) != 1 || len(plan.Effects) != 1 || plan.Effects[0].Text != "moths-identifier gains job:update@own in moths" || plan.Effects[0].Project != "moths" {
		t.Errorf("%+v", plan)
	}
	into[client.Plan](t, w.call(manager, "PUT", at, is, header{"If-Match", tag}), 200)
	if p := problemOf(t, w.call(manager, "PUT", at, was, header{"If-Match", tag})); p.Status != 412 {
		t.Errorf("a stale document: %+v", p)
	}
	now := into[client.Access](t, w.call(manager, "GET", at, nil), 200)
	if len(now.Entries) != 1 || now.Entries[0].By != manager || now.Version == was.Version {
		t.Errorf("%+v", now)
	}
	// A list that is left out is left alone; one that is there is the whole list.
	into[client.Plan](t, w.call(manager, "PUT", at, client.Access{Overrides: nil}), 200)
	into[client.Plan](t, w.call(manager, "PUT", at, map[string]any{"entries": []any{}}), 200)
	now = into[client.Access](t, w.call(manager, "GET", at, nil), 200)
	if len(now.Entries) != 0 || len(now.Members) != 5 {
		t.Errorf("%+v", now)
	}
	for body, want := range map[string]int{
		`{"members":[]}`: 409, `{"members":[{"roles":["owner"]}]}`: 422, `{"members":[{"user":"nobody","roles":["owner"]}]}`: 422,
		`{"entries":[{"user":"root","permission":"job:raed","effect":"allow"}]}`: 422, `{"public":["job:read"]}`: 422, `{"membres":[]}`: 422,
		`{"entries":[{"user":"root","permission":"job:read","effect":"perhaps"}]}`: 422,
	} {
		if p := problemOf(t, w.call(manager, "PUT", at, body)); p.Status != want {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

// Hidden reads like absent; members without the right are told so; strangers
// sign in first; nobody learns of accounts.
func TestTheAccessOfAProjectIsForThoseWithTheRight(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	body := map[string]any{"entries": []any{}}
	for _, c := range []struct {
		name, method, path string
		want               int
	}{
		{"moths-identifier", "GET", "/api/v1/projects/moths/access", 403},
		{"moths-identifier", "PUT", "/api/v1/projects/moths/access", 403},
		{"moths-identifier", "POST", "/api/v1/projects/moths/access/plan", 403},
		{"observatory-staff", "GET", "/api/v1/projects/moths/access", 404},
		{"observatory-staff", "PUT", "/api/v1/projects/moths/access", 404},
		{"observatory-staff", "POST", "/api/v1/projects/moths/access/plan", 404},
		{"anonymous", "PUT", "/api/v1/projects/moths/access", 404},
		{"moths-project_manager", "GET", "/api/v1/policy", 403},
		{"moths-project_manager", "POST", "/api/v1/policy/plan", 403},
		{"moths-project_manager", "POST", "/api/v1/policy/apply", 403},
		{"moths-project_manager", "POST", "/api/v1/policy/lint", 403},
		{"moths-project_manager", "POST", "/api/v1/policy/migrate", 403},
		{"anonymous", "GET", "/api/v1/policy", 401},
		{"anonymous", "POST", "/api/v1/policy/apply", 401},
	} {
		var sent any = body
		switch {
		case c.method == "GET":
			sent = nil
		case strings.HasSuffix(c.path, "/migrate"):
			sent = client.Migrate{Write: true}
		case strings.HasPrefix(c.path, "/api/v1/policy"):
			sent = policyFiles("roles: []")
		}
		r := w.call(c.name, c.method, c.path, sent)
		if p := problemOf(t, r); p.Status != c.want {
			t.Errorf("%s as %s: %d, want %d: %s", r.asked, c.name, p.Status, c.want, r.body)
		}
		if c.want == 404 {
			absent := problemOf(t, w.call(c.name, c.method, strings.Replace(c.path, "moths", "absent", 1), sent))
			hidden := problemOf(t, r)
			if absent.RequestID, hidden.RequestID = "", ""; absent.Detail != hidden.Detail || absent.Status != hidden.Status || absent.Code != hidden.Code {
				t.Errorf("hidden %+v, absent %+v", hidden, absent)
			}
		}
	}
	r := w.call("moths-project_manager", "POST", "/api/v1/projects/moths/access/plan", `{"entries":[{"user":"observatory-stuff","permission":"job:read","effect":"deny"}]}`)
	if p := problemOf(t, r); p.Status != 422 || strings.Contains(p.Detail, "observatory-staff") {
		t.Errorf("an account is told: %+v", p)
	}
}

// The written policy asks in each project that it touches: what is hidden
// there reads like what is absent, what is refused is refused whole.
func TestTheWrittenPolicyAsksInEachProject(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	const clerk = "observatory-staff"
	apply := func(name, text string, status int) client.Plan {
		return into[client.Plan](t, w.call(name, "POST", "/api/v1/policy/apply", policyFiles(text)), status)
	}
	entries := func(effect string, permissions ...string) string {
		text := "entries: ["
		for _, p := range permissions {
			text += "{user: " + clerk + ", permission: '" + p + "', effect: " + effect + "},"
		}
		return text + "]"
	}
	apply("root", "site: {"+entries("allow", "role:read", "role:update", "site:view", "site:grant", "team:read", "team:update", "access:view", "access:grant", "member:read", "project:view")+"}", 200)
	for banned, want := range map[string]int{"project:view": 422, "access:view": 403, "access:grant": 403} {
		apply("root", "projects: {moths: {"+entries("deny", banned)+"}}", 200)
		text := into[client.Policy](t, w.call(clerk, "GET", "/api/v1/policy", nil), 200).Text
		if shown := strings.Contains(text, "\n  moths:"); shown != (banned == "access:grant") {
			t.Errorf("denied %s, moths is shown: %t", banned, shown)
		}
		file := policyFiles("projects: {moths: {entries: []}}")
		p := problemOf(t, w.call(clerk, "POST", "/api/v1/policy/apply", file))
		if p.Status != want || want == 403 && (p.Permission != banned || !strings.HasPrefix(p.Detail, "In project moths: ")) {
			t.Errorf("denied %s: %+v", banned, p)
		}
		if want == 422 && p.Detail != `p.yaml:1:12: there is no project "moths"` {
			t.Errorf("hidden: %s", p.Detail)
		}
	}
	into[remit.Project](t, w.call("root", "POST", "/api/v1/projects/moths/archive", nil), 200)
	if p := problemOf(t, w.call("root", "POST", "/api/v1/policy/apply", policyFiles("projects: {moths: {entries: []}}"))); p.Status != 409 || p.Code != "archived" {
		t.Errorf("archived: %+v", p)
	}
}
