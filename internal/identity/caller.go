package identity

import (
	"context"

	"github.com/remit-server/remit/authz"
)

// Call is what a request's credential came to.
type Call struct {
	Subject authz.Subject
	Err     error  // why the credential is no good; then Subject means nothing (R1)
	Session string // the session's secret, "" when it was not a session
	Address string // IP address of the other end, "" when there is none
	Agent   string // what the other end calls itself
	Secure  bool   // browsers reach the server by TLS: its public address says so, else the request
	// Again looks at the credential anew, for streams that outlive it (R18).
	Again func(context.Context) (authz.Subject, error)
}

type callKey struct{}

// WithCall keeps the call in the context of its request.
func WithCall(ctx context.Context, c Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// Caller is who asks: anonymous without a credential, and an error for a bad
// one, which never falls back to anonymous (R1).
func Caller(ctx context.Context) (authz.Subject, error) {
	c := callOf(ctx)
	return c.Subject, c.Err
}

// CallerNow is Caller at this moment: a credential that was revoked since the
// request began is an error.
func CallerNow(ctx context.Context) (authz.Subject, error) {
	c := callOf(ctx)
	if c.Again == nil || c.Err != nil {
		return c.Subject, c.Err
	}
	return c.Again(ctx)
}

// SessionSecret is the secret of the session that the request came with, or "".
func SessionSecret(ctx context.Context) string { return callOf(ctx).Session }

// Secure says whether a cookie of the request's answer may only travel over TLS.
func Secure(ctx context.Context) bool { return callOf(ctx).Secure }

func callOf(ctx context.Context) Call {
	c, _ := ctx.Value(callKey{}).(Call)
	return c
}
