package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// serve answers every request with fn and returns a client that shows a key.
func serve(t *testing.T, fn http.HandlerFunc) *client.Client {
	t.Helper()
	s := httptest.NewServer(fn)
	t.Cleanup(s.Close)
	return at(t, s.URL)
}

func at(t *testing.T, address string) *client.Client {
	t.Helper()
	c, err := client.New(address, "secret-key")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer sends a body of a type.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func problemOf(t *testing.T, p client.Problem) http.HandlerFunc {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return answer(p.Status, "application/problem+json; charset=utf-8", string(text))
}

// failure is what the client says when it is answered by fn.
func failure(t *testing.T, fn http.HandlerFunc) *remit.Error {
	t.Helper()
	_, err := serve(t, fn).Job(t.Context(), "j")
	e, ok := err.(*remit.Error)
	if !ok {
		t.Fatalf("got %T: %v", err, err)
	}
	return e
}

func wantEqual[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAddressesAreChecked(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "localhost:8080", "ftp://host", "http://", "/path", "http://[::1", "http:host"} {
		if _, err := client.New(wrong, ""); remit.KindOf(err) != remit.Invalid {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	wantEqual(t, at(t, "https://host:1/remit/").URL("/api"), "https://host:1/remit/api")
}

func TestARequestCarriesKeyBodyAndEscapedPath(t *testing.T) {
	t.Parallel()
	type seen struct{ Method, Path, Key, Type, Body string }
	var got seen
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = seen{r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)}
		fmt.Fprint(w, "{}")
	})
	if _, err := c.UpdateUser(t.Context(), "a/b?c", client.UserPatch{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, got, seen{"PATCH", "/api/v1/users/a%2Fb%3Fc", "Bearer secret-key", "application/json", `{"disabled":true}`})
	if _, err := c.Jobs(t.Context(), client.Query{"state": "queued", "owner": "", "project": "a&b"}); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, got, seen{Method: "GET", Path: "/api/v1/jobs?project=a%26b&state=queued", Key: "Bearer secret-key"})
	if _, err := c.PutArtifact(t.Context(), remit.Lease{Job: "j", Attempt: 2, Lease: "l&m"}, "out/a b.csv", strings.NewReader("1,2")); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, got, seen{"PUT", "/api/v1/node/jobs/j/artifacts/out/a%20b.csv?attempt=2&lease=l%26m", "Bearer secret-key", "application/octet-stream", "1,2"})
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	l.Close() // nobody listens there any more
	_, err = at(t, address).PutArtifact(t.Context(), remit.Lease{Job: "j", Lease: "secret-lease"}, "a", strings.NewReader(""))
	if remit.KindOf(err) != remit.Unavailable || !strings.HasPrefix(err.Error(), address+" cannot be reached: ") {
		t.Errorf("got %v", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%v tells a secret", err)
	}
}

func TestWhoeverGivesUpGetsTheirOwnReason(t *testing.T) {
	t.Parallel()
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Me(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		fmt.Fprint(w, `{"id":"wrong"}`)
	}))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/login?next=x", status) })
		_, err := c.Submit(t.Context(), "moths", remit.JobSpec{Type: "ml"})
		if remit.KindOf(err) != remit.Invalid || !strings.HasSuffix(err.Error(), ", to "+other.URL) {
			t.Errorf("%d: %v", status, err)
		}
	}
	wantEqual(t, elsewhere.Load(), 0)
}

func TestAnswersThatAreNoJSONAreUnavailable(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "hello", "<!doctype html>", `{"id":`, `["a"]`} {
		e := failure(t, answer(200, "text/plain", body))
		if e.Kind != remit.Unavailable || e.Hint == "" {
			t.Errorf("%q: %v", body, e)
		}
	}
}

func TestErrorsOfOtherProgramsAreToldByTheirStatus(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]remit.Kind{400: remit.Invalid, 401: remit.Unauthenticated, 403: remit.Denied, 404: remit.NotFound, 405: remit.Invalid,
		409: remit.Conflict, 410: remit.Gone, 413: remit.Invalid, 429: remit.Limited, 500: remit.Internal, 502: remit.Unavailable, 503: remit.Unavailable, 504: remit.Unavailable} {
		for _, contentType := range []string{"text/plain", "application/json", "application/problem+json", ""} {
			e := failure(t, answer(status, contentType, "<h1>Bad Gateway</h1>"))
			wantEqual(t, e, &remit.Error{Kind: want, Message: fmt.Sprintf("the server answered %d %s", status, http.StatusText(status))})
		}
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"items":[]}`)
		w.(http.Flusher).Flush() // so that the end of the answer comes apart
		fmt.Fprintln(w)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	transport := &http.Transport{} // the default one loses its connections when any test server closes
	t.Cleanup(transport.CloseIdleConnections)
	c, err := client.NewWithTransport(s.URL, "", transport)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := c.Projects(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	wantEqual(t, connections.Load(), 1)
}

func TestParamsTakeJSONAsSuchAndElseText(t *testing.T) {
	t.Parallel()
	got, err := client.Params(map[string]string{"n": "5", "on": "true", "list": "[1]", "name": "moth", "quoted": `"5"`, "broken": "{"})
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, string(got), `{"broken":"{","list":[1],"n":5,"name":"moth","on":true,"quoted":"5"}`)
}
