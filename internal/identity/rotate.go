package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// MaxGrace is how long the secret before a rotation may go on working.
const MaxGrace = 24 * time.Hour

// RotateKey gives a key of the asker a new secret, which is in the answer and
// nowhere else. The key stays the one that it is, and so do the jobs that run
// by it (R26). The secret before ends at once, or after grace; one that is
// still in its grace from an earlier rotation ends now.
//
// As of keys that are made: nobody rotates another's, and a key rotates only
// keys within its own caps and life (R24): in a grace none, for it may be the
// secret before that asks. Its owner does, signed in.
func (s *Service) RotateKey(ctx context.Context, who authz.Subject, id remit.KeyID, grace time.Duration) (remit.APIKey, error) {
	if grace < 0 || grace > MaxGrace {
		return remit.APIKey{}, remit.Errorf(remit.Invalid, "The grace is %s; it goes from 0 to %s", grace, MaxGrace).WithField("grace_seconds")
	}
	var key keyRow
	return gate.Do(ctx, s.gate, who, gate.Op[remit.APIKey]{
		Name: "key.rotate",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			key, err = locateKey(tx, id)
			return key.resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.APIKey, error) { return rotate(tx, key, grace) },
	})
}

func rotate(tx *gate.Tx, k keyRow, grace time.Duration) (remit.APIKey, error) {
	if err := mayRotate(tx, k); err != nil {
		return remit.APIKey{}, err
	}
	secret, hash := NewSecret(KeyPrefix)
	now := stored(tx.Now())
	until := now.Add(grace)
	if end := k.key.ExpiresAt; end != nil && until.After(*end) {
		until = *end
	}
	change, args := rotateKeyNow, []any{k.key.ID, hash, hintOf(secret), db.Micros(now)}
	if until.After(now) {
		change, args = rotateKey, append(args, db.Micros(until))
	}
	if _, err := tx.Exec(change, args...); err != nil {
		return remit.APIKey{}, fmt.Errorf("rotating API key %s: %w", k.key.ID, err)
	}
	tx.Changed(gate.Keys)
	tx.Note("API key %q rotated; the secret before ends at %s", k.key.Title, until.Format(time.RFC3339))
	k.key.Hint, k.key.RotatedAt, k.key.OldUntil = hintOf(secret), &now, nil
	if until.After(now) {
		k.key.OldUntil = &until
	}
	made := k.shown(&tx.Reader)
	made.Secret = secret
	return made, nil
}

func mayRotate(tx *gate.Tx, k keyRow) error {
	if !isOwn(tx.Who(), k.owner.id) {
		return beyond("key:create", "Whoever rotates a key learns its secret. Revoke it instead; its owner makes another.")
	}
	if k.deadAt(tx.Now()) != "" {
		return remit.Errorf(remit.Conflict, "%s", k.deadAt(tx.Now())).WithCode("ended").WithHint("Make a new key.")
	}
	n := NewKey{Scopes: k.key.Scopes, ExpiresAt: k.key.ExpiresAt}
	return firstOf(withinCaps(tx.Who().Caps, n), withinLife(tx, n))
}
