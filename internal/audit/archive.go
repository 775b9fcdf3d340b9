package audit

import (
	"fmt"
	"time"

	"github.com/remit-server/remit"
)

// File is an archive: where it is and what is in it.
type File struct {
	Name    string
	Hash    string // SHA-256 of its bytes, hex
	Seals   []Seal // those that it holds, in order and without gaps
	Entries int64
}

// PutArchive seals f into the chain and takes its entries out of the table, in
// one transaction. remit.Conflict when these are not the entries that f holds.
func PutArchive(tx Writer, f File, at time.Time) (Seal, error) {
	previous, err := LastSeal(tx)
	if err != nil {
		return Seal{}, err
	}
	s := next(previous, nil, at)
	s.Archive, s.ArchiveHash = f.Name, f.Hash
	s.ArchiveFirst, s.ArchiveLast = f.Seals[0].Number, f.Seals[len(f.Seals)-1].Number
	s.Hash = hashSeal(&s)
	if err := takeOut(tx, f, &s); err != nil {
		return Seal{}, err
	}
	return s, sealing(putSeal(tx, &s))
}

func takeOut(tx Writer, f File, s *Seal) error {
	deleted, err := tx.Exec(deleteArchived, s.ArchiveFirst, s.ArchiveLast)
	if err != nil {
		return fmt.Errorf("archiving audit entries: %w", err)
	}
	marked, err := tx.Exec(markArchived, s.ArchiveFirst, s.ArchiveLast, s.Number)
	if err != nil {
		return fmt.Errorf("marking seals as archived: %w", err)
	}
	if deleted != f.Entries || marked != f.batches() {
		return remit.Errorf(remit.Conflict, "The audit log has changed since its archive file %s was written", f.Name).WithHint("Try again.")
	}
	return nil
}

// batches counts the seals that are of entries, not of files.
func (f *File) batches() (n int64) {
	for i := range f.Seals {
		if f.Seals[i].Archive == "" {
			n++
		}
	}
	return n
}
