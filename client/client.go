// Package client speaks Remit's HTTP API. The command line and the worker
// node are built on it, and users' programs can be.
//
// Its one invariant: an error of the server comes back as the *remit.Error
// that the server made (without Decision and Err, which stay there), so callers
// switch on remit.KindOf.
//
//	c, err := client.New("http://127.0.0.1:8080", os.Getenv("REMIT_KEY"))
//	job, err := c.Submit(ctx, "moths", remit.JobSpec{Type: "ml", On: remit.On{File: id}, Start: true})
//	if remit.KindOf(err) == remit.Denied {
//		log.Print(err) // Insufficient permissions
//	}
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/remit-server/remit"
)

// Client calls one server with one credential. It is safe for concurrent use.
type Client struct {
	base string // without a slash at the end
	key  string
	http *http.Client

	preview string // whom it looks as; "" as itself
}

// New makes a client of the server at address ("http://host:port") that shows
// key, an API key or a node's credential; "" asks as nobody.
func New(address, key string) (*Client, error) {
	return NewWithTransport(address, key, http.DefaultTransport)
}

// NewWithTransport is New with another way to reach the server.
func NewWithTransport(address, key string, transport http.RoundTripper) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, remit.Errorf(remit.Invalid, "%q is not the address of a server", address).WithHint("Write it like http://127.0.0.1:8080.")
	}
	return &Client{base: strings.TrimRight(u.String(), "/"), key: key, http: &http.Client{Transport: transport, CheckRedirect: stay}}, nil
}

// stay follows no redirect: a POST would become a GET, and the key would go
// where nobody sent it.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// URL is the address of a path on the server.
func (c *Client) URL(path string) string { return c.base + path }

// call sends in as JSON (nothing for nil) and decodes the answer into out
// (ignored for nil).
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	body, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer body.Close()
	return decode(body, out)
}

func decode(body io.Reader, out any) error {
	if out != nil {
		if err := json.NewDecoder(body).Decode(out); err != nil {
			return remit.Errorf(remit.Unavailable, "reading the server's answer: %w", err).WithHint("Is it a Remit server? Check REMIT_URL.")
		}
	}
	_, _ = io.Copy(io.Discard, body) // to its end, so that the connection serves again
	return nil
}

// send makes the request with in as its JSON body and returns the answer's.
func (c *Client) send(ctx context.Context, method, path string, in any) (io.ReadCloser, error) {
	if in == nil {
		return c.request(ctx, method, path, nil, "")
	}
	data, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	return c.request(ctx, method, path, bytes.NewReader(data), "application/json")
}

func (c *Client) request(ctx context.Context, method, path string, body io.Reader, contentType string) (io.ReadCloser, error) {
	return c.requestWith(ctx, method, path, body, contentType, nil)
}

// requestWith is request with headers besides.
func (c *Client) requestWith(ctx context.Context, method, path string, body io.Reader, contentType string, headers map[string]string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, remit.Errorf(remit.Invalid, "%s %s: %w", method, path, err)
	}
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if c.preview != "" {
		req.Header.Set(PreviewHeader, c.preview)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		return nil, readProblem(resp)
	}
	return resp.Body, nil
}

func (c *Client) unreachable(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the address asked for, which may hold a lease
	}
	return remit.Errorf(remit.Unavailable, "%s cannot be reached: %w", c.base, err).
		WithHint("Is the server running? Start it with `remit serve`, or set REMIT_URL.")
}

// get, post and list are the shapes of most calls.
func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var out T
	err := c.call(ctx, http.MethodGet, path, nil, &out)
	return out, err
}

func post[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	err := c.call(ctx, http.MethodPost, path, in, &out)
	return out, err
}

func patch[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	err := c.call(ctx, http.MethodPatch, path, in, &out)
	return out, err
}

func list[T any](ctx context.Context, c *Client, path string, q Query) (remit.Page[T], error) {
	return get[remit.Page[T]](ctx, c, path+q.encode())
}

// Query is what lists can be asked: filters by name, limit and after.
type Query map[string]string

func (q Query) encode() string {
	values := url.Values{}
	for name, value := range q {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

func seg[T ~string](s T) string { return url.PathEscape(string(s)) }
