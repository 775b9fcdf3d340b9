package server_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/testkit"
)

func TestASubmitIsRepeatedUnderItsKey(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	submit := func(key string, spec remit.JobSpec) reply {
		return w.send("POST", mothJobs, spec, append(bearer(w.keys["root"]), header{"Idempotency-Key", key})...)
	}
	spec := remit.JobSpec{Type: "scan", Name: "one"}
	first := into[remit.Job](t, submit(`"a b"`, spec), 201)
	r := submit("a b", spec)
	if again := into[remit.Job](t, r, 200); again.ID != first.ID || r.header.Get("Location") != "/api/v1/jobs/"+string(first.ID) {
		t.Errorf("again it is %s at %s, want %s", again.ID, r.header.Get("Location"), first.ID)
	}
	spec.Name = "two"
	if r := submit("a b", spec); r.status != 422 || problemOf(t, r).Code != "key_reused" {
		t.Errorf("another body: %d %s", r.status, r.body)
	}
	for _, empty := range []string{"", `""`} {
		if r := submit(empty, spec); r.status != 422 {
			t.Errorf("the key %q: %d %s", empty, r.status, r.body)
		}
	}
	into[remit.Job](t, w.send("POST", mothJobs, spec, bearer(w.keys["root"])...), 201)
}
