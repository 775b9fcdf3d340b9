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

// HandOver moves what a feature keeps of one account to another inside tx, and
// says in words how much that was; "" is nothing.
type HandOver func(tx *gate.Tx, from, to remit.UserID) (what string, err error)

// OnDelete sets who hands over what an account owns: that is not known here.
// Set it before anything is asked.
func (s *Service) OnDelete(all ...HandOver) { s.handOver = all }

// Delete disables an account for good. Its credentials are gone, what it owns
// goes to the account called heir, and its row stays: names in the past keep
// their meaning, so nobody else is ever called so. Its e-mail address is
// forgotten.
//
// Who names an heir holds what the things open to their new owner, unless the
// heir may do that already, and whoever deletes holds what the account holds:
// Denied (R24). Only superusers delete superusers; the
// last one stays, and so does whom a project needs: Conflict (R25).
func (s *Service) Delete(ctx context.Context, who authz.Subject, name, heir string) (remit.User, error) {
	var user remit.User
	return gate.Do(ctx, s.gate, who, gate.Op[remit.User]{
		Name:  "user.delete",
		On:    func(tx *gate.Tx) (authz.Resource, error) { return locateUser(tx, name, &user) },
		Apply: func(tx *gate.Tx) (remit.User, error) { return s.remove(tx, user, heir) },
	})
}

func (s *Service) remove(tx *gate.Tx, u remit.User, heir string) (remit.User, error) {
	if u.ID == "" {
		return u, gate.NotFound("users")
	}
	if u.DeletedAt != nil {
		return u, deleted(u)
	}
	to, err := heirOf(tx, u, heir)
	if err != nil {
		return u, err
	}
	if err := mayEnd(tx, u); err != nil {
		return u, err
	}
	if err := s.mayEndAll(&tx.Reader, u); err != nil {
		return u, err
	}
	if err := s.mayBequeath(&tx.Reader, u, to); err != nil {
		return u, err
	}
	if err := s.disabling(tx, func() error { return forget(tx, u) }); err != nil {
		return u, err
	}
	note := fmt.Sprintf("account %s deleted; heir %s", u.Name, to.Name)
	for _, hand := range s.handOver {
		what, err := hand(tx, u.ID, to.ID)
		if err != nil {
			return u, fmt.Errorf("handing over what %s owns: %w", u.Name, err)
		}
		if what != "" {
			note += ", " + what
		}
	}
	tx.Changed(gate.Users, gate.Keys)
	tx.Note("%s", note)
	u, err = db.One(tx, scanUser, selectUserByID, u.ID)
	return withActions(&tx.Reader, u), err
}

// mayEnd is mayDisable for good.
func mayEnd(tx *gate.Tx, u remit.User) error {
	if u.Superuser && u.Disabled {
		return requireSuperuser(&tx.Reader, "user:delete", "Only superusers delete superusers")
	}
	return mayDisable(tx, u, UserPatch{Disabled: new(true)})
}

// heirOf finds who is to own what u owns. An account that the asker may not
// know of reads like one that is not there.
func heirOf(tx *gate.Tx, u remit.User, name string) (remit.User, error) {
	if name == "" {
		return remit.User{}, remit.Errorf(remit.Invalid, "Somebody has to own what %s owns", u.Name).WithField("heir").WithHint("Name an account as the heir.")
	}
	var heir remit.User
	if _, err := locateUser(tx, name, &heir); err != nil {
		return heir, err
	}
	if heir.ID == "" || !tx.Holds("user:read", ofUser(heir.ID)).Allowed {
		return heir, gate.NotFound("users").WithField("heir")
	}
	if heir.Disabled || heir.ID == u.ID {
		return heir, remit.Errorf(remit.Invalid, "%s cannot be the heir of %s", heir.Name, u.Name).WithField("heir").WithHint("Name another account that is enabled.")
	}
	if string(heir.ID) == tx.Who().ID { // else others' private things would be one's own for the asking (R24)
		return heir, requireSuperuser(&tx.Reader, "user:delete", "Only superusers are heirs of whom they delete")
	}
	return heir, nil
}

// forget takes all credentials and what is of nobody's business any more.
func forget(tx *gate.Tx, u remit.User) error {
	now := db.Micros(tx.Now())
	_, user := tx.Exec(deleteUser, u.ID, now)
	_, keys := tx.Exec(revokeKeysOf, u.ID, now)
	_, linked := tx.Exec(deleteIdentitiesOf, u.ID)
	if err := errors.Join(user, keys, linked); err != nil {
		return fmt.Errorf("deleting account %s: %w", u.Name, err)
	}
	return endSessions(tx, u)
}
