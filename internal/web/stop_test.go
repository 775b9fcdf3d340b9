package web_test

import (
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/seal"
)

// byDefault is what the job type ml tells somebody.
func (w *world) byDefault(name string) remit.Notification {
	w.Helper()
	page, err := w.Notify.Notifications(w.Context(), w.subject(name), 0, "")
	w.must(err)
	for _, n := range page.Items {
		if n.Type == "ml" {
			return n
		}
	}
	w.Fatalf("%s is told %+v", name, page.Items)
	return remit.Notification{}
}

// stopPath is the path of the link in letters of what ml tells somebody.
func (w *world) stopPath(name string) (string, remit.NotificationID) {
	w.Helper()
	n, no := w.byDefault(name), false
	_, err := w.Notify.UpdateNotification(w.Context(), w.subject(name), n.ID, notify.NotificationPatch{Paused: &no}) // now it is stored
	w.must(err)
	text, err := os.ReadFile(filepath.Join(w.dir, "secrets.key"))
	w.must(err)
	ring, err := seal.Parse(string(text))
	w.must(err)
	return "/notifications/stop?token=" + url.QueryEscape(ring.Seal(string(n.ID), "link that pauses a notification")), n.ID
}

func TestTheLinkOfALetterShowsOneButtonAndOnlyThatPauses(t *testing.T) {
	t.Parallel()
	w := serve(t)
	path, id := w.stopPath("moths-basic_member")
	v := w.visitor()
	for range 2 {
		body := v.page(path)
		if strings.Count(body, "<form") != 1 || !strings.Contains(body, "End these letters</button>") || strings.Contains(body, "next=") {
			t.Errorf("the page:\n%s", body)
		}
	}
	if w.byDefault("moths-basic_member").Paused {
		t.Error("looking at it paused it")
	}
	foreign, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+path, nil)
	w.must(err)
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := v.do(foreign); got.StatusCode != http.StatusForbidden || w.byDefault("moths-basic_member").Paused {
		t.Errorf("a page of another site is answered %s", got.Status)
	}
	if got := v.post(path, "List-Unsubscribe", "One-Click"); got.StatusCode != http.StatusOK || !strings.Contains(got.body, `id="done"`) || !strings.Contains(got.body, string(id)) ||
		got.Header.Get("Set-Cookie") != "" {
		t.Errorf("the button answers %s:\n%s", got.Status, got.body)
	}
	if !w.byDefault("moths-basic_member").Paused || w.byDefault("moths-identifier").Paused {
		t.Error("it paused another, or nothing")
	}
}

// RFC 8058, section 3.2: programs may send the form in parts.
func TestTheLinkTakesAFormInParts(t *testing.T) {
	t.Parallel()
	w := serve(t)
	path, _ := w.stopPath("moths-basic_member")
	var body strings.Builder
	form := multipart.NewWriter(&body)
	w.must(form.WriteField("List-Unsubscribe", "One-Click"))
	w.must(form.Close())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+path, strings.NewReader(body.String()))
	w.must(err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	if got := w.visitor().do(r); got.StatusCode != http.StatusOK || !w.byDefault("moths-basic_member").Paused {
		t.Errorf("answered %s", got.Status)
	}
}

func TestALinkThatIsNoneReadsLikeOneThatIsGone(t *testing.T) {
	t.Parallel()
	w := serve(t)
	path, _ := w.stopPath("moths-basic_member")
	v := w.visitor()
	for _, bad := range []string{path + "AAAA", "/notifications/stop", "/notifications/stop?token=x"} {
		for _, got := range []answer{v.get(bad), v.post(bad)} {
			if got.StatusCode != http.StatusNotFound || !strings.Contains(got.body, "No such notification") {
				t.Errorf("%s answers %s:\n%s", bad, got.Status, got.body)
			}
		}
	}
	if w.byDefault("moths-basic_member").Paused {
		t.Error("one of them paused it")
	}
}
