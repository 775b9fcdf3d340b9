package auditor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/gate"
)

// archiveEntries is how many entries go into one file at most: what SQLite
// deletes in about a second.
const archiveEntries = 50_000

// Archive moves what was sealed before a time into files, oldest first: each
// is written and read again before its entries leave the table. It returns the
// files' own seals; none when there is nothing that old. remit.Conflict when
// the log is not intact.
func (s *Service) Archive(ctx context.Context, who authz.Subject, before time.Time) ([]remit.AuditSeal, error) {
	made := []remit.AuditSeal{}
	if err := s.past(ctx, who, before); err != nil {
		return made, err
	}
	for {
		f, err := s.pack(ctx, who, before)
		if err != nil || len(f.Seals) == 0 {
			return made, err
		}
		seal, err := gate.Do(ctx, s.gate, who, gate.Op[audit.Seal]{
			Name: "audit.archive",
			Apply: func(tx *gate.Tx) (audit.Seal, error) {
				tx.About(f.Name)
				tx.Note("%d entries of seals %d to %d moved to %s, SHA-256 %s", f.Entries, f.Seals[0].Number, f.Seals[len(f.Seals)-1].Number, f.Name, f.Hash)
				return audit.PutArchive(tx, f, tx.Now())
			},
		})
		if err != nil {
			return made, err
		}
		made = append(made, seal)
	}
}

// past refuses to archive what is not there yet.
func (s *Service) past(ctx context.Context, who authz.Subject, before time.Time) error {
	_, err := gate.View(ctx, s.gate, who, gate.Query[struct{}]{
		Name: "audit.archive",
		Read: func(r *gate.Reader) (none struct{}, err error) {
			if !before.Before(r.Now()) {
				err = remit.Errorf(remit.Invalid, "%s is not past", before.UTC().Format(time.RFC3339)).WithField("before").WithHint("Name a time that is past.")
			}
			return none, err
		},
	})
	return err
}

// pack writes the next file; one without seals when there is nothing to write.
func (s *Service) pack(ctx context.Context, who authz.Subject, before time.Time) (audit.File, error) {
	return gate.View(ctx, s.gate, who, gate.Query[audit.File]{
		Name: "audit.archive",
		Read: func(r *gate.Reader) (f audit.File, err error) {
			if f.Seals, err = ripe(r, before); err != nil || len(f.Seals) == 0 {
				return audit.File{}, err
			}
			lines, err := chainLines(r, f.Seals)
			if err != nil {
				return f, err
			}
			last := &f.Seals[len(f.Seals)-1]
			f.Entries = int64(len(lines) - len(f.Seals))
			lines = append(lines, audit.Line{End: &remit.AuditHead{Number: last.Number, Hash: last.Hash, SealedAt: last.SealedAt}})
			f.Name = fmt.Sprintf("audit-%d-%d.jsonl.gz", f.Seals[0].Number, last.Number)
			f.Hash, err = s.writeFile(f.Name, lines, func(body io.Reader) error { return checkFile(body, f) })
			return f, err
		},
	})
}

// ripe are the oldest seals of entries that are old enough, as many as go into
// a file, with the seals of files between them.
func ripe(r *gate.Reader, before time.Time) ([]audit.Seal, error) {
	first, err := audit.FirstOpen(r)
	if err != nil || first.Number == 0 {
		return nil, err
	}
	seals, err := audit.Seals(r, first.Number-1, chunkSeals)
	if err != nil {
		return nil, err
	}
	entries, n := int64(0), 0
	for i := range seals {
		entries += seals[i].Count
		if !seals[i].SealedAt.Before(before) || seals[i].ArchivedBy != 0 || n > 0 && entries > archiveEntries {
			break
		}
		if seals[i].Archive == "" { // a file does not end with the seals of others
			n = i + 1
		}
	}
	return seals[:n], nil
}

// checkFile makes sure that what was written is what was sealed.
func checkFile(body io.Reader, f audit.File) error {
	v := &audit.Verifier{Part: true}
	if err := audit.FeedFile(body, v); err != nil {
		return err
	}
	verdict, err := v.End()
	if err != nil {
		return err
	}
	if !verdict.Intact || verdict.Entries != f.Entries {
		return remit.Errorf(remit.Conflict, "The audit log is not intact between seals %d and %d", f.Seals[0].Number, f.Seals[len(f.Seals)-1].Number).
			WithCode("audit_not_intact").WithHint("See what is wrong with `remit audit verify`; nothing was archived.")
	}
	return nil
}

// archived checks seals whose entries are in a file. stray are entries of
// theirs that are in the table nevertheless.
func (c *check) archived(ctx context.Context, seals []audit.Seal, stray []audit.Entry) error {
	file, err := c.archiveOf(ctx, seals[0].ArchivedBy)
	if err != nil {
		return err
	}
	why, err := c.feed(file, seals)
	if err != nil {
		return err
	}
	if why != "" {
		c.v.Fault(remit.AuditFinding{Kind: remit.AuditArchive, Seal: seals[0].Number,
			Text: fmt.Sprintf("the entries of seals %d to %d cannot be checked: %s", seals[0].Number, seals[len(seals)-1].Number, why)})
	}
	for _, e := range stray {
		c.v.Fault(remit.AuditFinding{Kind: remit.AuditInserted, Seal: e.Seal, Entry: e.ID,
			Text: fmt.Sprintf("entry %s is in the table, and its seal %d is archived", e.ID, e.Seal)})
	}
	return nil
}

// feed gives the verifier archived seals, and says why it cannot give it their entries.
func (c *check) feed(file audit.Seal, seals []audit.Seal) (why string, err error) {
	body, hash, failed := c.openFile(file.Archive)
	switch {
	case file.Archive == "":
		why = fmt.Sprintf("seal %d is not that of an archive", seals[0].ArchivedBy)
	case errors.Is(failed, fs.ErrNotExist):
		why = fmt.Sprintf("archive file %s is missing", file.Archive)
	case failed != nil:
		why = fmt.Sprintf("archive file %s cannot be read: %v", file.Archive, failed)
	case hash != file.ArchiveHash:
		why = fmt.Sprintf("archive file %s is not as it was sealed", file.Archive)
	}
	if failed == nil {
		defer body.Close()
	}
	if why == "" {
		return "", audit.FeedArchive(body, c.v, seals)
	}
	for i := range seals {
		if err := c.v.Seal(seals[i]); err != nil {
			return why, err
		}
		c.v.Absent()
	}
	return why, nil
}

func (c *check) archiveOf(ctx context.Context, number int64) (audit.Seal, error) {
	who, err := c.asker(ctx)
	if err != nil {
		return audit.Seal{}, err
	}
	return gate.View(ctx, c.gate, who, gate.Query[audit.Seal]{
		Name: "audit.verify",
		Read: func(r *gate.Reader) (audit.Seal, error) { return audit.SealAt(r, number) },
	})
}
