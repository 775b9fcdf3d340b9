package gate

import (
	"context"
	"sync/atomic"

	"github.com/remit-server/remit/authz"
)

// latest knows whether the policy changed without asking the database, where
// no other program can change it.
//
// A writer adds one to writing before its commit, and after it first to
// writes, then takes the one from writing away. Whoever reads a version from
// the database reads writes first. So while nobody is writing and writes is
// what it was then, every commit that was ever acknowledged is in that version.
type latest struct {
	alone   atomic.Bool
	writing atomic.Int64
	writes  atomic.Int64
	seen    atomic.Pointer[sighting]
}

// sighting is the snapshot that was read after so many writes.
type sighting struct {
	writes   int64
	snapshot *snapshot
}

// Alone tells the gate that no other program, and no other gate of this one,
// writes to its database while it lives. Then it need not ask the database
// whether the policy changed. Say it only of a database that is locked, before
// anything is asked.
func (g *Gate) Alone() { g.latest.alone.Store(true) }

// now is the snapshot that is sure to be the latest, or nil.
func (l *latest) now() *snapshot {
	if l.writing.Load() != 0 {
		return nil
	}
	seen := l.seen.Load()
	if seen == nil || seen.writes != l.writes.Load() {
		return nil
	}
	return seen.snapshot
}

// begins is called before the commit of a change of the policy, and ends after
// it, whatever came of it.
func (l *latest) begins() { l.writing.Add(1) }

func (l *latest) ends() {
	l.writes.Add(1)
	l.writing.Add(-1)
}

// look is called before a version is read, and what it returns with the
// snapshot of that version.
func (l *latest) look() func(*snapshot) {
	if !l.alone.Load() {
		return func(*snapshot) {}
	}
	writes := l.writes.Load()
	return func(s *snapshot) { l.seen.Store(&sighting{writes, s}) }
}

// fromMemory answers q from what is kept in memory; ok is false when that does
// not do. The policy is the latest there is.
func fromMemory[R any](ctx context.Context, g *Gate, who authz.Subject, q Query[R]) (result R, ok bool, err error) {
	nothing := g.db.Nothing(ctx)
	s := g.latest.now()
	if s == nil && !g.latest.alone.Load() {
		version, err := g.glances.version(ctx, g.latestVersion)
		if err != nil {
			return result, false, err
		}
		s = g.recent.Load().at(version)
	}
	if s == nil {
		return result, false, nil
	}
	r := &Reader{Reader: nothing, who: who, now: g.now(), snapshot: s, open: g.open}
	result, err = q.answer(r)
	return result, !nothing.Asked() && !r.isOf(err), err // what a refusal rests on is read
}
