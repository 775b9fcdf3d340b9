package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

func TestAPersonPausesAndResumesOnThePageWhatTheyAreToldOf(t *testing.T) {
	t.Parallel()
	w := serve(t)
	b := w.as("moths-basic_member")
	body := b.page("/notifications")
	for _, part := range []string{`data-type="ml"`, "as each type says", "default", "No letters come: this installation sends no e-mail", `data-action="create" disabled`} {
		if !strings.Contains(body, part) {
			t.Errorf("the page lacks %q:\n%s", part, body)
		}
	}
	if strings.Contains(body, `data-action="delete"`) {
		t.Error("a default can be deleted")
	}
	at := "/notifications/" + string(w.byDefault("moths-basic_member").ID)
	if got := b.post(at + "/pause"); got.StatusCode != http.StatusSeeOther || !w.byDefault("moths-basic_member").Paused {
		t.Errorf("pausing answers %s:\n%s", got.Status, got.body)
	}
	if body := b.page("/notifications"); !strings.Contains(body, `action="`+at+`/resume"`) {
		t.Errorf("it cannot be resumed:\n%s", body)
	}
	if got := b.post(at + "/resume"); got.StatusCode != http.StatusSeeOther || w.byDefault("moths-basic_member").Paused {
		t.Errorf("resuming answers %s", got.Status)
	}
	if got := b.post(at + "/delete"); got.StatusCode != http.StatusConflict {
		t.Errorf("deleting a default answers %s", got.Status)
	}
	if got := b.post("/notifications", "state", "failed", "whose", "mine"); got.StatusCode != http.StatusConflict || !strings.Contains(got.body, "sends no e-mail") {
		t.Errorf("adding one answers %s:\n%s", got.Status, got.body)
	}
}

func TestNobodyElsesNotificationsAreOnThePage(t *testing.T) {
	t.Parallel()
	w := serve(t)
	id := string(w.byDefault("moths-basic_member").ID)
	root := w.as("root")
	if body := root.page("/notifications"); strings.Contains(body, id) {
		t.Errorf("a superuser sees them:\n%s", body)
	}
	absent := string(remit.DerivedID[remit.NotificationID]("nowhere"))
	for _, do := range []string{"/pause", "/resume", "/delete"} {
		hidden, none := root.post("/notifications/"+id+do), root.post("/notifications/"+absent+do)
		if hidden.StatusCode != http.StatusNotFound || hidden.body != none.body {
			t.Errorf("%s of somebody's answers %s, of nothing %s", do, hidden.Status, none.Status)
		}
		if got := w.visitor().post("/notifications/" + id + do); got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/login") {
			t.Errorf("%s answers a stranger %s", do, got.Status)
		}
	}
	if w.byDefault("moths-basic_member").Paused {
		t.Error("somebody paused it")
	}
	if got := root.post("/preview", "as", "user:moths-basic_member"); got.StatusCode != http.StatusSeeOther {
		t.Fatalf("the preview answers %s", got.Status)
	}
	if body := root.page("/notifications"); strings.Contains(body, id) || strings.Contains(body, `data-action="create"`) {
		t.Errorf("a preview shows them:\n%s", body)
	}
}
