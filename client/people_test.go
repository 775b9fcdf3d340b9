package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// A password is shown once, and the session that it opened is closed again,
// whether the key was made or not.
func TestAKeyFromAPasswordLeavesNoSession(t *testing.T) {
	t.Parallel()
	for keyStatus, want := range map[int]remit.Kind{200: "", 403: remit.Denied} {
		var calls []string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls = append(calls, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
			if r.URL.Path == "/api/v1/keys" {
				w.WriteHeader(keyStatus)
			}
			fmt.Fprint(w, `{"token":"session-token","secret":"made"}`)
		}))
		t.Cleanup(s.Close)
		key, err := client.KeyFromPassword(t.Context(), s.URL, client.Login{Name: "ada", Password: "pw"}, client.NewKey{Title: "laptop"})
		wantEqual(t, remit.KindOf(err), want)
		wantEqual(t, key.Secret == "made", want == "")
		wantEqual(t, calls, []string{"POST /api/v1/session ", "POST /api/v1/keys Bearer session-token", "DELETE /api/v1/session Bearer session-token"})
	}
}
