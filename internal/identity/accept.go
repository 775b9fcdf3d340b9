package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Accept makes the account of an invitation and signs it in. A secret that is
// wrong, used, withdrawn, past its end or of somebody who may invite nobody any
// more gets one answer, NotFound. Tries are limited by address, as those to sign
// in are.
func (s *Service) Accept(ctx context.Context, secret, password string) (cookie string, session remit.Session, err error) {
	if err := s.tries.work(callOf(ctx).Address, s.gate.Now()); err != nil {
		return "", session, err
	}
	hash := Hash(secret)
	i, err := gate.View(ctx, s.gate, authenticator, gate.Query[invited]{
		Name: "identity.authenticate",
		Read: func(r *gate.Reader) (invited, error) { return openInvitation(r, secret, hash) },
	})
	if err != nil {
		return "", session, err
	}
	if err := checkPassword(password, i.Name); err != nil {
		return "", session, err
	}
	hashed, err := s.passwords.hash(ctx, password)
	if err != nil {
		return "", session, err
	}
	cookie, cookieHash := NewSecret(SessionPrefix)
	session, err = gate.Do(ctx, s.gate, authz.Subject{Kind: authz.Anonymous}, gate.Op[remit.Session]{
		Name: "invitation.accept",
		Apply: func(tx *gate.Tx) (remit.Session, error) {
			i, err := openInvitation(&tx.Reader, secret, hash)
			if err != nil {
				return remit.Session{}, err
			}
			return s.accept(tx, i, hashed, cookieHash)
		},
	})
	if err != nil {
		return "", session, err
	}
	return cookie, session, nil
}

// openInvitation finds one that can be accepted.
func openInvitation(r *gate.Reader, secret, hash string) (invited, error) {
	if !ValidSecret(InvitePrefix, secret) {
		return invited{}, noInvitation()
	}
	i, err := db.One(r, scanInvited, selectInvitationByHash, db.Micros(r.Now()), hash)
	if errors.Is(err, db.ErrNoRows) {
		return i, noInvitation()
	}
	if err != nil {
		return i, fmt.Errorf("reading an invitation: %w", err)
	}
	if !stands(r, i) {
		return i, noInvitation()
	}
	return i, nil
}

// stands says whether who invited may still invite: nobody comes back by an
// invitation that they wrote themselves, or lets others in, who has lost that.
// What was written while authentication was off is nobody's once it is on (R32).
func stands(r *gate.Reader, i invited) bool {
	if !i.byAccount() {
		return i.by != "" || r.OpenToAll()
	}
	by := authz.Subject{Kind: authz.Person, ID: string(i.by)}
	return r.CanAs(by, "user.invite", authz.Resource{}).Allowed
}

func noInvitation() *remit.Error {
	return gate.NotFound("invitations").WithHint("It may be mistyped, used, withdrawn or too old. Ask for a new one.")
}

func (s *Service) accept(tx *gate.Tx, i invited, hashed, cookieHash string) (remit.Session, error) {
	u, err := insert(tx, NewUser{Name: i.Name, FullName: i.FullName, Email: i.Email}, hashed)
	if err != nil {
		return remit.Session{}, err
	}
	if _, err := tx.Exec(acceptInvitation, i.ID, db.Micros(tx.Now())); err != nil {
		return remit.Session{}, fmt.Errorf("accepting an invitation: %w", err)
	}
	session, err := s.open(tx, u.ID, u.Name, cookieHash)
	tx.About(string(u.ID))
	tx.Note("%s accepted the invitation %s, and signed in", u.Name, i.ID)
	return session, err
}
