package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// withIssuer is a server whose people sign in by the issuer.
func withIssuer(t *testing.T, i *issuer, change ...func(*server.OIDC)) *world {
	t.Helper()
	return serve(t, testkit.SQLite(t), func(o *server.Options, _ map[string][]string) {
		o.OIDC = server.OIDC{Issuer: i.server.URL, ClientID: "remit", ClientSecret: "hush", Create: true}
		for _, c := range change {
			c(&o.OIDC)
		}
	})
}

// browser keeps cookies and follows redirects until it is back at the server.
type browser struct {
	*http.Client
	w    *world
	last string // where it was sent last
}

func (w *world) browser() *browser {
	jar, _ := cookiejar.New(nil) // nil options never fail
	b := &browser{w: w}
	b.Client = &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		b.last = r.URL.String()
		if strings.HasPrefix(b.last, w.url) && !strings.Contains(b.last, "/auth/oidc/") {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

// goes asks for an address and tells where that led, as a path of the server.
func (b *browser) goes(address string) string {
	b.w.t.Helper()
	resp, err := b.Get(address)
	if err != nil {
		b.w.t.Fatal(err)
	}
	resp.Body.Close()
	return strings.TrimPrefix(resp.Header.Get("Location"), b.w.url)
}

func (b *browser) signsIn() string {
	b.w.t.Helper()
	return b.goes(b.w.url + "/auth/oidc/start?next=/nodes")
}

// me is who the browser is signed in as, "" for nobody.
func (b *browser) me() string {
	b.w.t.Helper()
	resp, err := b.Get(b.w.url + "/api/v1/me")
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var me client.Me
	if err := json.NewDecoder(resp.Body).Decode(&me); err != nil || me.User == nil {
		return ""
	}
	return me.User.Name
}

func TestPeopleSignInByAnIdentityProvider(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := withIssuer(t, i)
	for range 2 {
		b := w.browser()
		if to := b.signsIn(); to != "/nodes" || b.me() != "vera" {
			t.Errorf("led to %q as %q, want /nodes as vera", to, b.me())
		}
	}
	u, err := w.as("root").User(t.Context(), "vera")
	if err != nil || u.FullName != "Vera R." || u.Email != "vera@example.org" || u.Superuser {
		t.Errorf("made %+v, %v", u, err)
	}
	page := w.send("GET", "/login", nil)
	if !strings.Contains(string(page.body), "/auth/oidc/start?next=") {
		t.Error("the login page does not lead to the provider")
	}
	if to := w.browser().goes(w.url + "/auth/oidc/start?next=https://evil.example/"); to != "/" {
		t.Errorf("led to %q, want /", to)
	}
}

// What is wrong with a token is told to the log; nobody is signed in by it.
func TestTokensThatAreNotForThisSignInOpenNothing(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := withIssuer(t, i)
	for name, claims := range map[string]map[string]any{
		"a wrong nonce":         {"nonce": "another"},
		"no nonce":              {"nonce": nil},
		"another audience":      {"aud": "someone-else"},
		"another issuer":        {"iss": "https://evil.example"},
		"an expired token":      {"exp": time.Now().Add(-time.Hour).Unix()},
		"no subject is no name": {"preferred_username": "Not A Name"},
		"a name that is taken":  {"sub": "6", "preferred_username": "root"},
	} {
		i.says(claims)
		b := w.browser()
		if to := b.signsIn(); !strings.HasPrefix(to, "/login?problem=") || b.me() != "" {
			t.Errorf("%s: led to %q as %q", name, to, b.me())
		}
	}
	i.says(nil)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	i.sealed = other
	i.mu.Unlock()
	if b := w.browser(); b.signsIn() == "/nodes" || b.me() != "" {
		t.Error("a token that somebody else signed opens")
	}
}

// The way back is only for the browser that went, with all that it took along.
func TestTheWayBackIsForTheBrowserThatWent(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := withIssuer(t, i)
	for name, spoil := range map[string]func(b *browser, f map[string]string, q url.Values){
		"another state":     func(_ *browser, _ map[string]string, q url.Values) { q.Set("state", "another") },
		"no state":          func(_ *browser, _ map[string]string, q url.Values) { q.Del("state") },
		"another browser":   func(b *browser, _ map[string]string, _ url.Values) { b.Jar, _ = cookiejar.New(nil) },
		"no PKCE verifier":  func(_ *browser, f map[string]string, _ url.Values) { f["Verifier"] = "" },
		"another verifier":  func(_ *browser, f map[string]string, _ url.Values) { f["Verifier"] = strings.Repeat("x", 43) },
		"a refusal":         func(_ *browser, _ map[string]string, q url.Values) { q.Del("code"); q.Set("error", "access_denied") },
		"a code made up":    func(_ *browser, _ map[string]string, q url.Values) { q.Set("code", "made-up") },
		"nothing is spoilt": nil,
	} {
		b := w.browser()
		back := b.until("/auth/oidc/callback")
		q := back.Query()
		if spoil != nil {
			b.carry(func(f map[string]string) { spoil(b, f, q) })
		}
		back.RawQuery = q.Encode()
		to := b.goes(back.String())
		if good := spoil == nil; (to == "/nodes") != good || (b.me() == "vera") != good {
			t.Errorf("%s: led to %q as %q", name, to, b.me())
		}
		if to := b.goes(back.String()); to == "/nodes" {
			t.Errorf("%s: the same way back worked twice", name)
		}
	}
}

// until begins a sign-in and stops before an address of the server.
func (b *browser) until(path string) *url.URL {
	b.w.t.Helper()
	follow := b.CheckRedirect
	b.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		b.last = r.URL.String()
		if strings.HasPrefix(b.last, b.w.url+path) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	b.signsIn()
	b.CheckRedirect = follow
	back, err := url.Parse(b.last)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return back
}

// carry changes what the browser has in its cookie about the sign-in.
func (b *browser) carry(change func(map[string]string)) {
	b.w.t.Helper()
	at, _ := url.Parse(b.w.url + "/auth/oidc/")
	f := map[string]string{}
	for _, c := range b.Jar.Cookies(at) {
		text, err := base64.RawURLEncoding.DecodeString(c.Value)
		if err != nil || json.Unmarshal(text, &f) != nil {
			b.w.t.Fatalf("the cookie %s cannot be read: %v", c.Name, err)
		}
	}
	jar := b.Jar
	change(f)
	if b.Jar != jar {
		return // another browser has no cookie
	}
	text, _ := json.Marshal(f)
	b.Jar.SetCookies(at, []*http.Cookie{{Name: "remit_oidc", Value: base64.RawURLEncoding.EncodeToString(text), Path: "/auth/oidc/"}})
}

func TestADisabledAccountDoesNotSignInByTheProvider(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := withIssuer(t, i)
	w.browser().signsIn()
	if _, err := w.as("root").UpdateUser(t.Context(), "vera", client.UserPatch{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	if b := w.browser(); b.signsIn() != "/login?problem=no_account" || b.me() != "" {
		t.Errorf("led to %s as %q", b.last, b.me())
	}
}

func TestAccountsAreMadeOnlyWhereThatIsSaid(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := withIssuer(t, i, func(o *server.OIDC) { o.Create = false })
	if b := w.browser(); b.signsIn() != "/login?problem=no_account" || b.me() != "" {
		t.Errorf("led to %s as %q", b.last, b.me())
	}
}

// Some providers tell name and groups to those who ask for userinfo only.
func TestClaimsThatTheTokenLacksAreAskedFor(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	w := withIssuer(t, i, func(o *server.OIDC) { o.NameClaim = "nickname" })
	i.more = map[string]any{"sub": "somebody-else", "nickname": "nick"}
	if b := w.browser(); b.signsIn() == "/nodes" {
		t.Error("what is told of somebody else is believed")
	}
	i.mu.Lock()
	i.more = map[string]any{"sub": "subject-1", "nickname": "nick"}
	i.mu.Unlock()
	if b := w.browser(); b.signsIn() != "/nodes" || b.me() != "nick" {
		t.Errorf("led to %s as %q", b.last, b.me())
	}
}

func TestTeamsFollowTheGroupsThatTheProviderTells(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		d := testkit.Open(t, url)
		err := d.Write(t.Context(), db.Exclusive, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO teams (id, name, title, created_at) VALUES ('team_1', 'keepers', 'Keepers', 1)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		i := newIssuer(t)
		w := serve(t, url, func(o *server.Options, _ map[string][]string) {
			o.OIDC = server.OIDC{Issuer: i.server.URL, ClientID: "remit", Create: true, Teams: map[string]string{"/lab/keepers": "keepers"}}
		})
		for _, step := range []struct {
			groups any
			want   int
		}{{[]string{"/lab/keepers", "/other"}, 1}, {"/lab/keepers", 1}, {[]string{"/other"}, 0}, {[]string{"/lab/keepers"}, 1}, {nil, 0}} {
			i.says(map[string]any{"groups": step.groups})
			i.mu.Lock()
			i.more = map[string]any{"sub": "subject-1"}
			i.mu.Unlock()
			if to := w.browser().signsIn(); to != "/nodes" {
				t.Fatalf("led to %s", to)
			}
			err := d.Read(t.Context(), func(r db.Reader) error {
				n, err := db.One(r, db.Value[int], `SELECT COUNT(*) FROM team_users`)
				if n != step.want {
					t.Errorf("groups %v: %d in the team, want %d", step.groups, n, step.want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
