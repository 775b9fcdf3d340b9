package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// A provider that does not answer is asked once for all who wait, and nobody
// waits longer than they want to.
func TestASilentProviderHoldsUpNobodyWhoLeaves(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	answer := make(chan bool)
	var issuer *httptest.Server
	issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if !<-answer {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":"x","token_endpoint":"x","jwks_uri":"x"}`, issuer.URL)
	}))
	t.Cleanup(issuer.Close)
	p := &provider{OIDC: OIDC{Issuer: issuer.URL}, http: &http.Client{}}
	for i, good := range []bool{false, true} { // what failed is tried again
		result := make(chan error)
		go func() {
			_, err := p.discover(t.Context())
			result <- err
		}()
		for asked.Load() <= int32(i) {
			select {
			case err := <-result:
				t.Fatalf("answered before the provider did: %v", err)
			default:
			}
		}
		left, leave := context.WithCancel(t.Context())
		leave()
		if _, err := p.discover(left); !errors.Is(err, context.Canceled) { // hangs when it waits for the others
			t.Errorf("who left got %v", err)
		}
		waited := p.look(t.Context())
		answer <- good
		if err := <-result; (err == nil) != good {
			t.Errorf("round %d: %v", i, err)
		}
		if <-waited.done; (waited.err == nil) != good {
			t.Errorf("round %d: who came later got %v", i, waited.err)
		}
	}
	if _, err := p.discover(t.Context()); err != nil || asked.Load() != 2 {
		t.Errorf("asked %d times, %v; want twice", asked.Load(), err)
	}
}
