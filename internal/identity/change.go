package identity

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// PasswordChange is a new password for an account.
type PasswordChange struct {
	Old string // of one's own account: the one until now
	New string
}

// SetPassword changes the password of an account and ends its sessions, but
// for the one that asks. Of one's own it asks for the old one; a wrong one is
// Denied, and tries are limited as those to sign in are.
//
// Who sets the password of another can be that account from then on. So it
// takes, besides the right, that one holds all that the account holds or ever
// will, on what it owns too, and a superuser for that of a superuser; and never
// a limited API key (R24).
func (s *Service) SetPassword(ctx context.Context, who authz.Subject, name string, change PasswordChange) error {
	if err := checkPassword(change.New, name); err != nil {
		return err
	}
	a, err := gate.View(ctx, s.gate, who, s.passwordQuestion(name))
	if err != nil && !isRefusal(err) { // the operation itself refuses, and writes it down
		return err
	}
	hash, err := s.newHash(ctx, who, a, change)
	if err != nil {
		return err
	}
	var user remit.User
	_, err = gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "user.password",
		On:    func(tx *gate.Tx) (authz.Resource, error) { return locateUser(tx, name, &user) },
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, s.setPassword(tx, user, a, hash) },
	})
	return err
}

// passwordQuestion finds the account, for those who may change its password.
func (s *Service) passwordQuestion(name string) gate.Query[account] {
	var user remit.User
	return gate.Query[account]{
		Name: "user.password",
		On:   func(r *gate.Reader) (authz.Resource, error) { return locateUser(r, name, &user) },
		Read: func(r *gate.Reader) (account, error) {
			if user.ID == "" {
				return account{}, gate.NotFound("users")
			}
			if err := s.maySetPassword(r, user); err != nil {
				return account{}, err
			}
			return db.One(r, scanAccount, selectAccountByID, user.ID)
		},
	}
}

// newHash compares the old password of one's own account and hashes the new
// one; "" when the asker may not. Both are slow, and outside of a transaction.
func (s *Service) newHash(ctx context.Context, who authz.Subject, a account, change PasswordChange) (string, error) {
	if a.id == "" {
		return "", nil
	}
	if isOwn(who, a.id) {
		if err := s.checkOld(ctx, a, change.Old); err != nil {
			return "", err
		}
	}
	return s.passwords.hash(ctx, change.New)
}

func isOwn(who authz.Subject, id remit.UserID) bool {
	return who.Kind == authz.Person && who.ID == string(id)
}

func (s *Service) checkOld(ctx context.Context, a account, old string) error {
	if a.password == "" {
		return remit.Errorf(remit.Conflict, "Your account has no password: it signs in elsewhere").WithCode("no_password").
			WithHint("Somebody with user:password@others can give it one.")
	}
	if err := s.tries.take(a.name, callOf(ctx).Address, s.gate.Now()); err != nil {
		return err
	}
	right, err := s.passwords.matches(ctx, a.password, old)
	if err != nil {
		return err
	}
	if !right {
		return remit.Errorf(remit.Denied, "The old password is wrong").WithCode("wrong_password").WithField("old")
	}
	s.tries.right(a.name)
	return nil
}

// setPassword stores it, when nothing changed since the old one was compared.
func (s *Service) setPassword(tx *gate.Tx, u remit.User, compared account, hash string) error {
	if u.ID == "" {
		return gate.NotFound("users")
	}
	if err := s.maySetPassword(&tx.Reader, u); err != nil {
		return err
	}
	now, err := db.One(tx, scanAccount, selectAccountByID, u.ID)
	if err != nil {
		return fmt.Errorf("reading account %s: %w", u.Name, err)
	}
	if hash == "" {
		return rightsChanged()
	}
	if now != compared {
		return accountChanged(u)
	}
	same, err := tx.Exec(updatePassword, u.ID, hash, compared.password)
	if err != nil {
		return fmt.Errorf("setting the password of %s: %w", u.Name, err)
	}
	if same == 0 {
		return accountChanged(u)
	}
	if _, err := tx.Exec(deleteSessionsBut, u.ID, Hash(SessionSecret(tx.Context()))); err != nil { // of those who signed in until now
		return fmt.Errorf("ending the sessions of %s: %w", u.Name, err)
	}
	tx.Note("password of %s changed; its other sessions ended", u.Name)
	return nil
}

func accountChanged(u remit.User) error {
	return remit.Errorf(remit.Conflict, "The account %s has just changed", u.Name).WithHint("Try again.")
}

// maySetPassword is R24 for what the account itself may do.
func (s *Service) maySetPassword(r *gate.Reader, u remit.User) error {
	who := r.Who()
	switch {
	case u.DeletedAt != nil:
		return deleted(u)
	case who.Caps != nil:
		return beyond("user:password", "No limited API key sets a password.")
	case who.Kind == authz.System, who.Kind == authz.Local, isOwn(who, u.ID):
		return nil
	case u.Superuser:
		return requireSuperuser(r, "user:password", "Only superusers set the password of superusers")
	}
	return s.mayBecome(r, u)
}

func deleted(u remit.User) error {
	return remit.Errorf(remit.Conflict, "The account %s is deleted", u.Name).WithCode("deleted").WithHint("Make another account.")
}
