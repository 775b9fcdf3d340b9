package client_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/api"
)

// kinds are typed by hand, with the status that each has on the wire.
var kinds = map[remit.Kind]int{
	remit.Invalid: 422, remit.Unauthenticated: 401, remit.Denied: 403, remit.NotFound: 404, remit.Conflict: 409,
	remit.Stale: 412, remit.Gone: 410, remit.Limited: 429, remit.Unavailable: 503, remit.Internal: 500,
}

func TestEveryKindOfErrorComesThroughAsItIs(t *testing.T) {
	t.Parallel()
	for kind, status := range kinds {
		wantEqual(t, client.Status(kind), status)
		sent := &remit.Error{Kind: kind, Code: "some_code", Message: "It does not fit", Hint: "Turn it.", Field: "body.params.x", Grantors: []string{"ada", "sue"},
			Decision: &authz.Decision{Rule: 14, Permission: "job:run.ml"}}
		if kind == remit.Internal { // a fault shows nothing of its inside
			sent = &remit.Error{Kind: kind, Code: "internal", Message: "Something went wrong on the server", Hint: "It was logged. Tell the administrator the request id."}
		}
		got := failure(t, func(w http.ResponseWriter, r *http.Request) { api.WriteProblem(w, r, sent) })
		if diff := cmp.Diff(sent, got, cmpopts.IgnoreFields(remit.Error{}, "Decision")); diff != "" {
			t.Errorf("%s (-sent +got):\n%s", kind, diff)
		}
	}
	wantEqual(t, client.Status("of a newer version"), 500)
}

func TestAnErrorWithoutACodeHasItsKindForOne(t *testing.T) {
	t.Parallel()
	got := failure(t, func(w http.ResponseWriter, r *http.Request) {
		api.WriteProblem(w, r, remit.Errorf(remit.Gone, "Too late"))
	})
	wantEqual(t, got, &remit.Error{Kind: remit.Gone, Code: "gone", Message: "Too late"})
}

func TestAKindThatTheClientDoesNotKnowIsToldByItsStatus(t *testing.T) {
	t.Parallel()
	for _, kind := range []remit.Kind{"", "strange"} {
		got := failure(t, problemOf(t, client.Problem{Status: 409, Kind: kind, Detail: "No"}))
		wantEqual(t, got, &remit.Error{Kind: remit.Conflict, Message: "No"})
	}
	wantEqual(t, failure(t, answer(403, "application/problem+json", `{"detail":"No"}`)).Kind, remit.Denied)
}

func TestEveryWrongPlaceOfARequestIsNamed(t *testing.T) {
	t.Parallel()
	got := failure(t, problemOf(t, client.Problem{Status: 422, Kind: remit.Invalid, Code: "invalid", Detail: "The request is not valid: body.a: expected string", Errors: []client.FieldProblem{
		{Location: "body.a", Message: "expected string"}, {Location: "body.b", Message: "expected string"}}}))
	wantEqual(t, got, &remit.Error{Kind: remit.Invalid, Code: "invalid", Field: "body.a", Message: "The request is not valid: body.a: expected string; body.b: expected string"})
}
