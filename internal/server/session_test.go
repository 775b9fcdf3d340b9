package server_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// login signs in over the API and returns the cookie.
func (w *world) login(name string) *http.Cookie {
	w.t.Helper()
	r := w.call("anonymous", "POST", "/api/v1/session", client.Login{Name: name, Password: w.words[name]})
	into[client.SignedIn](w.t, r, 201)
	cookie, err := http.ParseSetCookie(r.header.Get("Set-Cookie"))
	if err != nil {
		w.t.Fatalf("the cookie of the login: %v", err)
	}
	return cookie
}

func cookieHeader(c *http.Cookie) header { return header{"Cookie", c.Name + "=" + c.Value} }

func TestALoginIsACookieThatScriptsCannotReadUntilTheLogout(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	c := w.login("moths-basic_member")
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure {
		t.Errorf("over loopback the cookie is %q", c.Raw)
	}
	me := into[client.Me](t, w.send("GET", "/api/v1/me", nil, cookieHeader(c)), 200)
	if me.User == nil || me.User.Name != "moths-basic_member" {
		t.Errorf("the cookie is that of %+v", me.User)
	}
	out := w.send("DELETE", "/api/v1/session", nil, cookieHeader(c))
	if out.status != 204 || !strings.Contains(out.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the logout answered %d, %q", out.status, out.header.Get("Set-Cookie"))
	}
	refused(t, w.send("GET", "/api/v1/me", nil, cookieHeader(c)), 401, "invalid_key")
}

// Where cookies may travel is what the configuration says, whatever a request
// says of itself.
func TestACookieIsForTLSWhenThePublicAddressIs(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]bool{"https://remit.example.org": true, "http://remit.example.org": false, "": false} {
		w := serve(t, testkit.SQLite(t), func(o *server.Options, _ map[string][]string) { o.PublicURL = public })
		for _, h := range []header{{"X-Forwarded-Proto", "https"}, {"X-Forwarded-For", "192.0.2.1"}} {
			r := w.call("anonymous", "POST", "/api/v1/session", client.Login{Name: "root", Password: w.words["root"]}, h)
			cookie, err := http.ParseSetCookie(r.header.Get("Set-Cookie"))
			if err != nil {
				t.Fatal(err)
			}
			if cookie.Secure != want {
				t.Errorf("public address %q, %s: the cookie is %q", public, h.name, cookie.Raw)
			}
		}
	}
}

func TestAFailedLoginDoesNotTellWhetherTheAccountExists(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	wrong := w.call("anonymous", "POST", "/api/v1/session", client.Login{Name: "root", Password: "wrong-password-1"})
	unknown := w.call("anonymous", "POST", "/api/v1/session", client.Login{Name: "nobody", Password: "wrong-password-1"})
	refused(t, wrong, 401, "wrong_login")
	if diff := cmp.Diff(sameBody(wrong), sameBody(unknown)); diff != "" || wrong.status != unknown.status {
		t.Errorf("a wrong password and an unknown name differ:\n%s", diff)
	}
	for _, r := range []reply{wrong, unknown} {
		if r.header.Get("Set-Cookie") != "" || bytes.Contains(r.body, []byte("wrong-password-1")) {
			t.Errorf("%s answered %v %s", r.asked, r.header, r.body)
		}
	}
}

// R1: a bad credential never falls back to anonymous, on public routes neither.
func TestABadCredentialIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	ended := w.login("moths-researcher")
	w.send("DELETE", "/api/v1/session", nil, cookieHeader(ended))
	revoked := w.key("root", client.NewKey{Title: "short-lived"})
	if err := w.as("root").DeleteKey(t.Context(), revoked.ID); err != nil {
		t.Fatal(err)
	}
	good := w.keys["root"]
	for name, h := range map[string]header{
		"an unknown key":          {"Authorization", "Bearer remit_00000000000000000000000000000000_000000"},
		"a mistyped key":          {"Authorization", "Bearer " + good[:len(good)-1] + "_"},
		"a revoked key":           {"Authorization", "Bearer " + revoked.Secret},
		"no key":                  {"Authorization", "Bearer "},
		"a bare key":              {"Authorization", good},
		"another scheme":          {"Authorization", "Basic cm9vdDpyb290"},
		"a node's form":           {"Authorization", "Bearer remit_node_garbage"},
		"a cookie of nonsense":    {"Cookie", "remit_session=garbage"},
		"a cookie that has ended": cookieHeader(ended),
		"a key as a cookie":       {"Cookie", "remit_session=" + revoked.Secret},
	} {
		for _, path := range []string{"/api/v1/me", "/api/v1/projects", "/api/v1/projects/moths", "/api/v1/jobs", "/api/v1/events", "/api/v1/nodes"} {
			r := w.send("GET", path, nil, h)
			refused(t, r, 401, "invalid_key")
			if bytes.Contains(r.body, []byte(good)) {
				t.Errorf("%s: %s echoes the key", name, r.asked)
			}
		}
	}
}

// An API key that somebody puts into a cookie would be sent by every page's
// script: only sessions are cookies.
func TestAnAPIKeyIsNoCookie(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	refused(t, w.send("GET", "/api/v1/me", nil, header{"Cookie", "remit_session=" + w.keys["root"]}), 401, "invalid_key")
}

func TestAnotherSitesPageCannotUseTheCookie(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	c := cookieHeader(w.login("root"))
	project := client.NewProject{Slug: "stolen"}
	for name, from := range map[string][]header{
		"as browsers say now": {c, {"Sec-Fetch-Site", "cross-site"}},
		"as they said before": {c, {"Origin", "https://evil.example"}},
		"from a sister site":  {c, {"Sec-Fetch-Site", "same-site"}, {"Origin", "http://other.127.0.0.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.t = t
			refused(t, w.send("POST", "/api/v1/projects", project, from...), 403, "cross_origin")
			refused(t, w.send("DELETE", "/api/v1/session", nil, from...), 403, "cross_origin")
		})
	}
	refused(t, w.call("root", "GET", "/api/v1/projects/stolen", nil), 404, "not_found")
	into[client.Me](t, w.send("GET", "/api/v1/me", nil, c), 200)
	own := []header{c, {"Sec-Fetch-Site", "same-origin"}, {"Origin", w.url}}
	if r := w.send("POST", "/api/v1/projects", client.NewProject{Slug: "own"}, own...); r.status != 201 {
		t.Errorf("from our own page: %d %s", r.status, r.body)
	}
}

func TestEveryAnswerTellsBrowsersToBeStrict(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	ids := map[string]bool{}
	for _, path := range []string{"/", "/login", "/api/v1/me", "/api/v1/nothing", "/healthz", "/readyz", "/api/openapi.json"} {
		h := w.call("anonymous", "GET", path, nil).header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" || h.Get("Referrer-Policy") == "" {
			t.Errorf("GET %s answered with %v", path, h)
		}
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("GET %s: policy %q", path, csp)
		}
		ids[h.Get("X-Request-Id")] = true
	}
	if len(ids) != 7 || ids[""] {
		t.Errorf("request ids: %v", ids)
	}
}
