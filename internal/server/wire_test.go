package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/remit-server/remit/client"
)

// reply is an answer as it came over the wire.
type reply struct {
	asked  string
	status int
	header http.Header
	body   []byte
}

// header is one header of a request.
type header struct{ name, value string }

// call sends body (JSON, or a string as it is) with the key of an account.
func (w *world) call(name, method, path string, body any, headers ...header) reply {
	w.t.Helper()
	key, ok := w.keys[name]
	if !ok {
		w.t.Fatalf("no account is called %q", name)
	}
	if key != "" {
		headers = append([]header{{"Authorization", "Bearer " + key}}, headers...)
	}
	return w.send(method, path, body, headers...)
}

// send is call with the credential among the headers.
func (w *world) send(method, path string, body any, headers ...header) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bodyOf(w.t, body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		req.Header.Set(h.name, h.value)
	}
	resp, err := bare.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{method + " " + path, resp.StatusCode, resp.Header, data}
}

// bare follows no redirects and keeps no cookies.
var bare = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func bodyOf(t *testing.T, body any) io.Reader {
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(b)
	case url.Values:
		return strings.NewReader(b.Encode())
	}
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(data)
}

// into decodes an answer that must have a status.
func into[T any](t *testing.T, r reply, status int) T {
	t.Helper()
	var v T
	if r.status != status {
		t.Fatalf("%s answered %d, want %d: %s", r.asked, r.status, status, r.body)
	}
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%s answered no JSON: %v: %s", r.asked, err, r.body)
	}
	return v
}

// problemOf is the problem in an answer, which must be a whole one.
func problemOf(t *testing.T, r reply) client.Problem {
	t.Helper()
	var p client.Problem
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s answered %d as %q, want a problem: %.300s", r.asked, r.status, got, r.body)
		return p
	}
	if err := json.Unmarshal(r.body, &p); err != nil {
		t.Errorf("%s answered no JSON: %v: %.300s", r.asked, err, r.body)
		return p
	}
	if p.Code == "" || p.Detail == "" || p.Kind == "" || p.Title == "" || p.Status != r.status || r.status < 400 {
		t.Errorf("%s answered %d with a problem that is not whole: %s", r.asked, r.status, r.body)
	}
	return p
}

// refused fails the test unless the answer is a problem with status and code.
func refused(t *testing.T, r reply, status int, code string) client.Problem {
	t.Helper()
	p := problemOf(t, r)
	if r.status != status || p.Code != code {
		t.Errorf("%s answered %d %q, want %d %q: %s", r.asked, r.status, p.Code, status, code, r.body)
	}
	return p
}

// sameBody is what an answer says but for the request's id: two answers with
// the same text here tell nobody which of two things is behind them.
func sameBody(r reply) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.body, &fields) != nil {
		return string(r.body)
	}
	fields = maps.Clone(fields)
	delete(fields, "request_id")
	text, err := json.Marshal(fields)
	if err != nil {
		return string(r.body)
	}
	return r.header.Get("Content-Type") + " " + string(text)
}
