package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Login signs an account in and returns the secret for its browser's cookie.
// An unknown name, a wrong password and a disabled account get the same
// answer, Unauthenticated, after the same work. Too many wrong tries of a name,
// known or not, or too many from the address of the Call in ctx, are Limited,
// and so is one that finds too many others being compared.
func (s *Service) Login(ctx context.Context, name, password string) (secret string, session remit.Session, err error) {
	if err := s.tries.take(name, callOf(ctx).Address, s.gate.Now()); err != nil {
		return "", session, err
	}
	a, err := s.accountOf(ctx, name)
	if err != nil {
		return "", session, err
	}
	// The slow part is outside of any transaction: on SQLite all writers would wait for it.
	right, err := s.passwords.matches(ctx, a.password, password)
	if err != nil {
		return "", session, err
	}
	if !right || a.disabled {
		return "", session, wrongLogin()
	}
	s.tries.right(name)
	secret, hash := NewSecret(SessionPrefix)
	fresh := s.rehash(ctx, a.password, password)
	session, err = gate.Do(ctx, s.gate, authz.Subject{Kind: authz.Anonymous}, gate.Op[remit.Session]{
		Name:  "session.create",
		Apply: func(tx *gate.Tx) (remit.Session, error) { return s.begin(tx, a, hash, fresh) },
	})
	if err != nil {
		return "", session, err
	}
	return secret, session, nil
}

// rehash is a hash of today's cost for a password that is right, "" when the
// stored one costs that already. It may wait for the next login.
func (s *Service) rehash(ctx context.Context, stored, password string) string {
	if h, known := parseHash(stored); known && h.cost == s.passwords.cost {
		return ""
	}
	fresh, err := s.passwords.hash(ctx, password)
	if err != nil {
		s.log.WarnContext(ctx, "could not renew the hash of a password", "error", err)
	}
	return fresh
}

func wrongLogin() *remit.Error {
	return remit.Errorf(remit.Unauthenticated, "Wrong name or password").WithCode("wrong_login")
}

// accountOf finds an account to sign in; zero when there is none.
func (s *Service) accountOf(ctx context.Context, name string) (account, error) {
	if !validName(name) {
		return account{}, nil
	}
	a, err := gate.View(ctx, s.gate, authenticator, gate.Query[account]{
		Name: "identity.authenticate",
		Read: func(r *gate.Reader) (account, error) { return db.One(r, scanAccount, selectAccountByName, name) },
	})
	if errors.Is(err, db.ErrNoRows) {
		return account{}, nil
	}
	if err != nil {
		return account{}, fmt.Errorf("signing in: %w", err)
	}
	return a, nil
}

// begin stores the session, if nothing changed since the password was compared,
// and a new hash of the password unless that is "".
func (s *Service) begin(tx *gate.Tx, a account, hash, fresh string) (remit.Session, error) {
	now, err := db.One(tx, scanAccount, selectAccountByID, a.id)
	if err != nil {
		return remit.Session{}, fmt.Errorf("signing in: %w", err)
	}
	if now != a {
		return remit.Session{}, wrongLogin()
	}
	// Whoever changes the password meanwhile waits, and ends this session then.
	same, err := tx.Exec(updatePassword, a.id, cmp.Or(fresh, a.password), a.password)
	if err != nil {
		return remit.Session{}, fmt.Errorf("renewing the hash of a password: %w", err)
	}
	if same == 0 {
		return remit.Session{}, wrongLogin()
	}
	return s.open(tx, a.id, a.name, hash)
}

// open stores a session of an account, and clears away those that have ended.
func (s *Service) open(tx *gate.Tx, id remit.UserID, name, hash string) (remit.Session, error) {
	call := callOf(tx.Context())
	session := remit.Session{ID: remit.NewID[remit.SessionID](tx.Now()), User: name, Address: call.Address, Agent: agent(call.Agent),
		CreatedAt: stored(tx.Now()), ExpiresAt: stored(tx.Now().Add(s.sessionTTL)), Permissions: []string{}}
	if _, err := tx.Exec(deleteExpiredSessions, db.Micros(tx.Now())); err != nil {
		return session, fmt.Errorf("clearing ended sessions: %w", err)
	}
	_, err := tx.Exec(insertSession, session.ID, hash, id, db.Micros(session.CreatedAt), db.Micros(session.ExpiresAt), session.Address, session.Agent)
	if err != nil {
		return session, fmt.Errorf("signing in: %w", err)
	}
	tx.About(string(session.ID))
	tx.Note("%s signed in", name)
	return session, nil
}

// Logout ends the session of a secret. One that has ended already is no error.
func (s *Service) Logout(ctx context.Context, secret string) error {
	found, err := s.session(ctx, secret)
	if err == nil {
		_, err = gate.Do(ctx, s.gate, found.owner.subject(), gate.Op[struct{}]{
			Name:  "session.delete",
			Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, end(tx, found, secret) },
		})
	}
	if remit.KindOf(err) == remit.Unauthenticated {
		return nil
	}
	return err
}

func end(tx *gate.Tx, found sessionRow, secret string) error {
	if _, err := tx.Exec(deleteSession, Hash(secret)); err != nil {
		return fmt.Errorf("signing out: %w", err)
	}
	tx.About(string(found.id))
	tx.Note("%s signed out", found.owner.name)
	return nil
}

// AuthenticateSession returns who is signed in by a cookie's secret, or the
// one answer to all bad credentials (R1).
func (s *Service) AuthenticateSession(ctx context.Context, secret string) (authz.Subject, error) {
	found, err := s.session(ctx, secret)
	if err != nil {
		return authz.Subject{}, err
	}
	return found.owner.subject(), nil
}

type sessionRow struct {
	id        remit.SessionID
	expiresAt time.Time
	owner     account
}

// session finds the live session of a secret, or says gate.InvalidKey.
func (s *Service) session(ctx context.Context, secret string) (sessionRow, error) {
	if !ValidSecret(SessionPrefix, secret) {
		return sessionRow{}, gate.InvalidKey()
	}
	return gate.View(ctx, s.gate, authenticator, gate.Query[sessionRow]{
		Name: "identity.authenticate",
		Read: func(r *gate.Reader) (sessionRow, error) {
			row, err := db.One(r, scanSession, selectSession, Hash(secret))
			switch {
			case errors.Is(err, db.ErrNoRows):
				return row, gate.InvalidKey()
			case err != nil:
				return row, fmt.Errorf("reading a session: %w", err)
			case row.owner.disabled || !r.Now().Before(row.expiresAt):
				return row, gate.InvalidKey()
			}
			return row, nil
		},
	})
}

func scanSession(s db.Scanner, row *sessionRow) error {
	return s.Scan(&row.id, db.Time(&row.expiresAt), &row.owner.id, &row.owner.name, &row.owner.disabled)
}
