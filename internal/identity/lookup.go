package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// PolicyUsers are all accounts by id, for the policy's Source.
func PolicyUsers(r db.Reader) ([]authz.User, error) {
	users, err := db.Rows(r, func(s db.Scanner, u *authz.User) error {
		return s.Scan(&u.ID, &u.Name, &u.Superuser, &u.Disabled)
	}, selectPolicyUsers)
	if err != nil {
		return nil, fmt.Errorf("reading accounts: %w", err)
	}
	slices.SortFunc(users, func(a, b authz.User) int { return strings.Compare(a.ID, b.ID) })
	return users, nil
}

// SubjectOf is an account as it asks through a key ("" = signed in), for what
// goes on in its name: a job's runner at a claim (R26). Unauthenticated says
// in words why it can do nothing at now: the account is disabled, or the key
// revoked or expired.
func SubjectOf(r db.Reader, now time.Time, user remit.UserID, key remit.KeyID) (authz.Subject, error) {
	behind, err := Behind(r, user, key)
	if err != nil {
		return authz.Subject{}, err
	}
	return behind.Subject(now)
}

// Actor is what stands behind a name until an account or a key changes. Who it
// is goes by the clock: keys end.
type Actor struct {
	who   authz.Subject
	death func(now time.Time) string // why it can do nothing; "" = it can
}

// Subject is SubjectOf at a time.
func (a Actor) Subject(now time.Time) (authz.Subject, error) {
	if reason := a.death(now); reason != "" {
		return authz.Subject{}, dead(reason)
	}
	return a.who, nil
}

// Behind reads an account and, unless that is "", a key of it.
// Unauthenticated when there is no such one.
func Behind(r db.Reader, user remit.UserID, key remit.KeyID) (Actor, error) {
	if key != "" {
		return behindKey(r, user, key)
	}
	a, err := db.One(r, scanAccount, selectAccountByID, user)
	if errors.Is(err, db.ErrNoRows) {
		return Actor{}, dead("There is no such account")
	}
	if err != nil {
		return Actor{}, fmt.Errorf("reading account %s: %w", user, err)
	}
	return Actor{a.subject(), a.deadAt}, nil
}

func behindKey(r db.Reader, user remit.UserID, key remit.KeyID) (Actor, error) {
	k, err := db.One(r, scanKey, selectKeyByID, key)
	if errors.Is(err, db.ErrNoRows) || err == nil && k.owner.id != user {
		return Actor{}, dead("There is no such API key")
	}
	if err != nil {
		return Actor{}, fmt.Errorf("reading API key %s: %w", key, err)
	}
	return Actor{k.subject(), k.deadAt}, nil
}

// clocked is a transaction with the time that it decides by.
type clocked interface {
	db.Reader
	Now() time.Time
}

// KeyEnds is until when at the latest what a key gives may last; nil = for ever.
// After a rotation that is the grace of the secret before, for as long as that
// works: whoever has it must not make more of it.
func KeyEnds(r clocked, key remit.KeyID) (*time.Time, error) {
	k, err := db.One(r, scanKey, selectKeyByID, key)
	if err != nil {
		return nil, fmt.Errorf("reading API key %s: %w", key, err)
	}
	return k.ends(r.Now()), nil
}

func (k keyRow) ends(now time.Time) *time.Time {
	grace, ends := k.key.OldUntil, k.key.ExpiresAt
	if grace != nil && now.Before(*grace) && (ends == nil || grace.Before(*ends)) {
		return grace
	}
	return ends
}

func dead(reason string) *remit.Error { return remit.Errorf(remit.Unauthenticated, "%s", reason) }

// IDOf is the id of the account called name, disabled ones included, or NotFound.
func IDOf(r db.Reader, name string) (remit.UserID, error) {
	if !validName(name) {
		return "", gate.NotFound("users")
	}
	id, err := db.One(r, db.Value[remit.UserID], selectUserID, name)
	if errors.Is(err, db.ErrNoRows) {
		return "", gate.NotFound("users")
	}
	if err != nil {
		return "", fmt.Errorf("finding account %s: %w", name, err)
	}
	return id, nil
}

// account is what credentials lead to.
type account struct {
	id       remit.UserID
	name     string
	password string // hash
	disabled bool
	made     bool // by this very transaction
}

func (a account) subject() authz.Subject {
	return authz.Subject{Kind: authz.Person, ID: string(a.id), Name: a.name}
}

// deadAt says in words why nobody acts as the account, or "".
func (a account) deadAt(time.Time) string {
	if a.disabled {
		return "The account " + a.name + " is disabled"
	}
	return ""
}

func scanAccount(s db.Scanner, a *account) error {
	return s.Scan(&a.id, &a.name, &a.password, &a.disabled)
}
