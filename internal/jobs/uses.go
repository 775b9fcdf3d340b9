package jobs

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// UsesSet says whether a job that has not ended is on a set, for archive.Uses.
func UsesSet(r *gate.Reader, set remit.CollectionID) (bool, error) {
	return db.One(r, db.Value[bool], usesSet, set)
}
