package rpc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Call is one request, and what judges its answer.
type Call struct {
	Method, URL string
	Key         string // bearer
	Type        string // of the body; "" = JSON
	Body        []byte
	Judge       func(answer []byte) error
}

// patience bounds every request.
const patience = 2 * time.Minute

// Client asks all peers: HTTP/1.1 on connections that are kept, and HTTP/2
// without TLS for gRPC.
type Client struct{ http, grpc http.Client }

// NewClient makes a client that keeps as many connections as it is asked from.
func NewClient() *Client {
	var h2c http.Protocols
	h2c.SetUnencryptedHTTP2(true)
	return &Client{http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}},
		http.Client{Timeout: patience, Transport: &http.Transport{Protocols: &h2c, DisableCompression: true}}}
}

// Close ends the connections.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.grpc.CloseIdleConnections()
}

// Do sends one call and judges the answer; buf is where that is read to.
func (c *Client) Do(ctx context.Context, call Call, buf *bytes.Buffer) error {
	req, err := http.NewRequestWithContext(ctx, call.Method, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+call.Key)
	by := &c.http
	if call.Type == grpcType {
		by = &c.grpc
		req.Header.Set("Te", "trailers")
	}
	req.Header.Set("Content-Type", cmp.Or(call.Type, "application/json"))
	res, err := by.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	buf.Reset()
	if _, err := buf.ReadFrom(res.Body); err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %.500s", call.Method, call.URL, res.Status, buf)
	}
	return call.Judge(buf.Bytes())
}

// ask sends body as JSON and reads the answer into out; out may be nil.
func (c *Client) ask(ctx context.Context, method, url, key string, body, out any) error {
	call := Call{Method: method, URL: url, Key: key, Judge: func(answer []byte) error {
		if out == nil {
			return nil
		}
		return json.Unmarshal(answer, out)
	}}
	if body != nil {
		call.Body = encode(body)
	}
	return c.Do(ctx, call, new(bytes.Buffer))
}

// encode is for bodies made here, which can always be encoded.
func encode(body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return text
}

// verdict judges an answer by what is found in it.
func verdict[T any](want bool, found func(T) bool) func([]byte) error {
	return func(answer []byte) error {
		var got T
		if err := json.Unmarshal(answer, &got); err != nil {
			return err
		}
		if found(got) != want {
			return fmt.Errorf("want %v, got %s", want, answer)
		}
		return nil
	}
}

// verdicts judges a list of them.
func verdicts[T any](want []bool, found func(T) []bool) func([]byte) error {
	return func(answer []byte) error {
		var all T
		if err := json.Unmarshal(answer, &all); err != nil {
			return err
		}
		got := found(all)
		if len(got) != len(want) {
			return fmt.Errorf("want %d verdicts, got %d: %.500s", len(want), len(got), answer)
		}
		for i := range want {
			if got[i] != want[i] {
				return fmt.Errorf("verdict %d: want %v, got %.500s", i, want[i], answer)
			}
		}
		return nil
	}
}
