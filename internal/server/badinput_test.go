package server_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

// attempt is one wrong request of root's, with the problem that it must get.
type attempt struct {
	name, method, path string
	body               any
	status             int
	says               string // part of the answer, to show that it is about this
}

func (w *world) refuseAll(attempts []attempt) {
	w.t.Helper()
	for _, a := range attempts {
		w.t.Run(a.name, func(t *testing.T) {
			on := *w
			on.t = t
			r := on.call("root", a.method, a.path, a.body)
			p := problemOf(t, r)
			if r.status != a.status || !strings.Contains(string(r.body), a.says) {
				t.Errorf("%.80s answered %d %s\nwant %d and %q", r.asked, r.status, r.body, a.status, a.says)
			}
			if p.RequestID != "" && p.RequestID != r.header.Get("X-Request-Id") {
				t.Errorf("request id %q in the problem, %q in the header", p.RequestID, r.header.Get("X-Request-Id"))
			}
		})
	}
}

func TestWrongRequestsAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, wrongRequestsAreRefused)
}

func wrongRequestsAreRefused(t *testing.T, db string) {
	w := serve(t, db)
	w.scan("moths")
	file := string(w.files("moths")["2023-06-12_meadow/trap_001.jpg"].ID)
	ml := func(rest string) string { return `{"type":"ml","on":{"file":"` + file + `"},` + rest + `}` }
	const projects, check = "/api/v1/projects", "/api/v1/access/check"
	before := w.jobIDs()
	w.refuseAll([]attempt{
		{"an unknown field", "POST", projects, `{"slug":"a","sulg":"b"}`, 422, "body.sulg"},
		{"an unknown field inside", "POST", mothJobs, `{"type":"ml","on":{"flie":"x"},"start":true}`, 422, "body.on.flie"},
		{"a wrong type", "POST", projects, `{"slug":7}`, 422, "body.slug"},
		{"a list for a text", "POST", mothJobs, `{"type":["ml"],"start":true}`, 422, "body.type"},
		{"a text for a bool", "POST", mothJobs, ml(`"start":"yes"`), 422, "body.start"},
		{"args that are no list", "POST", mothJobs, ml(`"start":true,"args":"--threshold 7"`), 422, "body.args"},
		{"a missing field", "POST", projects, `{"title":"no slug"}`, 422, "slug"},
		{"null", "POST", projects, `null`, 422, ""},
		{"statistics from the first moment of all", "GET", "/api/v1/statistics?from=0001-01-01T00:00:00Z", "", 422, "query.from"},
		{"no body", "POST", projects, nil, 400, "body"},
		{"no JSON", "POST", projects, `{"slug":`, 400, ""},
		{"two documents", "POST", projects, `{"slug":"aa"} {"slug":"bb"}`, 400, ""},
		{"an unknown job type", "POST", mothJobs, `{"type":"mll","start":true}`, 422, "mll"},
		{"an unknown parameter", "POST", mothJobs, ml(`"start":true,"params":{"treshold":7}`), 422, "treshold"},
		{"a parameter out of bounds", "POST", mothJobs, ml(`"start":true,"params":{"threshold":-1}`), 422, "threshold"},
		{"a parameter of a wrong type", "POST", mothJobs, ml(`"start":true,"params":{"threshold":"big"}`), 422, "threshold"},
		{"parameters that are no object", "POST", mothJobs, ml(`"start":true,"params":[1]`), 422, "params"},
		{"a scan of a file", "POST", mothJobs, `{"type":"scan","on":{"file":"` + file + `"},"start":true}`, 422, "scan"},
		{"ml on nothing", "POST", mothJobs, `{"type":"ml","start":true}`, 422, "ml"},
		{"a file of another project", "POST", "/api/v1/projects/observatory/jobs", ml(`"start":true`), 404, "No such file"},
		{"an absent file", "POST", mothJobs, `{"type":"ml","on":{"file":"file_00000000000000000000000000"},"start":true}`, 404, "No such file"},
		{"a priority out of bounds", "POST", mothJobs, ml(`"start":true,"priority":1000`), 422, "priority"},
		{"a number that is none of ours", "POST", mothJobs, ml(`"start":true,"params":{"threshold":1e999}`), 400, "number 1e999, which ends at byte"},
		{"a priority of many digits", "POST", mothJobs, ml(`"priority":99999999999999999999`), 422, "number 99999999999999999999, which ends at byte"},
		{"an empty word of a filter", "POST", "/api/v1/jobs/bulk", `{"action":"cancel","dry_run":true,"filter":{"file":"","state":"queued"}}`, 422, "body.filter.file"},
		{"a name that is none", "POST", mothJobs, ml(`"start":true,"name":"../x"`), 422, "name"},
		{"an unknown query parameter", "GET", projects + "?limt=3", nil, 422, "query.limt"},
		{"a limit too high", "GET", projects + "?limit=501", nil, 422, "query.limit"},
		{"a limit below 0", "GET", "/api/v1/jobs?limit=-1", nil, 422, "query.limit"},
		{"a limit that is no number", "GET", "/api/v1/jobs?limit=many", nil, 422, "query.limit"},
		{"a cursor of nonsense", "GET", "/api/v1/jobs?after=zzz", nil, 422, "cursor"},
		{"a media type too long", "GET", projects + "/moths/files?file_type=" + strings.Repeat("a", 300), nil, 422, "255"},
		{"a cursor of another list", "GET", "/api/v1/projects/moths/files?after=job_00000000000000000000000000", nil, 422, "after"},
		{"an unknown state", "GET", "/api/v1/jobs?state=runing", nil, 422, "query.state"},
		{"an id of nonsense", "GET", "/api/v1/jobs/job_zzz", nil, 404, "No such job"},
		{"an id that is no text", "GET", "/api/v1/jobs/%00%ff", nil, 422, "path"},
		{"an id with a NUL", "GET", "/api/v1/jobs/%00", nil, 422, "path"},
		{"a name with a NUL", "GET", "/api/v1/jobs/a%00b", nil, 422, "path"},
		{"a slug that is not UTF-8", "GET", projects + "/%ff", nil, 422, "path"},
		{"an artifact with a NUL", "GET", "/api/v1/jobs/" + string(before[0]) + "/artifacts/a%00", nil, 422, "path"},
		{"a type with a NUL", "GET", "/api/v1/jobs?type=%00", nil, 422, "query"},
		{"an owner that is not UTF-8", "GET", "/api/v1/jobs?owner=%ff", nil, 422, "query"},
		{"a file with a NUL", "GET", "/api/v1/jobs?file=%00", nil, 422, "query"},
		{"a cursor with a NUL", "GET", "/api/v1/nodes?after=%00", nil, 422, "query"},
		{"a media type with a NUL", "GET", projects + "/moths/files?file_type=%00", nil, 422, "query"},
		{"a file name that is not UTF-8", "GET", projects + "/moths/files?name=%c3", nil, 422, "query"},
		{"a parameter with a NUL in its name", "GET", projects + "?a%00=b", nil, 422, "query"},
		{"a page that is not UTF-8", "GET", "/jobs/live?type=%ff", nil, 422, "query"},
		{"a NUL in a body", "POST", projects, `{"slug":"a","title":"a\u0000"}`, 422, "NUL"},
		{"a NUL as a key", "POST", mothJobs, ml(`"start":true,"params":{"\u0000":1}`), 422, "NUL"},
		{"a NUL in a parameter", "POST", mothJobs, ml(`"start":true,"params":{"threshold":"\\\u0000"}`), 422, "NUL"},
		{"a body that is not UTF-8", "POST", projects, "{\"slug\":\"a\",\"title\":\"\xff\"}", 422, "UTF-8"},
		{"parameters that are not UTF-8", "POST", mothJobs, ml("\"start\":true,\"params\":{\"threshold\":\"\xff\"}"), 422, "UTF-8"},
		{"a name of a user with a NUL", "POST", "/api/v1/users", `{"name":"a\u0000","password":"correct horse"}`, 422, "NUL"},
		{"an id of another kind", "GET", "/api/v1/files/job_00000000000000000000000000", nil, 404, "No such file"},
		{"an attempt that is no number", "GET", "/api/v1/jobs/" + string(before[0]) + "/log?attempt=x", nil, 422, "attempt"},
		{"an unknown parameter of a log", "GET", "/api/v1/jobs/" + string(before[0]) + "/log?folow=true", nil, 422, "query.folow"},
		{"an unknown parameter of a content", "GET", "/api/v1/files/" + file + "/content?size=1", nil, 422, "query.size"},
		{"an unknown permission", "POST", check, client.Question{Permission: "job:raed", Project: "moths"}, 422, "job:read"},
		{"an unknown operation", "POST", check, client.Question{Permission: "job.cancle", Project: "moths"}, 422, "job.cancle"},
		{"a permission of nobody's", "POST", check, client.Question{User: "nobody", Permission: "job:read", Project: "moths"}, 422, "nobody"},
		{"an unknown permission in an entry", "POST", projects + "/moths/entries", client.NewEntry{User: "root", Permission: "job:run.mll", Effect: "allow"}, 422, "job:run.ml"},
		{"an unknown permission in an override", "PUT", projects + "/moths/overrides", remit.Override{Role: "researcher", Permission: "file:raed", Effect: "deny"}, 422, "file:read"},
		{"an unknown effect", "PUT", projects + "/moths/overrides", remit.Override{Role: "researcher", Permission: "file:read", Effect: "maybe"}, 422, "effect"},
		{"an unknown scope", "POST", "/api/v1/keys", client.NewKey{Title: "x", Scopes: []string{"job:reed"}}, 422, "job:read"},
		{"an unknown role", "POST", projects + "/moths/members", client.NewMember{User: "root", Roles: []string{"basic_membre"}}, 422, "basic_membre"},
		{"an unknown user", "POST", projects + "/moths/members", client.NewMember{User: "nobody", Roles: []string{"basic_member"}}, 422, "nobody"},
		{"a bad slug", "POST", projects, client.NewProject{Slug: "Not A Slug"}, 422, "slug"},
		{"a slug that is taken", "POST", projects, client.NewProject{Slug: "moths"}, 409, "moths"},
		{"a root that is not absolute", "POST", projects + "/moths/roots", client.NewRoot{Path: "data"}, 422, "path"},
		{"a root that is not there", "POST", projects + "/moths/roots", client.NewRoot{Path: "/no/such/directory"}, 422, "/no/such/directory"},
		{"an unknown node state", "PATCH", "/api/v1/nodes/node_00000000000000000000000000", client.NodePatch{State: "active"}, 404, "No such node"},
		{"a wait of nonsense", "POST", "/api/v1/node/claim", client.Want{Wait: "soon"}, 422, "body.wait"},
		{"an address that is not there", "GET", "/api/v1/jbos", nil, 404, "/api/openapi.json"},
		{"a method that is not there", "PUT", "/api/v1/jobs", "{}", 405, "PUT"},
		{"another one", "DELETE", "/api/v1/projects", nil, 405, "DELETE"},
		{"a POST to a file's content", "POST", "/api/v1/files/" + file + "/content", "{}", 405, "POST"},
	})
	if after := w.jobIDs(); len(after) != len(before) {
		t.Errorf("%d jobs before, %d after", len(before), len(after))
	}
}

