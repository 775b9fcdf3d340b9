package outward

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// WebOptions are what an installation may choose.
type WebOptions struct {
	Agent   string         // the User-Agent
	Allow   []netip.Prefix // networks inside that may be reached all the same
	Timeout time.Duration  // of one request, with its answer; 0 = 10 s
	// Resolver finds addresses of names; nil = the system's.
	Resolver *net.Resolver
}

// Web posts to addresses that people name. It is safe for concurrent use.
type Web struct {
	agent  string
	allow  []netip.Prefix
	client *http.Client
}

// maxAnswer is how much of an answer is read, so that the connection can end in order.
const maxAnswer = 4 << 10

// NewWeb makes a Web. No proxy stands between: it would resolve the names.
func NewWeb(o WebOptions) *Web {
	w := &Web{agent: o.Agent, allow: o.Allow}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: o.Resolver, Control: w.control}
	w.client = &http.Client{
		Timeout:       cmp.Or(o.Timeout, 10*time.Second),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: 1,
			IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10},
	}
	return w
}

// control is asked before each connection, with the address that it goes to.
func (w *Web) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err == nil && !reachable(to.Addr(), w.allow) {
		err = insideError{to.Addr()}
	}
	return err
}

// insideError is why a connection was not opened.
type insideError struct{ addr netip.Addr }

func (insideError) Error() string { return "the address does not lie outside, and is not allowed" }

// Post sends a body and returns the status of the answer; nothing else of it is
// told to anybody. Redirects are not followed. Any status but 2xx is an error,
// which says no more than whoever named the address may know.
func (w *Web) Post(ctx context.Context, to string, header map[string]string, body []byte) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("this is no web address")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", w.agent)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, unreached(err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // it was received, whatever is in it
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode, fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return resp.StatusCode, nil
}

// unreached says why in words without the address: it may hold a secret.
func unreached(err error) error {
	if to, ok := errors.AsType[*url.Error](err); ok {
		err = to.Err
	}
	if to, ok := errors.AsType[insideError](err); ok {
		return to
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("its name was not resolved (not found: %t)", name.IsNotFound)
	}
	timed, ok := errors.AsType[net.Error](err)
	if ok && timed.Timeout() {
		return errors.New("it did not answer in time")
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return errors.New("the connection was refused")
	}
	return errors.New("the connection failed")
}
