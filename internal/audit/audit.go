// Package audit is the log of what was changed and what was refused.
//
// Its one invariant: entries are only ever added. The gate writes them in the
// transaction of the change itself, so there is no change without its entry;
// a job's history is its entries here. Batches of them are sealed by a chain of
// hashes, so that whoever changes them behind the gate's back is found out;
// only what is sealed, and stands in an archive file, leaves the table.
//
//	err := audit.Append(tx, audit.Entry{At: now, Actor: "ada", Operation: "job.cancel", Thing: id, Allowed: true})
//	history, err := audit.History(r, string(job.ID))
//	seal, n, err := audit.SealBatch(tx, now)
//	v := audit.NewVerifier(report) // fed with seals and their entries, from the database or a file
package audit

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/remit-server/remit/internal/db"
)

// Entry is one change or one refused change.
type Entry struct {
	ID         string // given by Append; orders by time
	At         time.Time
	Seq        int    // order within one transaction
	ActorKind  string // "anonymous", "person", "node", "system"
	ActorID    string
	Actor      string // name at the time
	Key        string // id of the API key used; "" for none
	Operation  string // row of the operation table
	Project    string // project id; "" = the site
	Thing      string // id of what was changed; "" when it did not exist yet
	Allowed    bool
	Rule       string // the deciding rule, "R12"
	Permission string // what was missing, for refusals
	Detail     string // in words
	Request    string // request id
	Preview    string // as whom the actor looked (R23); "" for none
	Seal       int64  // the seal that it is in; 0 = none yet, and for History
}

// Append adds entries to the log, in their order.
func Append(tx *db.Tx, entries ...Entry) error {
	var args []any
	for _, e := range entries {
		args = append(args, newID(e.At, e.Seq), e.At.UnixMicro(), e.ActorKind, e.ActorID, e.Actor, e.Key,
			e.Operation, e.Project, e.Thing, e.Allowed, e.Rule, e.Permission, e.Detail, e.Request, e.Preview)
	}
	if _, err := tx.ExecMany(insertEntries, args...); err != nil {
		return fmt.Errorf("writing the audit log: %w", err)
	}
	return nil
}

// History is all that was done to one thing, oldest first, without refusals.
func History(r db.Reader, thing string) ([]Entry, error) {
	return db.Rows(r, scanEntry, selectHistory, thing)
}

func scanEntry(s db.Scanner, e *Entry) error {
	return s.Scan(db.Time(&e.At), &e.ActorKind, &e.ActorID, &e.Actor, &e.Key, &e.Operation, &e.Project, &e.Thing, &e.Allowed, &e.Rule, &e.Permission, &e.Detail, &e.Request, &e.Preview)
}

// written counts the entries of this process.
var written atomic.Uint64

// FirstID is not after the id of any entry of that time or later, and after
// those of all that are earlier.
func FirstID(at time.Time) string { return fmt.Sprintf("%016x", max(at.UnixMicro(), 0)) }

// newID orders by time. Entries of one microsecond are in the order in which
// this process wrote them; between processes there is no order then. The last
// bits keep two processes that have counted alike apart.
func newID(at time.Time, seq int) string {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand never fails on a supported system
	}
	return fmt.Sprintf("%016x%012x%04x%s", at.UnixMicro(), written.Add(1), seq, hex.EncodeToString(b[:]))
}