// Two backslashes before it make \u0000 six characters of text, which is fine.
func TestTextAboutANULIsNoNUL(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	made := w.call("root", "POST", "/api/v1/projects", `{"slug":"about","title":"\\u0000"}`)
	if p := into[remit.Project](t, made, 201); p.Title != `\u0000` {
		t.Errorf("the title is %q", p.Title)
	}
}

func TestAFormThatIsNoTextIsRefused(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		form := header{"Content-Type", "application/x-www-form-urlencoded"}
		for _, body := range []string{"name=a%00&password=x", "name=%ff&password=x", "na%00me=a"} {
			r := w.send("POST", "/login", body, form)
			if r.status != 422 || !bytes.Contains(r.body, []byte("no text")) {
				t.Errorf("%s answered %d: %.300s", body, r.status, r.body)
			}
		}
	})
}

func TestBodiesThatAreTooLongAreRefused(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	r := w.call("root", "POST", "/api/v1/projects", `{"slug":"long","description":"`+strings.Repeat("x", 2<<20)+`"}`)
	if p := problemOf(t, r); p.Status != 413 {
		t.Errorf("2 MiB of JSON: %d %s", p.Status, p.Detail)
	}
	if r := w.call("root", "GET", "/api/v1/projects/long", nil); r.status != 404 {
		t.Errorf("the project is there: %d", r.status)
	}
}

