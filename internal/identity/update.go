package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Update changes an account; its password is changed by SetPassword. The last
// superuser cannot be disabled, and nobody whom a project needs (see
// OnDisable): Conflict (R25). Nor can a deleted account be enabled.
func (s *Service) Update(ctx context.Context, who authz.Subject, name string, patch UserPatch) (remit.User, error) {
	if err := patch.check(); err != nil {
		return remit.User{}, err
	}
	var user remit.User
	return gate.Do(ctx, s.gate, who, gate.Op[remit.User]{
		Name:  "user.update",
		On:    func(tx *gate.Tx) (authz.Resource, error) { return locateUser(tx, name, &user) },
		Apply: func(tx *gate.Tx) (remit.User, error) { return s.update(tx, user, patch) },
	})
}

func (p UserPatch) check() error {
	var errs []error
	if p.FullName != nil {
		errs = append(errs, checkText("full_name", *p.FullName))
	}
	if p.Email != nil {
		errs = append(errs, checkEmail(*p.Email))
	}
	return firstOf(errs...)
}

func (s *Service) update(tx *gate.Tx, u remit.User, patch UserPatch) (remit.User, error) {
	if u.ID == "" {
		return u, gate.NotFound("users")
	}
	if u.DeletedAt != nil {
		return u, deleted(u)
	}
	if err := mayChange(tx, u); err != nil {
		return u, err
	}
	if err := mayDisable(tx, u, patch); err != nil {
		return u, err
	}
	was := u
	u, changed := patch.apply(u)
	if err := s.store(tx, u, u.Disabled && !was.Disabled); err != nil {
		return u, err
	}
	if u.Disabled {
		if err := endSessions(tx, u); err != nil {
			return u, err
		}
	}
	if u.Email != was.Email {
		tx.Changed(gate.Listening) // who has no address is told nothing
	}
	tx.Changed(partOf(u.Disabled != was.Disabled))
	tx.Note("account %s: %s", u.Name, strings.Join(changed, ", "))
	return withActions(&tx.Reader, u), nil
}

// partOf is what of the policy an update is of: only who is disabled stands in it.
func partOf(disabledOrEnabled bool) gate.Part {
	if disabledOrEnabled {
		return gate.Users
	}
	return gate.Nothing
}

func (s *Service) store(tx *gate.Tx, u remit.User, disables bool) error {
	if disables {
		return s.disabling(tx, func() error { return storeUser(tx, u) })
	}
	return storeUser(tx, u)
}

func storeUser(tx *gate.Tx, u remit.User) error {
	if _, err := tx.Exec(updateUser, u.ID, u.FullName, u.Email, u.Disabled, db.Micros(tx.Now())); err != nil {
		return fmt.Errorf("changing account %s: %w", u.Name, err)
	}
	return nil
}

// apply returns the changed account, and what changed in words.
func (p UserPatch) apply(u remit.User) (remit.User, []string) {
	changed := []string{}
	if p.FullName != nil && *p.FullName != u.FullName {
		u.FullName, changed = *p.FullName, append(changed, "full name changed")
	}
	if p.Email != nil && *p.Email != u.Email {
		u.Email, changed = *p.Email, append(changed, "e-mail address changed")
	}
	if p.Disabled != nil && *p.Disabled != u.Disabled {
		u.Disabled = *p.Disabled
		changed = append(changed, map[bool]string{true: "disabled", false: "enabled"}[u.Disabled])
	}
	if len(changed) == 0 {
		changed = append(changed, "nothing changed")
	}
	return u, changed
}

// endSessions ends all of them: whoever is signed in as a disabled account is out.
func endSessions(tx *gate.Tx, u remit.User) error {
	if _, err := tx.Exec(deleteSessionsOf, u.ID); err != nil {
		return fmt.Errorf("ending the sessions of %s: %w", u.Name, err)
	}
	return nil
}

// hashFor hashes a new password for an operation on nothing. It is slow, so
// it is outside of the transaction, where on SQLite all writers would wait for
// it; and only for those who may: nobody who is refused costs that work.
func (s *Service) hashFor(ctx context.Context, who authz.Subject, operation, password string) (string, error) {
	_, err := gate.View(ctx, s.gate, who, gate.Query[struct{}]{Name: operation,
		Read: func(*gate.Reader) (struct{}, error) { return struct{}{}, nil }})
	if isRefusal(err) {
		return "", nil // the operation itself says so, and writes it down
	}
	if err != nil {
		return "", err
	}
	return s.passwords.hash(ctx, password)
}

func isRefusal(err error) bool {
	e, refused := errors.AsType[*remit.Error](err)
	return refused && e.Kind != remit.Internal
}

// rightsChanged is for those who came to be permitted after hashFor asked.
func rightsChanged() *remit.Error {
	return remit.Errorf(remit.Conflict, "Your rights have just changed").WithHint("Try again.")
}

// mayChange keeps what superusers are called, and where mail to them goes, from
// everybody else.
func mayChange(tx *gate.Tx, u remit.User) error {
	if !u.Superuser || tx.Who().Kind == authz.Person && tx.Who().ID == string(u.ID) {
		return nil
	}
	return requireSuperuser(&tx.Reader, "user:update", "Only superusers change the accounts of superusers")
}

// mayDisable keeps superusers from everybody else, and the site from having none.
func mayDisable(tx *gate.Tx, u remit.User, patch UserPatch) error {
	if patch.Disabled == nil || *patch.Disabled == u.Disabled || !u.Superuser {
		return nil
	}
	if err := requireSuperuser(&tx.Reader, "user:update", "Only superusers enable and disable superusers"); err != nil || u.Disabled {
		return err
	}
	others, err := db.One(tx, db.Value[int], countOtherSuperusers, u.ID)
	if err != nil {
		return fmt.Errorf("counting superusers: %w", err)
	}
	if others == 0 {
		return remit.Errorf(remit.Conflict, "%s is the last superuser", u.Name).WithCode("last_superuser").
			WithHint("Make another superuser first.")
	}
	return nil
}

// requireSuperuser refuses everybody who is not above all. permission is the
// one that took the asker this far.
func requireSuperuser(r *gate.Reader, permission, rule string) error {
	above, err := aboveAll(r)
	if err != nil || above {
		return err
	}
	return beyond(permission, "%s.", rule)
}

// aboveAll are the program itself and superusers with all their rights: after
// the caps of their key, and without an end of it (R24).
func aboveAll(r *gate.Reader) (bool, error) {
	who := r.Who()
	if who.Kind != authz.Person {
		return who.Kind == authz.System || who.Kind == authz.Local, nil
	}
	if who.Caps != nil {
		return false, nil
	}
	if ends, err := keyEnds(r); err != nil || ends {
		return false, err
	}
	is, err := db.One(r, db.Value[bool], selectIsSuperuser, who.ID)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return false, fmt.Errorf("reading who asks: %w", err)
	}
	return is, nil
}

// beyond refuses what would give the asker, or somebody else, more than the asker has (R24).
func beyond(permission, hint string, args ...any) *remit.Error {
	e := remit.Errorf(remit.Denied, "Insufficient permissions").WithCode("denied").WithHint(hint, args...)
	e.Decision = &authz.Decision{Rule: 24, Permission: permission}
	return e
}

// stored is t as it comes back from the database.
func stored(t time.Time) time.Time { return t.Truncate(time.Microsecond).UTC() }
