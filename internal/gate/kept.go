package gate

import (
	"sync"
	"sync/atomic"
)

// Kept keeps in memory what was read by a name, for as long as nothing changes
// of the parts that it is read from. No answer is ever older than the
// transaction, or the policy, that it is given in (R18).
//
//	slugs := gate.Keep[Row](gate.Projects)
//	row, err := slugs.Of(r, slug, func() (Row, error) { return Locate(r, slug) })
type Kept[V any] struct {
	parts []Part
	era   atomic.Pointer[era[V]]
}

// era is what was read while nothing changed.
type era[V any] struct {
	stamp  int64
	values sync.Map // name → V
	size   atomic.Int64
}

// maxKept bounds what is kept; then it begins anew.
const maxKept = 100_000

// Keep makes a Kept of what depends on these parts of the policy and on
// nothing else.
func Keep[V any](parts ...Part) *Kept[V] { return &Kept[V]{parts: parts} }

// Of returns what read finds by the name. Errors are not kept, so what is not
// there may come without a change of the parts. Within a change of the policy it
// always reads: the change may be of just that.
func (k *Kept[V]) Of(r *Reader, name string, read func() (V, error)) (V, error) {
	e := k.eraOf(r)
	if e == nil {
		return read()
	}
	if v, ok := e.values.Load(name); ok {
		return v.(V), nil
	}
	v, err := read()
	if err == nil {
		e.values.Store(name, v)
		e.size.Add(1)
	}
	return v, err
}

// eraOf is the era of r's snapshot, nil when it is not the latest.
func (k *Kept[V]) eraOf(r *Reader) *era[V] {
	if r.changes || r.snapshot.changed == nil {
		return nil
	}
	stamp := r.snapshot.stamp(k.parts)
	for {
		e := k.era.Load()
		switch {
		case e != nil && e.stamp == stamp && e.size.Load() < maxKept:
			return e
		case e != nil && e.stamp > stamp:
			return nil
		}
		if next := (&era[V]{stamp: stamp}); k.era.CompareAndSwap(e, next) {
			return next
		}
	}
}
