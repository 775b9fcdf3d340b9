package identity

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Lasting refuses whoever cannot make what goes on for its owner, by rights that
// are asked without the key that made it, such as a schedule (R24): Unauthenticated
// nobody, Denied nodes and the system, Denied "key_scope" a key that has scopes,
// projects or an end.
func Lasting(r *gate.Reader) error {
	switch who := r.Who(); {
	case who.Kind == authz.Anonymous:
		return remit.Errorf(remit.Unauthenticated, "Sign in first").WithHint("Use `remit login`, an API key, or the login page.")
	case who.Kind != authz.Person && who.Kind != authz.Local:
		return remit.Errorf(remit.Denied, "Only accounts have what goes on for them without being asked")
	case who.Caps != nil:
		return outlasts("scopes, projects and end")
	}
	return Endless(r)
}

// Endless refuses a key that ends, Denied "key_scope": what it makes has no end,
// but rights of its own, such as a node (R24).
func Endless(r *gate.Reader) error {
	ends, err := keyEnds(r)
	if err == nil && ends {
		err = outlasts("end")
	}
	return err
}

// keyEnds says whether the asker asks with a key that ends.
func keyEnds(r *gate.Reader) (bool, error) {
	if r.Who().Key == "" {
		return false, nil
	}
	ends, err := KeyEnds(r, remit.KeyID(r.Who().Key))
	return ends != nil, err
}

func outlasts(without string) error {
	e := remit.Errorf(remit.Denied, "Insufficient permissions").WithCode("key_scope").
		WithHint("It would outlast the limits of this API key. Sign in, or use a key without %s.", without)
	e.Decision = &authz.Decision{Rule: 24}
	return e
}
