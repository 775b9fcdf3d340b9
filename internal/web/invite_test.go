package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/server"
)

func TestAnInvitationIsAcceptedOnItsPageOnce(t *testing.T) {
	t.Parallel()
	w := serve(t)
	i, err := w.Server.Identity.Invite(t.Context(), server.Setup, identity.NewInvitation{Name: "vera"})
	if err != nil {
		t.Fatal(err)
	}
	v := w.visitor()
	if got := v.get("/invite"); !strings.Contains(got.body, `action="/invite"`) || !strings.Contains(got.body, "invite.js") {
		t.Errorf("the page: %s\n%s", got.Status, got.body)
	}
	weak := v.post("/invite", "token", i.Secret, "password", "password1234")
	if weak.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(weak.body, "anybody would try") || strings.Contains(weak.body, i.Secret) {
		t.Errorf("a weak password answers %s:\n%s", weak.Status, weak.body)
	}
	if got := v.post("/invite", "token", i.Secret, "password", "violet umbrella ode"); got.StatusCode != http.StatusSeeOther || got.Header.Get("Set-Cookie") == "" {
		t.Errorf("accepting answers %s", got.Status)
	}
	if got := v.post("/invite", "token", i.Secret, "password", "violet umbrella ode"); got.StatusCode != http.StatusNotFound {
		t.Errorf("accepting again answers %s", got.Status)
	}
}
