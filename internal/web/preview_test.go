package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const previewOf = "You look as <strong>"

// R23 on the pages: whoever looks as another is told so on each, sees what
// both may, changes nothing, and can always end it.
func TestAPreviewIsOnEveryPageUntilItIsEnded(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("root")
	if body := b.page("/projects/moths"); strings.Contains(body, previewOf) {
		t.Error("a preview without having begun one")
	}
	if got := b.post("/preview", "as", "user:moths-basic_member"); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("beginning a preview answers %s: %s", got.Status, got.body)
	}
	for _, path := range []string{"/", "/projects/moths", "/projects/moths/jobs", "/projects/moths/members"} {
		if body := b.page(path); !strings.Contains(body, previewOf+"user moths-basic_member") || !strings.Contains(body, `action="/preview/end"`) {
			t.Errorf("%s does not say that it is a preview:\n%s", path, body)
		}
	}
	if got := b.post("/projects/moths/jobs", "type", "scan", "start", "true"); got.StatusCode != http.StatusForbidden || !strings.Contains(got.body, "A preview changes nothing") {
		t.Errorf("a job in a preview: %s", got.Status)
	}
	if got := b.post("/preview", "as", "user:root"); got.StatusCode != http.StatusForbidden {
		t.Errorf("a preview in a preview: %s", got.Status)
	}
	if got := b.post("/preview/end"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("ending it answers %s", got.Status)
	}
	if body := b.page("/projects/moths"); strings.Contains(body, previewOf) {
		t.Error("the preview has not ended")
	}
}

func TestAPreviewThatCannotBeIsEndedFromItsErrorPage(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("moths-basic_member")
	if got := b.post("/preview", "as", "user:root"); got.StatusCode != http.StatusForbidden || len(got.Cookies()) != 0 {
		t.Errorf("a preview of root by a member: %s %v", got.Status, got.Cookies())
	}
	session := w.as("root").Jar.Cookies(mustURL(t, w.URL()))[0]
	for _, as := range []string{"user:nobody", "role:nothing", "nonsense", "<script>", "%zz"} {
		got := w.visitor().get("/projects/moths", "Cookie", session.Name+"="+session.Value+"; remit_preview="+as)
		if got.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got.body, `action="/preview/end"`) || strings.Contains(got.body, "<script>alert") {
			t.Errorf("%s: %s %s", as, got.Status, got.body)
		}
	}
}

// Who signs in anew begins as themselves.
func TestAPreviewEndsWithTheSession(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("root")
	b.post("/preview", "as", "user:moths-basic_member")
	b.post("/logout")
	for _, c := range b.Jar.Cookies(mustURL(t, w.URL())) {
		if c.Name == "remit_preview" {
			t.Error("the preview is left after signing out")
		}
	}
	b.post("/login", "name", "root", "password", w.passwords["root"])
	b.post("/preview", "as", "role:basic_member")
	if got := b.post("/login", "name", "root", "password", w.passwords["root"]); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.Status)
	}
	if body := b.page("/projects/moths"); strings.Contains(body, previewOf) {
		t.Error("the preview is left after signing in anew")
	}
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
