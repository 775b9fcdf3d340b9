package projects

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// SetOverride changes what a role means in a project, for one permission or
// pattern with its selector. The effect "inherit" takes the change back.
// Unknown roles, permissions and effects are remit.Invalid; what leaves the
// project unmanaged is a remit.Conflict (R25).
func (s *Service) SetOverride(ctx context.Context, who authz.Subject, slug string, o remit.Override) error {
	_, err := s.Override(ctx, who, slug, o)
	return err
}

// Override is SetOverride that also warns of a deny that cannot bite (R7).
func (s *Service) Override(ctx context.Context, who authz.Subject, slug string, o remit.Override) (remit.Override, error) {
	if _, known := effects[o.Effect]; !known && o.Effect != "inherit" {
		return o, invalid("effect", "the effect of an override is allow, remove, deny or inherit, not %q", o.Effect)
	}
	if err := checkText("permission", o.Permission); err != nil {
		return o, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Override]{
		Name:  "access.override",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (remit.Override, error) { return override(tx, slug, o) },
	})
}

func override(tx *gate.Tx, slug string, o remit.Override) (remit.Override, error) {
	project, err := Locate(tx, slug)
	if err != nil {
		return o, err
	}
	if o.Effect != "inherit" { // taking back is possible whatever the catalogue has lost
		if err := checkPattern(tx.Policy(), "permission", o.Permission, true); err != nil {
			return o, err
		}
	}
	if err := checkRoles(tx, []string{o.Role}); err != nil {
		return o, err
	}
	tx.About(string(project.ID))
	tx.Note("%s %s for role %s in %s%s", o.Effect, o.Permission, o.Role, slug, overrideBefore(tx, project.ID, o))
	o.Warnings = idle(tx.Policy(), project.ID, o.Effect, o.Permission)
	return o, keepManaged(tx, project.ID, func() error { return storeOverride(tx, project.ID, o) })
}

// badName refuses what was written wrong; nil is fine.
func badName(fault error) error {
	if fault == nil {
		return nil
	}
	return invalid("permission", "%w", fault)
}

func storeOverride(tx *gate.Tx, project remit.ProjectID, o remit.Override) error {
	taken, err := tx.Exec(deleteOverride, string(project), o.Role, o.Permission)
	switch {
	case err != nil:
		return err
	case o.Effect != "inherit":
		_, err = tx.Exec(insertOverride, string(project), o.Role, o.Permission, o.Effect)
		return err
	case taken > 0:
		return nil
	}
	return badName(tx.Policy().Fault(o.Permission))
}

// entryRow is an Entry as it is stored, by the ids.
type entryRow struct {
	remit.Entry
	user, by remit.UserID // by "" = the program itself
}

// AddEntry allows or denies something to one person in a project, as a member
// or not. ID, By and CreatedAt are filled in.
func (s *Service) AddEntry(ctx context.Context, who authz.Subject, slug string, e remit.Entry) (remit.Entry, error) {
	if e.Effect != "allow" && e.Effect != "deny" {
		return e, invalid("effect", "the effect of an entry is allow or deny, not %q", e.Effect)
	}
	if err := checkInterval(e.From, e.Until); err != nil {
		return e, err
	}
	if err := checkCollection(e.Collection); err != nil {
		return e, err
	}
	if err := checkText("why", e.Why); err != nil {
		return e, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Entry]{
		Name:  "access.entry",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (remit.Entry, error) { return s.addEntry(tx, slug, e) },
	})
}

