package audit

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/remit-server/remit/internal/db"
)

// BatchSize is how many entries one seal takes at most: a transaction of some
// fifty milliseconds, for SQLite has one writer.
const BatchSize = 5000

// Writer is a transaction that may write.
type Writer interface {
	db.Reader
	Exec(query string, args ...any) (int64, error)
}

// SealBatch seals up to BatchSize entries that are not sealed yet, the oldest
// first, whenever they were committed. ok is false when there is none. Two that
// seal at once cannot both commit.
func SealBatch(tx Writer, at time.Time) (s Seal, ok bool, err error) {
	previous, err := LastSeal(tx)
	if err != nil {
		return s, false, err
	}
	var end sql.NullString
	if end, err = db.One(tx, db.Value[sql.NullString], selectBatchEnd, BatchSize); err != nil || !end.Valid {
		return s, false, sealing(err)
	}
	leaves := make([]leaf, 0, BatchSize)
	var buf []byte
	err = eachRow(tx, func(x *rawEntry) error {
		var hash [sha256.Size]byte
		buf, hash = hashEntry(buf, &x.texts, x.at, x.allowed)
		leaves = append(leaves, leaf{string(x.texts[0]), hash})
		return nil
	}, sealBatch, previous.Number+1, end.String)
	if err != nil || len(leaves) == 0 {
		return s, false, sealing(err)
	}
	sortLeaves(leaves)
	s = next(previous, leaves, at)
	return s, true, sealing(putSeal(tx, &s))
}

func sealing(err error) error {
	if err != nil {
		return fmt.Errorf("sealing the audit log: %w", err)
	}
	return nil
}

func putSeal(tx Writer, s *Seal) error {
	_, err := tx.Exec(insertSeal, s.Number, s.FirstID, s.LastID, s.Count, s.EntriesHash, s.PreviousHash, s.Hash, s.SealedAt.UnixMicro(),
		s.Archive, s.ArchiveHash, s.ArchiveFirst, s.ArchiveLast, s.ArchivedBy, s.Manifest)
	return err
}

// LastSeal is the head of the chain; the zero Seal when nothing is sealed yet.
func LastSeal(r db.Reader) (Seal, error) { return sealOrNone(r, selectHead) }

// SealAt is the seal of a number; the zero Seal when there is none.
func SealAt(r db.Reader, number int64) (Seal, error) { return sealOrNone(r, selectSeal, number) }

func sealOrNone(r db.Reader, query string, args ...any) (Seal, error) {
	s, err := db.One(r, scanSeal, query, args...)
	if errors.Is(err, db.ErrNoRows) {
		return Seal{}, nil
	}
	return s, sealing(err)
}

// Unsealed counts the entries that wait for the next seal.
func Unsealed(r db.Reader) (int64, error) { return db.One(r, db.Value[int64], countUnsealed) }

// Seals are those after a number, up to limit, without their manifests.
func Seals(r db.Reader, after int64, limit int) ([]Seal, error) {
	return db.Rows(r, scanSeal, selectSeals, after, limit)
}

// FirstOpen is the oldest seal whose entries are still in the table; the zero
// Seal for none.
func FirstOpen(r db.Reader) (Seal, error) { return sealOrNone(r, selectFirstOpen) }

// ManifestOf lists what a seal sealed; "" when it is not there.
func ManifestOf(r db.Reader, number int64) (string, error) {
	text, err := db.One(r, db.Value[string], selectManifest, number)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return text, err
}

// EachSealed calls fn with the entries that say they are in a seal after
// first, up to last, seal by seal.
func EachSealed(r db.Reader, after, last int64, fn func(*Entry) error) error {
	return eachEntry(r, fn, selectSealed, after, last)
}

// EachUnsealed calls fn with the entries without a seal.
func EachUnsealed(r db.Reader, fn func(*Entry) error) error { return eachEntry(r, fn, selectUnsealed) }

func eachEntry(r db.Reader, fn func(*Entry) error, query string, args ...any) error {
	return db.Each(r, func(s db.Scanner) error {
		var e Entry
		if err := ScanEntry(s, &e); err != nil {
			return err
		}
		return fn(&e)
	}, query, args...)
}

// ScanEntry reads Columns.
func ScanEntry(s db.Scanner, e *Entry) error {
	return s.Scan(&e.ID, &e.ActorKind, &e.ActorID, &e.Actor, &e.Key, &e.Operation, &e.Project, &e.Thing, &e.Rule, &e.Permission,
		&e.Detail, &e.Request, &e.Preview, db.Time(&e.At), &e.Allowed, &e.Seal)
}

// All is after every seal, Before before them: numbers of no seal.
const (
	Before = math.MinInt64
	All    = math.MaxInt64
)

// FeedRows gives v the seals in order, each with the entries after the seal
// `after` that say they are in one up to `last`; absent seals have none here.
func FeedRows(r db.Reader, v *Verifier, seals []Seal, after, last int64) error {
	err := eachRow(r, func(x *rawEntry) (err error) {
		for len(seals) > 0 && seals[0].Number <= x.seal {
			if err = v.Seal(seals[0]); err != nil {
				return err
			}
			seals = seals[1:]
		}
		v.row(x)
		return nil
	}, selectSealed, after, last)
	for i := 0; i < len(seals) && err == nil; i++ {
		err = v.Seal(seals[i])
	}
	return err
}

// FeedUnsealed gives v what waits for its seal.
func FeedUnsealed(r db.Reader, v *Verifier) error {
	return eachRow(r, func(x *rawEntry) error { v.row(x); return nil }, selectUnsealed)
}

// rawEntry is a row without copies of its texts: they hold until the next one.
type rawEntry struct {
	texts   texts[sql.RawBytes]
	at      int64
	allowed bool
	seal    int64
}

func eachRow(r db.Reader, fn func(*rawEntry) error, query string, args ...any) error {
	var x rawEntry
	into := make([]any, 0, len(x.texts)+3)
	for i := range x.texts {
		into = append(into, &x.texts[i])
	}
	into = append(into, &x.at, &x.allowed, &x.seal)
	return db.Each(r, func(s db.Scanner) error {
		if err := s.Scan(into...); err != nil {
			return err
		}
		return fn(&x)
	}, query, args...)
}

func scanSeal(s db.Scanner, x *Seal) error {
	return s.Scan(&x.Number, &x.FirstID, &x.LastID, &x.Count, &x.EntriesHash, &x.PreviousHash, &x.Hash, db.Time(&x.SealedAt),
		&x.Archive, &x.ArchiveHash, &x.ArchiveFirst, &x.ArchiveLast, &x.ArchivedBy)
}
