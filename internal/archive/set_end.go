package archive

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Uses says whether something needs a set, so that it cannot be deleted. The queue
// and its schedules know; they are told of the archive, not the archive of them.
type Uses func(r *gate.Reader, set remit.CollectionID) (bool, error)

func rename(tx *gate.Tx, row *CollectionRow, name string) error {
	switch {
	case row.Kind != remit.KindSet:
		return noSet(*row)
	case row.Name == name:
		return nil
	}
	renamed := *row
	renamed.Name = name
	if err := refuseTaken(tx, renamed); err != nil {
		return err
	}
	if _, err := tx.Exec(renameSet, name, db.Micros(tx.Now()), row.ID); err != nil {
		if db.IsUnique(err) {
			return taken(name)
		}
		return fmt.Errorf("renaming set %s: %w", row.ID, err)
	}
	tx.Note("renamed set %s to %s", row.Name, name)
	row.Name = name
	return nil
}

// DeleteSet removes a set for good; its files stay in their collections. While jobs
// on it have not ended, or schedules, members or entries name it, it is refused with
// remit.Conflict "in_use", which does not say by what: that may be hidden. A folder
// is remit.Conflict "no_set". What jobs on it made is shown to nobody afterwards,
// since nobody may read what they were on (R31).
func (s *Service) DeleteSet(ctx context.Context, who authz.Subject, id remit.CollectionID) error {
	var row CollectionRow
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "collection.delete",
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			row, err = LocateCollection(tx, id)
			return row.Resource(), err
		},
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, s.deleteSet(tx, row) },
	})
	return err
}

func (s *Service) deleteSet(tx *gate.Tx, row CollectionRow) error {
	if row.Kind != remit.KindSet {
		return noSet(row)
	}
	for _, uses := range append([]Uses{projects.NamesCollection}, s.opts.Uses...) {
		used, err := uses(&tx.Reader, row.ID)
		if err != nil {
			return fmt.Errorf("looking up what uses set %s: %w", row.ID, err)
		}
		if used {
			return remit.Errorf(remit.Conflict, "%s is in use", row.Name).WithCode("in_use").
				WithHint("Jobs on it must have ended, and schedules, members and personal entries that name it must be gone.")
		}
	}
	if err := projects.SetPublic(tx, row.ProjectID, string(row.ID), false); err != nil {
		return fmt.Errorf("telling the policy: %w", err)
	}
	if _, err := tx.Exec(deleteSet, row.ID); err != nil {
		return fmt.Errorf("deleting set %s: %w", row.ID, err)
	}
	tx.Note("deleted set %s", row.Name)
	return nil
}
