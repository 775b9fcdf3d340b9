package auditor

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/gate"
)

// What is read in one transaction: long ones keep databases from tidying up.
const (
	chunkSeals   = 2000
	chunkEntries = 4 * audit.BatchSize
)

// Head is the end of the chain, to be kept elsewhere.
func (s *Service) Head(ctx context.Context, who authz.Subject) (remit.AuditHead, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.AuditHead]{
		Name: "audit.verify",
		Read: func(r *gate.Reader) (head remit.AuditHead, err error) {
			last, err := audit.LastSeal(r)
			if err != nil {
				return head, err
			}
			head = remit.AuditHead{Number: last.Number, Hash: last.Hash, SealedAt: last.SealedAt}
			head.Unsealed, err = audit.Unsealed(r)
			return head, err
		},
	})
}

// Verify checks the whole log, archive files included, against its seals and
// against a head that was kept elsewhere ("NUMBER:HASH"; "" for none). report is
// told of what is found, between transactions.
func (s *Service) Verify(ctx context.Context, asker Asker, kept string, report func([]remit.AuditFinding) error) (remit.AuditVerdict, error) {
	head, err := audit.ParseHead(kept)
	if err != nil {
		return remit.AuditVerdict{}, err
	}
	c := &check{Service: s, asker: asker, report: report}
	c.v = &audit.Verifier{Head: head, Report: func(f remit.AuditFinding) { c.found = append(c.found, f) },
		Manifest: func(number int64) (string, error) { return s.manifest(ctx, asker, number) }}
	for after, more := int64(audit.Before), true; more; {
		if after, more, err = c.chunk(ctx, after); err != nil {
			return remit.AuditVerdict{}, err
		}
		if err := c.flush(); err != nil {
			return remit.AuditVerdict{}, err
		}
	}
	verdict, err := c.v.End()
	if err != nil {
		return verdict, err
	}
	return verdict, c.flush()
}

// check is one verification.
type check struct {
	*Service
	asker  Asker
	v      *audit.Verifier
	found  []remit.AuditFinding
	report func([]remit.AuditFinding) error
}

func (c *check) flush() error {
	found := c.found
	c.found = nil
	return c.report(found)
}

// chunk checks what comes after a seal; more is false when that was the rest.
func (c *check) chunk(ctx context.Context, after int64) (last int64, more bool, err error) {
	var stray []audit.Entry // in the table, and in an archive
	seals, err := c.look(ctx, c.asker, after, func(r *gate.Reader, seals []audit.Seal) error {
		switch {
		case len(seals) == 0:
			if err := audit.FeedRows(r, c.v, nil, after, audit.All); err != nil {
				return err
			}
			return audit.FeedUnsealed(r, c.v)
		case seals[0].ArchivedBy == 0:
			return audit.FeedRows(r, c.v, seals, after, seals[len(seals)-1].Number)
		}
		return audit.EachSealed(r, after, seals[len(seals)-1].Number, func(e *audit.Entry) error {
			if len(stray) < part {
				stray = append(stray, *e)
			}
			return nil
		})
	})
	if err != nil || len(seals) == 0 {
		return after, false, err
	}
	if seals[0].ArchivedBy != 0 {
		err = c.archived(ctx, seals, stray)
	}
	return seals[len(seals)-1].Number, true, err
}

// look calls read, in a transaction, with the next seals after a number that
// are read together: those of one archive, or some with their entries.
func (s *Service) look(ctx context.Context, asker Asker, after int64, read func(*gate.Reader, []audit.Seal) error) ([]audit.Seal, error) {
	who, err := asker(ctx)
	if err != nil {
		return nil, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[[]audit.Seal]{
		Name: "audit.verify",
		Read: func(r *gate.Reader) ([]audit.Seal, error) {
			seals, err := audit.Seals(r, after, chunkSeals)
			if err != nil {
				return nil, err
			}
			seals = together(seals)
			return seals, read(r, seals)
		},
	})
}

func together(seals []audit.Seal) []audit.Seal {
	entries := int64(0)
	for i := range seals {
		entries += min(max(seals[i].Count, 0), audit.BatchSize)
		if seals[i].ArchivedBy != seals[0].ArchivedBy || seals[0].ArchivedBy == 0 && i > 0 && entries > chunkEntries {
			return seals[:i]
		}
	}
	return seals
}

func (s *Service) manifest(ctx context.Context, asker Asker, number int64) (string, error) {
	who, err := asker(ctx)
	if err != nil {
		return "", err
	}
	return gate.View(ctx, s.gate, who, gate.Query[string]{
		Name: "audit.verify",
		Read: func(r *gate.Reader) (string, error) { return audit.ManifestOf(r, number) },
	})
}
