package audit

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/remit-server/remit"
)

// Line is one line of a log in a file: a seal, then the entries in it; the
// entries without a seal; at the end what the chain ended with, so that a file
// that was cut short is known. One of them is set.
type Line struct {
	Seal  *Seal             `json:"seal,omitempty"`
	Entry *remit.AuditEntry `json:"entry,omitempty"`
	End   *remit.AuditHead  `json:"end,omitempty"`
}

// Wire is e as it goes out of the program.
func (e *Entry) Wire() remit.AuditEntry {
	return remit.AuditEntry{ID: e.ID, At: e.At, ActorKind: e.ActorKind, ActorID: e.ActorID, Actor: e.Actor, Key: e.Key, Operation: e.Operation,
		ProjectID: remit.ProjectID(e.Project), Thing: e.Thing, Allowed: e.Allowed, Rule: e.Rule, Permission: e.Permission, Detail: e.Detail,
		Request: e.Request, Preview: e.Preview, Seal: e.Seal}
}

// FromWire is Wire backwards.
func FromWire(w *remit.AuditEntry) Entry {
	return Entry{ID: w.ID, At: w.At, ActorKind: w.ActorKind, ActorID: w.ActorID, Actor: w.Actor, Key: w.Key, Operation: w.Operation,
		Project: string(w.ProjectID), Thing: w.Thing, Allowed: w.Allowed, Rule: w.Rule, Permission: w.Permission, Detail: w.Detail,
		Request: w.Request, Preview: w.Preview, Seal: w.Seal}
}

// FeedFile gives v a log from a file of Lines. Seals whose entries are in an
// archive stand there without them.
func FeedFile(r io.Reader, v *Verifier) error {
	return eachLine(r, func(l *Line) error {
		switch {
		case l.Seal != nil:
			if err := v.Seal(*l.Seal); err != nil {
				return err
			}
			if l.Seal.ArchivedBy != 0 {
				v.Absent()
			}
		case l.Entry != nil:
			e := FromWire(l.Entry)
			v.Entry(&e)
		}
		return nil
	})
}

// FeedArchive gives v the seals with their entries from an archive file, which
// may hold others besides.
func FeedArchive(r io.Reader, v *Verifier, seals []Seal) error {
	first, last := seals[0].Number, seals[len(seals)-1].Number
	err := eachLine(r, func(l *Line) error {
		switch {
		case l.Seal != nil:
			for len(seals) > 0 && seals[0].Number <= l.Seal.Number {
				if err := v.Seal(seals[0]); err != nil {
					return err
				}
				seals = seals[1:]
			}
		case l.Entry != nil && l.Entry.Seal >= first && l.Entry.Seal <= last:
			e := FromWire(l.Entry)
			v.Entry(&e)
		}
		return nil
	})
	for i := 0; i < len(seals) && err == nil; i++ {
		err = v.Seal(seals[i])
	}
	return err
}

// eachLine reads to the End, which has to be there.
func eachLine(r io.Reader, fn func(*Line) error) error {
	d := json.NewDecoder(r)
	for {
		var l Line
		if err := d.Decode(&l); err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("it ends too early")
			}
			return remit.Errorf(remit.Invalid, "this is no whole log of sealed entries: %w", err).
				WithHint("Write one with `remit audit export --chain`.")
		}
		if l.End != nil {
			return nil
		}
		if err := fn(&l); err != nil {
			return err
		}
	}
}
