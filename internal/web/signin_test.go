package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/identity"
)

func TestAWrongPasswordIsSaidAndTheNameIsKept(t *testing.T) {
	t.Parallel()
	w := serve(t)
	got := w.visitor().post("/login", "name", "root", "password", "not this one", "next", "/nodes")
	if got.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong password answers %s", got.Status)
	}
	for _, want := range []string{"Wrong name or password", `value="root"`, `value="/nodes"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("the login lacks %s:\n%s", want, got.body)
		}
	}
	if strings.Contains(got.body, "not this one") {
		t.Error("the password is on the page")
	}
}

func TestTheLoginLeadsBackAndNeverAway(t *testing.T) {
	t.Parallel()
	w := serve(t)
	for next, want := range map[string]string{
		"/projects/moths?after=x": "/projects/moths?after=x", "": "/", "nodes": "/",
		"//evil.example": "/", `/\evil.example`: "/", "https://evil.example/": "/", "javascript:alert(1)": "/",
		"/login?next=/login": "/", "/logout": "/", "\t//evil.example": "/",
	} {
		got := w.visitor().post("/login", "name", "root", "password", w.passwords["root"], "next", next)
		if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != want {
			t.Errorf("next=%q leads to %q (%s), want %q", next, got.Header.Get("Location"), got.Status, want)
		}
	}
	// Somebody who is signed in already goes on at once.
	if got := w.as("root").get("/login?next=" + url.QueryEscape("//evil.example")); got.Header.Get("Location") != "/" {
		t.Errorf("a signed-in person is led to %q", got.Header.Get("Location"))
	}
}

func TestAnEndedSessionLeadsToTheLoginAndBack(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("moths-basic_member")
	if got := b.post("/logout"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("signing out answers %s", got.Status)
	}
	ended := identity.SessionPrefix + "that_has_ended"
	got := w.visitor().get("/projects/moths", "Cookie", client.SessionCookie+"="+ended)
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/login?next=%2Fprojects%2Fmoths" {
		t.Errorf("an ended session answers %s to %q", got.Status, got.Header.Get("Location"))
	}
	if cookie := got.Header.Get("Set-Cookie"); !strings.Contains(cookie, "Max-Age=0") {
		t.Errorf("its cookie stays: %q", cookie)
	}
	if got := w.visitor().get("/login", "Cookie", client.SessionCookie+"="+ended); got.StatusCode != http.StatusOK {
		t.Errorf("the login itself answers %s to an ended session", got.Status)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := serve(t)
	job := w.submit("root", w.files[0].ID)
	b := w.as("root")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+"/jobs/"+string(job.ID)+"/cancel", nil)
	w.must(err)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := b.do(r); got.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site answers %s", got.Status)
	}
	job, err = w.Jobs.Job(t.Context(), w.root, job.ID)
	w.must(err)
	if job.State != remit.JobQueued {
		t.Errorf("the job is %s", job.State)
	}
}
