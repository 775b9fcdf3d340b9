package identity

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// uses are the last uses of keys that are not stored yet: no request waits for
// a disk because of them.
type uses struct {
	mu   sync.Mutex
	last map[remit.KeyID]time.Time
}

func newUses() *uses { return &uses{last: map[remit.KeyID]time.Time{}} }

func (u *uses) note(id remit.KeyID, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at.After(u.last[id]) {
		u.last[id] = at
	}
}

// take empties it.
func (u *uses) take() map[remit.KeyID]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.last
	u.last = map[remit.KeyID]time.Time{}
	return taken
}

// of is the later of what is stored of a key and what is known here.
func (u *uses) of(id remit.KeyID, stored *time.Time) *time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	at, known := u.last[id]
	if !known || stored != nil && stored.After(at) {
		return stored
	}
	return &at
}

// NoteUses stores which keys were used since it was last called. Call it now
// and then, and before the program ends. What could not be stored is kept for
// the next call.
func (s *Service) NoteUses(ctx context.Context) error {
	taken := s.uses.take()
	if len(taken) == 0 {
		return nil
	}
	_, err := gate.Do(ctx, s.gate, authenticator, gate.Op[struct{}]{
		Name: "identity.authenticate",
		Apply: func(tx *gate.Tx) (struct{}, error) {
			for _, id := range slices.Sorted(maps.Keys(taken)) { // in one order: no two programs wait for each other
				if _, err := tx.Exec(touchKey, id, db.Micros(taken[id])); err != nil {
					return struct{}{}, err
				}
			}
			return struct{}{}, nil
		},
	})
	if err != nil {
		for id, at := range taken {
			s.uses.note(id, at)
		}
	}
	return err
}