func TestAHEADIsAGETWithoutItsBody(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	w.scan("moths")
	file := w.files("moths")["2023-06-12_meadow/trap_001.jpg"]
	for path, status := range map[string]int{
		"/api/v1/files/" + string(file.ID) + "/content": 200, "/api/v1/files/file_00000000000000000000000000/content": 404, "/api/v1/nothing": 404,
	} {
		r := w.call("root", "HEAD", path, nil)
		if r.status != status || len(r.body) > 0 {
			t.Errorf("HEAD %s answered %d, %d bytes", path, r.status, len(r.body))
		}
		if kind := r.header.Get("Content-Type"); (kind == "application/problem+json") != (status >= 400) {
			t.Errorf("HEAD %s is %q", path, kind)
		}
	}
}

// Whatever is wrong with a request, its password does not come back.
func TestAPasswordIsNeverEchoed(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	const secret = "s3cret-hunter2"
	for _, try := range []struct{ method, path, body string }{
		{"POST", "/api/v1/session", `{"name":"root","password":"` + secret + `"}`},
		{"POST", "/api/v1/session", `{"name":7,"password":"` + secret + `"}`},
		{"POST", "/api/v1/session", `{"name":"root","password":["` + secret + `"]}`},
		{"POST", "/api/v1/session", `{"name":"root","password":{"is":"` + secret + `"}}`},
		{"POST", "/api/v1/session", `{"name":"root","passwrod":"` + secret + `"}`},
		{"POST", "/api/v1/session", `{"name":"root","password":"` + secret},
		{"POST", "/api/v1/session", `"` + secret + `"`},
		{"POST", "/api/v1/users", `{"name":"Not A Name","password":"` + secret + `"}`},
		{"POST", "/api/v1/users", `{"name":"root","password":"` + secret + `"}`},
		{"POST", "/api/v1/users", `{"name":"a","pasword":"` + secret + `"}`},
		{"PATCH", "/api/v1/users/root", `{"password":["` + secret + `"]}`},
		{"PATCH", "/api/v1/users/nobody", `{"password":"` + secret + `"}`},
	} {
		for _, name := range []string{"root", "anonymous", "moths-researcher"} {
			r := w.call(name, try.method, try.path, try.body)
			problemOf(t, r)
			if bytes.Contains(r.body, []byte(secret)) {
				t.Errorf("%s with %s says %s", r.asked, try.body, r.body)
			}
		}
	}
}

// Readers differ in which of two counts, and Go takes other letters for the same name.
func TestAFieldIsGivenOnceAndAsItIsCalled(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	for body, field := range map[string]string{
		`{"permission":"job:read","permission":"job:create"}`:           "body.permission",
		`{"permission":"job:read","Permission":"job:create"}`:           "body",
		`{"PERMISSION":"job:read"}`:                                     "body",
		`{"permission":"job:read","on":{"file":"file_1","file":"f"}}`:   "body.on.file",
		`{"permission":"job:read","on":{"File":"file_1","file":"f"}}`:   "body.on",
		`{"permission":"job:read","project":"moths","project":"moths"}`: "body.project",
	} {
		r := w.call("root", "POST", "/api/v1/access/check", json.RawMessage(body))
		p := problemOf(t, r)
		if r.status != 422 || len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, field) {
			t.Errorf("%s: %d %s, want 422 about %s", body, r.status, r.body, field)
		}
	}
	for _, path := range []string{"/api/v1/jobs?limit=1&limit=2", "/api/v1/files?project=moths&project=observatory", "/api/v1/events?a=1&a=1"} {
		if r := w.call("root", "GET", path, nil); r.status != 422 {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}