func (s *Service) addEntry(tx *gate.Tx, slug string, e remit.Entry) (remit.Entry, error) {
	project, err := Locate(tx, slug)
	if err != nil {
		return e, err
	}
	if err := errorsOf(checkEnd(tx, e.Until), checkPattern(tx.Policy(), "permission", e.Permission, true)); err != nil {
		return e, err
	}
	if err := s.KnownCollection(&tx.Reader, project, e.Collection); err != nil {
		return e, err
	}
	row := entryRow{Entry: e}
	if row.user, err = recipient(tx, e.User); err != nil {
		return e, err
	}
	row.ID, row.CreatedAt, row.By = remit.NewID[remit.EntryID](tx.Now()), stored(tx.Now()), ""
	row.From, row.Until = storedPtr(e.From), storedPtr(e.Until)
	if tx.Who().Kind == authz.Person {
		row.By, row.by = tx.Who().Name, remit.UserID(tx.Who().ID)
	}
	tx.About(string(row.ID))
	tx.Note("%s %s to %s in %s%s%s", e.Effect, e.Permission, e.User, slug, duringText(e.From, e.Until), because(e.Why))
	store := func() error { return storeEntry(tx, project.ID, row) }
	row.Warnings = append(idle(tx.Policy(), project.ID, row.Effect, row.Permission), unbitten(tx, row)...)
	return row.Entry, keepManaged(tx, project.ID, store)
}

func storeEntry(tx *gate.Tx, project remit.ProjectID, e entryRow) error {
	_, err := tx.Exec(insertEntry, string(e.ID), string(project), string(e.user), e.Permission, e.Effect, string(e.Collection),
		db.MicrosPtr(e.From), db.MicrosPtr(e.Until), e.Why, string(e.by), db.Micros(e.CreatedAt))
	return err
}

// RemoveEntry takes a personal entry back.
func (s *Service) RemoveEntry(ctx context.Context, who authz.Subject, slug string, id remit.EntryID) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "access.entry",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, removeEntry(tx, slug, id) },
	})
	return err
}

func removeEntry(tx *gate.Tx, slug string, id remit.EntryID) error {
	project, err := Locate(tx, slug)
	if err != nil {
		return err
	}
	if !remit.IsID[remit.EntryID](string(id)) {
		return gate.NotFound("entries")
	}
	e, err := db.One(tx, scanEntry, selectEntry, string(project.ID), string(id))
	if errors.Is(err, db.ErrNoRows) {
		return gate.NotFound("entries")
	}
	if err != nil {
		return err
	}
	tx.About(string(id))
	tx.Note("took back: %s %s in %s", e.Effect, e.Permission, slug)
	return keepManaged(tx, project.ID, func() error {
		_, err := tx.Exec(deleteEntry, string(id))
		return err
	})
}

// Access is what a project says about rights besides its members.
type Access struct {
	Overrides []remit.Override // by role and permission
	Entries   []remit.Entry    // oldest first, ended ones too
}

// Access shows a project's overrides and personal entries to those with access:view.
func (s *Service) Access(ctx context.Context, who authz.Subject, slug string) (Access, error) {
	return gate.View(ctx, s.gate, who, gate.Query[Access]{
		Name: "access.read",
		On:   onProject(slug),
		Read: func(r *gate.Reader) (Access, error) { return access(r, slug) },
	})
}

func access(r *gate.Reader, slug string) (a Access, err error) {
	project, err := Locate(r, slug)
	if err != nil {
		return a, err
	}
	a.Overrides, err = db.Rows(r, scanOverride, selectOverrides, string(project.ID))
	if err != nil {
		return a, err
	}
	slices.SortFunc(a.Overrides, func(x, y remit.Override) int {
		return strings.Compare(x.Role+" "+x.Permission, y.Role+" "+y.Permission)
	})
	rows, err := db.Rows(r, scanEntry, selectEntries, string(project.ID))
	if err != nil {
		return a, err
	}
	a.Entries, err = named(r, rows)
	return a, err
}

func named(r *gate.Reader, rows []entryRow) ([]remit.Entry, error) {
	gone, err := identity.DeletedAmong(r, usersOf(rows, func(e entryRow) remit.UserID { return e.user }))
	entries := make([]remit.Entry, len(rows))
	for i, e := range rows {
		entries[i] = e.Entry
		entries[i].User, entries[i].By = r.UserName(e.user), r.UserName(e.by)
		entries[i].Deleted = gone[e.user]
	}
	return entries, err
}
