package remit

import (
	"errors"
	"fmt"

	"github.com/remit-server/remit/authz"
)

// Kind sorts errors by what the asker can do about them. The HTTP status and
// the exit code of the command line follow from it, each in one table.
type Kind string

// The kinds of error.
const (
	Invalid         Kind = "invalid"         // the request is wrong as it stands
	Unauthenticated Kind = "unauthenticated" // nobody is signed in, or the credential is bad
	Denied          Kind = "denied"          // signed in, and not permitted
	NotFound        Kind = "not_found"       // no such thing, or none that the asker may know of
	Conflict        Kind = "conflict"        // the thing is in a state that forbids it
	Stale           Kind = "stale"           // the thing changed since it was read (If-Match)
	Gone            Kind = "gone"            // it was there and is not any more
	Limited         Kind = "limited"         // too much, too often
	Unavailable     Kind = "unavailable"     // try again later
	Internal        Kind = "internal"        // a fault of the program
)

// Error says what happened, to what, why, and what to do next.
type Error struct {
	Kind    Kind
	Code    string // stable, for programs: "lease_lost"; "" means the kind itself
	Message string // one sentence for people
	Hint    string // what to do next; may be empty
	// Field is the place in the request that is wrong ("params.threshold"); may be empty.
	Field string
	// Decision is what the permission engine said, for Denied and for Conflict by a guard (R16).
	Decision *authz.Decision
	// Explanation is what a refusal rests on, as far as the asker may know; nil = nothing that may be told.
	Explanation *Explanation
	// Grantors are the names of users who can grant what is missing; only for those who may know.
	Grantors []string
	Err      error // the cause; Message already tells of it
}

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error of a kind. A %w in format becomes its cause.
func Errorf(kind Kind, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Message: wrapped.Error(), Err: errors.Unwrap(wrapped)}
}

// WithCode names the error for programs.
func (e *Error) WithCode(code string) *Error { e.Code = code; return e }

// WithHint says what to do next.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// WithField names the place in the request that is wrong.
func (e *Error) WithField(field string) *Error { e.Field = field; return e }

// KindOf returns the kind of the first *Error in err's chain, Internal for
// any other error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// CodeOf returns the stable code of err: its Code, else its kind.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Code != "" {
		return e.Code
	}
	return string(KindOf(err))
}
