package auditor

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/gate"
)

// part is how many entries are read at once.
const part = 1000

// Export gives write the entries that the asker may read, oldest first, a part
// at a time; what is written after it began is not in it. Somebody who may read
// none at all is refused.
func (s *Service) Export(ctx context.Context, asker Asker, f Filter, write func([]remit.AuditEntry) error) error {
	if err := f.check(); err != nil {
		return err
	}
	if now := s.gate.Now(); f.Until.IsZero() || f.Until.After(now) {
		f.Until = now
	}
	for {
		who, err := asker(ctx)
		if err != nil {
			return err
		}
		items, err := gate.View(ctx, s.gate, who, gate.Query[[]remit.AuditEntry]{
			Name: "audit.list",
			Read: func(r *gate.Reader) ([]remit.AuditEntry, error) { return f.next(r) },
		})
		if err != nil {
			return err
		}
		if err := write(items); err != nil || len(items) < part {
			return err
		}
		f.After = items[len(items)-1].ID
	}
}

func (f *Filter) next(r *gate.Reader) ([]remit.AuditEntry, error) {
	c, err := f.conditions(r)
	if err != nil {
		return nil, err
	}
	if f.After != "" {
		c.add(whereAfter, f.After)
	}
	entries, err := c.entries(r, oldestFirst, part)
	if err != nil {
		return nil, err
	}
	return shown(r, entries)
}

// Line is one line of the log as a file: a seal, an entry or the end.
type Line = audit.Line

// Chain gives write the whole log as audit.FeedFile reads it: seals, entries,
// and at the end the head. It needs the right to read all of it.
func (s *Service) Chain(ctx context.Context, asker Asker, write func([]Line) error) error {
	head := audit.Seal{}
	for {
		var lines []Line
		seals, err := s.look(ctx, asker, head.Number, func(r *gate.Reader, seals []audit.Seal) (err error) {
			if err = everything(r); err == nil {
				lines, err = chainLines(r, seals)
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(seals) == 0 {
			return write(append(lines, audit.Line{End: &remit.AuditHead{Number: head.Number, Hash: head.Hash, SealedAt: head.SealedAt}}))
		}
		if err := write(lines); err != nil {
			return err
		}
		head = seals[len(seals)-1]
	}
}

// everything refuses who may not read the entries of every project: a chain
// cannot leave any out.
func everything(r *gate.Reader) error {
	if visible, _ := gate.Where(r.Scope("audit.list"), gate.Columns{Project: "project_id"}, 1); visible == "TRUE" {
		return nil
	}
	return remit.Errorf(remit.Denied, "Insufficient permissions").WithCode("denied").
		WithHint("A log with its seals is all of it, and there are projects whose entries you may not read. Export without the seals.")
}

// chainLines are seals with their entries; without seals, what is not sealed.
func chainLines(r *gate.Reader, seals []audit.Seal) (lines []audit.Line, err error) {
	entry := func(e *audit.Entry) error {
		w := e.Wire()
		lines = append(lines, audit.Line{Entry: &w})
		return nil
	}
	if len(seals) == 0 {
		return lines, audit.EachUnsealed(r, entry)
	}
	for i := range seals {
		if seals[i].Manifest, err = audit.ManifestOf(r, seals[i].Number); err != nil {
			return nil, err
		}
		lines = append(lines, audit.Line{Seal: &seals[i]})
		if err := audit.EachSealed(r, seals[i].Number-1, seals[i].Number, entry); err != nil {
			return nil, err
		}
	}
	return lines, nil
}
