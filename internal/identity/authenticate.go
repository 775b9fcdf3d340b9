package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// AuthenticateKey returns who asks by an API key, with the key's caps (R5).
// Whatever is wrong, with the key or its account, has one answer:
// gate.InvalidKey (R1).
func (s *Service) AuthenticateKey(ctx context.Context, secret string) (authz.Subject, error) {
	if !ValidSecret(KeyPrefix, secret) {
		return authz.Subject{}, gate.InvalidKey()
	}
	var now time.Time
	k, err := gate.View(ctx, s.gate, authenticator, gate.Query[*knownKey]{
		Name: "identity.authenticate",
		Read: func(r *gate.Reader) (*knownKey, error) {
			now = r.Now()
			return s.liveKey(r, Hash(secret))
		},
		Kept: true,
	})
	if err != nil {
		return authz.Subject{}, err
	}
	s.touch(k, now)
	return k.who, nil
}

// knownKey is a key that is kept in memory until a key or an account changes.
// When it was last used changes without that.
type knownKey struct {
	keyRow
	who     authz.Subject
	touched atomic.Int64 // microseconds since 1970 UTC; 0 = never
}

func (s *Service) liveKey(r *gate.Reader, hash string) (*knownKey, error) {
	k, err := s.keys.Of(r, hash, func() (*knownKey, error) { return readKey(r, hash) })
	if errors.Is(err, db.ErrNoRows) || err == nil && k.deadAt(r.Now()) != "" {
		return nil, gate.InvalidKey()
	}
	if err != nil {
		return nil, fmt.Errorf("reading an API key: %w", err)
	}
	return k, nil
}

func readKey(r *gate.Reader, hash string) (*knownKey, error) {
	row, err := db.One(r, scanKey, selectKeyByHash, hash)
	if errors.Is(err, db.ErrNoRows) {
		row, err = db.One(r, scanKey, selectKeyByOldHash, hash)
		row.old = true
	}
	k := &knownKey{keyRow: row, who: row.subject()}
	if used := row.key.LastUsedAt; used != nil {
		k.touched.Store(used.UnixMicro())
	}
	return k, err
}

// touchEvery keeps busy keys from being noted at every request.
const touchEvery = time.Minute

// touch notes when a key was last used; NoteUses stores it.
func (s *Service) touch(k *knownKey, now time.Time) {
	last := k.touched.Load()
	if last != 0 && now.Sub(time.UnixMicro(last)) < touchEvery || !k.touched.CompareAndSwap(last, now.UnixMicro()) {
		return // or somebody else does it
	}
	s.uses.note(k.key.ID, stored(now))
}

// keyRow is a key as it is stored.
type keyRow struct {
	key       remit.APIKey // without Projects and Permissions
	projects  []remit.ProjectID
	revokedAt *time.Time
	old       bool // found by the secret before the last rotation
	owner     account
}

// deadAt says in words why the key opens nothing at now, or "".
func (k keyRow) deadAt(now time.Time) string {
	if reason := k.owner.deadAt(now); reason != "" {
		return reason
	}
	switch {
	case k.revokedAt != nil:
		return fmt.Sprintf("The API key %q is revoked", k.key.Title)
	case k.key.ExpiresAt != nil && !now.Before(*k.key.ExpiresAt):
		return fmt.Sprintf("The API key %q has expired", k.key.Title)
	case k.old && (k.key.OldUntil == nil || !now.Before(*k.key.OldUntil)):
		return fmt.Sprintf("The API key %q was rotated", k.key.Title)
	}
	return ""
}

// subject is the key's account, with caps unless the key has everything.
func (k keyRow) subject() authz.Subject {
	who := k.owner.subject()
	who.Key = string(k.key.ID)
	if len(k.projects) == 0 && slices.Equal(k.key.Scopes, []string{"*"}) {
		return who
	}
	who.Caps = &authz.Caps{Scopes: k.key.Scopes}
	for _, p := range k.projects { // none stays nil, which means all
		who.Caps.Projects = append(who.Caps.Projects, string(p))
	}
	return who
}

func (k keyRow) resource() authz.Resource {
	return authz.Resource{Owner: string(k.owner.id), Thing: string(k.key.ID)}
}

// shown is the key as r's asker sees it.
func (k keyRow) shown(r *gate.Reader) remit.APIKey {
	shown := k.key
	shown.User = k.owner.name
	for _, p := range k.projects {
		shown.Projects = append(shown.Projects, string(p))
	}
	if until := shown.OldUntil; until != nil && !r.Now().Before(*until) {
		shown.OldUntil = nil
	}
	shown.Permissions = verbs(r, k.resource(), "key.rotate", "key.delete")
	if !isOwn(r.Who(), k.owner.id) { // nobody rotates another's
		shown.Permissions = slices.DeleteFunc(shown.Permissions, func(verb string) bool { return verb == "rotate" })
	}
	return shown
}

func scanKey(s db.Scanner, k *keyRow) error {
	return s.Scan(&k.key.ID, &k.key.Title, db.FromJSON(&k.key.Scopes), db.FromJSON(&k.projects), &k.key.Hint, db.Time(&k.key.CreatedAt),
		db.TimePtr(&k.key.ExpiresAt), db.TimePtr(&k.key.LastUsedAt), db.TimePtr(&k.revokedAt),
		db.TimePtr(&k.key.RotatedAt), db.TimePtr(&k.key.OldUntil), &k.owner.id, &k.owner.name, &k.owner.disabled)
}
