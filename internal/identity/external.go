package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// External is somebody whom an identity provider vouches for.
type External struct {
	Issuer, Subject string // together: who it is, for ever
	Name            string // of the account, when one is made; an e-mail address counts up to its @
	FullName, Email string
	Groups          []string
}

// ExternalRules say what an identity provider may do here.
type ExternalRules struct {
	Create bool              // accounts for those who have none
	Teams  map[string]string // the provider's group → our team, by name
}

// OnSync sets who makes the change that a provider's groups bring, which is
// told in words, and may say Conflict of it: the change stays, and is told (R25).
func (s *Service) OnSync(make func(tx *gate.Tx, why string, change func() error) error) {
	s.synced = make
}

// LoginExternal signs in the account that is linked to somebody whom a
// provider vouches for. An account is linked when it is made here, never by
// its name or address: those anybody may have elsewhere.
//
// The teams that rules name follow the provider's groups, whoever could grant
// that (R24) and even where a project is left without a manager (R25), which
// is logged and written down, and superusers are told.
func (s *Service) LoginExternal(ctx context.Context, e External, rules ExternalRules) (secret string, session remit.Session, err error) {
	if err := s.tries.work(callOf(ctx).Address, s.gate.Now()); err != nil {
		return "", session, err
	}
	secret, hash := NewSecret(SessionPrefix)
	session, err = gate.Do(ctx, s.gate, authz.Subject{Kind: authz.Anonymous}, gate.Op[remit.Session]{
		Name:  "session.external",
		Apply: func(tx *gate.Tx) (remit.Session, error) { return s.external(tx, e, rules, hash) },
	})
	if err != nil {
		return "", session, err
	}
	return secret, session, nil
}

func (s *Service) external(tx *gate.Tx, e External, rules ExternalRules, hash string) (remit.Session, error) {
	a, err := s.linked(tx, e, rules.Create)
	if err != nil {
		return remit.Session{}, err
	}
	if a.disabled {
		return remit.Session{}, noAccount(e.Issuer)
	}
	moved, err := s.sync(tx, a, e.Groups, rules.Teams)
	if err != nil {
		return remit.Session{}, err
	}
	session, err := s.open(tx, a.id, a.name, hash)
	tx.Note("%s signed in by %s%s", a.name, e.Issuer, moved)
	if moved == "" {
		tx.Changed(gate.Nothing) // but for what linked said
	}
	return session, err
}

// noAccount is one answer for those whom nobody here knows and for disabled accounts.
func noAccount(issuer string) *remit.Error {
	return remit.Errorf(remit.Unauthenticated, "Nobody is signed in here by this account of %s", issuer).WithCode("no_account").
		WithHint("Ask an administrator: there may be no account for you, or it is disabled.")
}

// linked finds the account, or makes it.
func (s *Service) linked(tx *gate.Tx, e External, create bool) (account, error) {
	a, err := db.One(tx, scanAccount, selectLinked, e.Issuer, e.Subject)
	if err == nil {
		return a, nil
	}
	if !errors.Is(err, db.ErrNoRows) {
		return a, fmt.Errorf("looking for who signs in: %w", err)
	}
	if !create {
		return a, noAccount(e.Issuer)
	}
	n, err := e.account()
	if err != nil {
		return a, err
	}
	err = nameIsFree(tx, n.Name)
	if remit.KindOf(err) == remit.Conflict {
		return a, nameTaken(n.Name) // whoever is invited by it is another, and not told of
	}
	if err != nil {
		return a, err
	}
	u, err := insert(tx, n, "")
	if err != nil {
		return a, err
	}
	if _, err := tx.Exec(insertLink, e.Issuer, e.Subject, u.ID, db.Micros(tx.Now())); err != nil {
		return a, fmt.Errorf("linking account %s: %w", u.Name, err)
	}
	if err := tx.Record("user.create", "", string(u.ID), fmt.Sprintf("account %s made for %s of %s", u.Name, e.Subject, e.Issuer)); err != nil {
		return a, err
	}
	return account{id: u.ID, name: u.Name, made: true}, nil
}

// account is what is made for somebody new. What a provider says beyond the
// name is taken where it fits, and left out where not.
func (e External) account() (NewUser, error) {
	name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(e.Name)), "@")
	n := NewUser{Name: name, FullName: e.FullName, Email: e.Email}
	if err := checkName(name); err != nil {
		return n, remit.Errorf(remit.Invalid, "%s calls you %q, which cannot be the name of an account", e.Issuer, e.Name).WithCode("bad_name").
			WithHint("Ask an administrator to take the name from another claim.")
	}
	if checkText("full_name", n.FullName) != nil {
		n.FullName = ""
	}
	if checkEmail(n.Email) != nil {
		n.Email = ""
	}
	return n, nil
}
