package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/gate"
)

// failure is a problem as huma writes it.
type failure struct{ client.Problem }

func (f *failure) Error() string                { return f.Detail }
func (f *failure) GetStatus() int               { return f.Status }
func (f *failure) ContentType(string) string    { return "application/problem+json" }
func (f *failure) MarshalJSON() ([]byte, error) { return json.Marshal(f.Problem) }

// Huma makes its own errors by this hook: input that does not fit the schema.
// Values are left out of them, for a password may be among them.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		p := client.Problem{Title: http.StatusText(status), Status: status, Detail: msg, Kind: remit.Invalid, Code: "invalid"}
		if status >= http.StatusInternalServerError {
			p.Kind, p.Code = remit.Internal, "internal"
		}
		for _, err := range errs {
			p.Errors = append(p.Errors, fieldProblem(err))
		}
		if len(p.Errors) > 0 {
			p.Detail = "The request is not valid: " + p.Errors[0].Location + ": " + p.Errors[0].Message
		}
		return &failure{p}
	}
}

func fieldProblem(err error) client.FieldProblem {
	var detailed huma.ErrorDetailer
	if errors.As(err, &detailed) {
		d := detailed.ErrorDetail()
		return client.FieldProblem{Location: d.Location, Message: d.Message}
	}
	return client.FieldProblem{Message: err.Error()}
}

// problem words an error of a service, once for all routes, and writes a
// fault of the program into the log.
func (a *api) problem(ctx context.Context, err error) huma.StatusError {
	f := failed(ctx, err)
	if f.Kind == remit.Internal {
		a.Log.ErrorContext(ctx, "request failed", "error", err, "request", f.RequestID)
	}
	return f
}

func failed(ctx context.Context, err error) *failure {
	p := Problem(err)
	p.RequestID = gate.RequestID(ctx)
	return &failure{p}
}

// Problem is err as it goes over the wire. A fault of the program shows
// nothing of its inside.
func Problem(err error) client.Problem {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = remit.Errorf(remit.Unavailable, "The request ended before its answer was ready")
	}
	e, ok := errors.AsType[*remit.Error](err)
	if !ok || e.Kind == remit.Internal {
		e = remit.Errorf(remit.Internal, "Something went wrong on the server").WithHint("It was logged. Tell the administrator the request id.")
	}
	status := client.Status(e.Kind)
	p := client.Problem{Title: http.StatusText(status), Status: status, Detail: e.Message, Code: remit.CodeOf(e), Kind: e.Kind, Hint: e.Hint, WhoCanGrant: e.Grantors, Explanation: e.Explanation}
	if e.Field != "" {
		p.Errors = []client.FieldProblem{{Location: e.Field, Message: e.Message}}
	}
	if e.Decision != nil {
		p.Permission, p.Rule = e.Decision.Permission, fmt.Sprintf("R%d", e.Decision.Rule)
	}
	return p
}

// WriteProblem answers a request with err, and logs nothing.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	writeFailure(w, failed(r.Context(), err))
}

func writeFailure(w http.ResponseWriter, f huma.StatusError) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(f.GetStatus())
	_ = json.NewEncoder(w).Encode(f) // who has gone hears nothing
}

// notFound answers addresses that no route has, and those that are there for
// other methods; the mux alone would answer in plain text.
func (a *api) notFound(w http.ResponseWriter, r *http.Request) {
	path := strings.ToValidUTF8(r.URL.Path, "?")
	allowed := a.methods(r)
	if len(allowed) == 0 {
		WriteProblem(w, r, remit.Errorf(remit.NotFound, "No such address: %s %s", r.Method, path).
			WithHint("See /api/openapi.json for all of them."))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	p := Problem(remit.Errorf(remit.Invalid, "There is no %s of %s", r.Method, path).WithCode("method_not_allowed").
		WithHint("It takes %s.", strings.Join(allowed, ", ")))
	p.Status, p.Title, p.RequestID = http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed), gate.RequestID(r.Context())
	writeFailure(w, &failure{p})
}

// methods are those that the address of r has a route for.
func (a *api) methods(r *http.Request) (allowed []string) {
	for _, method := range []string{get, post, put, patch, remove} {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(other); strings.HasPrefix(pattern, method+" ") {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
