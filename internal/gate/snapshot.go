package gate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// snapshot is the policy at one version. It never changes.
type snapshot struct {
	version int64
	source  authz.Source
	policy  *authz.Policy
	states  map[remit.ProjectID]State // of projects that are not open
	whole   int64                     // the version at which everything was read
	changed map[Part]int64            // those at which parts changed since; nil in a snapshot that nobody keeps
}

// stamp tells two states of the parts apart: with the same stamp nothing of
// them has changed. It is for snapshots that are kept.
func (s *snapshot) stamp(parts []Part) int64 {
	stamp := s.whole
	for _, part := range parts {
		stamp = max(stamp, s.changed[part])
	}
	return stamp
}

// recent are the snapshots of the latest versions that were seen here, newest
// first: a transaction that began before a change still needs the one before.
type recent [2]*snapshot

func (k *recent) at(version int64) *snapshot {
	if k == nil {
		return nil
	}
	for _, s := range k {
		if s != nil && s.version == version {
			return s
		}
	}
	return nil
}

// snapshotOf returns the policy at the version that r sees. Only a change of
// version makes it read more than that.
func (g *Gate) snapshotOf(r db.Reader) (*snapshot, error) {
	version, err := policyVersion(r)
	if err != nil {
		return nil, fmt.Errorf("reading the policy version: %w", err)
	}
	if s := g.recent.Load().at(version); s != nil {
		return s, nil
	}
	return g.load(r, version)
}

func (g *Gate) load(r db.Reader, version int64) (*snapshot, error) {
	g.loading.Lock()
	defer g.loading.Unlock()
	have := g.recent.Load()
	if s := have.at(version); s != nil {
		return s, nil
	}
	if have != nil && version < have[0].version {
		return g.readAll(r, version) // for a straggler alone
	}
	var next *snapshot
	var err error
	if have == nil {
		have = &recent{}
		next, err = g.readAll(r, version)
	} else {
		next, err = g.readChanges(r, have[0], version)
	}
	if err != nil {
		return nil, err
	}
	if next.changed == nil { // it was read whole
		next.whole, next.changed = version, map[Part]int64{}
	}
	g.recent.Store(&recent{next, have[0]})
	return next, nil
}

func (g *Gate) readAll(r db.Reader, version int64) (*snapshot, error) {
	source, err := g.source.LoadPolicy(r)
	if err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	policy, err := authz.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("compiling the policy: %w", err)
	}
	states, err := g.loadStates(r)
	return &snapshot{version: version, source: source, policy: policy, states: states}, err
}

// manyParts is from how many on everything is read at once instead of each.
const manyParts = 50

// readChanges makes the snapshot from an older one, by the log of changes.
func (g *Gate) readChanges(r db.Reader, old *snapshot, version int64) (*snapshot, error) {
	changes, ok, err := changesSince(r, old.version, version)
	if err != nil {
		return nil, fmt.Errorf("reading what changed of the policy: %w", err)
	}
	parts := partsOf(changes)
	if !ok || len(parts) > manyParts || !all(parts, Part.known) {
		return g.readAll(r, version)
	}
	next := &snapshot{version: version, source: old.source, policy: old.policy, whole: old.whole, changed: stamped(old.changed, changes)}
	if next.states, err = g.loadStates(r); err != nil {
		return nil, err
	}
	if !compiled(parts) {
		return next, nil
	}
	return next, g.refresh(r, next, parts)
}

// partsOf names each part once.
func partsOf(changes []change) []Part {
	parts := make([]Part, 0, len(changes))
	for _, c := range changes {
		parts = append(parts, c.part)
	}
	slices.Sort(parts)
	return slices.Compact(parts)
}

func all[T any](of []T, is func(T) bool) bool {
	return !slices.ContainsFunc(of, func(one T) bool { return !is(one) })
}

// stamped is when parts changed, after the changes. Nothing is kept by single
// projects.
func stamped(before map[Part]int64, changes []change) map[Part]int64 {
	changed := maps.Clone(before)
	for _, c := range changes {
		if _, one := c.part.Project(); !one {
			changed[c.part] = max(changed[c.part], c.version)
		}
	}
	return changed
}

// refresh reads the parts anew, and compiles what they are part of.
func (g *Gate) refresh(r db.Reader, s *snapshot, parts []Part) (err error) {
	if s.source, err = g.source.RefreshPolicy(r, s.source, s.policy, parts); err != nil {
		return fmt.Errorf("reading changes of the policy: %w", err)
	}
	if s.policy, err = s.policy.Recompile(s.source); err != nil {
		return fmt.Errorf("compiling the policy: %w", err)
	}
	return nil
}
