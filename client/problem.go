package client

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/remit-server/remit"
)

// Problem is an error on the wire (RFC 9457, application/problem+json).
type Problem struct {
	Type   string     `json:"type,omitempty"`
	Title  string     `json:"title"`
	Status int        `json:"status"`
	Detail string     `json:"detail"` // one sentence for people
	Code   string     `json:"code"`   // stable, for programs
	Kind   remit.Kind `json:"kind"`
	Hint   string     `json:"hint,omitempty"` // what to do next
	// Permission is what is missing, for refusals.
	Permission string `json:"permission,omitempty"`
	// Rule is the rule that decided, for refusals: "R14".
	Rule string `json:"rule,omitempty"`
	// WhoCanGrant are user names, for those who may know.
	WhoCanGrant []string       `json:"who_can_grant,omitempty"`
	Errors      []FieldProblem `json:"errors,omitempty"`
	// Explanation is what a refusal rests on, as far as the asker may know.
	Explanation *remit.Explanation `json:"explanation,omitempty"`
	RequestID   string             `json:"request_id,omitempty"`
}

// FieldProblem is one wrong place in a request.
type FieldProblem struct {
	Location string `json:"location"` // "body.params.threshold"
	Message  string `json:"message"`
}

// statuses is the one table from kinds of error to HTTP statuses.
var statuses = map[remit.Kind]int{
	remit.Invalid:         http.StatusUnprocessableEntity,
	remit.Unauthenticated: http.StatusUnauthorized,
	remit.Denied:          http.StatusForbidden,
	remit.NotFound:        http.StatusNotFound,
	remit.Conflict:        http.StatusConflict,
	remit.Stale:           http.StatusPreconditionFailed,
	remit.Gone:            http.StatusGone,
	remit.Limited:         http.StatusTooManyRequests,
	remit.Unavailable:     http.StatusServiceUnavailable,
	remit.Internal:        http.StatusInternalServerError,
}

// Status is the HTTP status of a kind of error.
func Status(kind remit.Kind) int {
	if status, ok := statuses[kind]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// kindOfStatus is Status backwards, for answers that carry no kind.
func kindOfStatus(status int) remit.Kind {
	for kind, s := range statuses {
		if s == status {
			return kind
		}
	}
	if status < 500 {
		return remit.Invalid
	}
	return remit.Unavailable
}

// readProblem turns an answer of 300 or more into the error that it tells of.
func readProblem(resp *http.Response) error {
	if resp.StatusCode < 400 {
		return moved(resp)
	}
	data, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	var p Problem
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "application/problem+json" || json.Unmarshal(data, &p) != nil || p.Detail == "" {
		return remit.Errorf(kindOfStatus(resp.StatusCode), "the server answered %s", resp.Status)
	}
	p.Status = resp.StatusCode
	return p.Err()
}

func moved(resp *http.Response) error {
	e := remit.Errorf(remit.Invalid, "the server answered %s", resp.Status)
	if to, err := resp.Location(); err == nil {
		e.Message += ", to " + to.Scheme + "://" + to.Host
	}
	return e.WithHint("Give the address that the server itself has, as REMIT_URL.")
}

// Err is the problem as the error that the server made.
func (p Problem) Err() *remit.Error {
	e := &remit.Error{Kind: p.Kind, Code: p.Code, Message: p.Detail, Hint: p.Hint, Grantors: p.WhoCanGrant, Explanation: p.Explanation}
	if _, known := statuses[e.Kind]; !known { // none, or one of a newer server
		e.Kind = kindOfStatus(p.Status)
	}
	for i, f := range p.Errors {
		if i == 0 {
			e.Field = f.Location
		}
		if i > 0 || !strings.Contains(e.Message, f.Message) { // Detail tells of the first
			e.Message += fmt.Sprintf("; %s: %s", f.Location, f.Message)
		}
	}
	return e
}
