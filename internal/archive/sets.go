package archive

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// A set never opens a file: who sees the set sees of its files those that they
// may read in their own collections.

// CreateSet makes an empty private set that belongs to the asker.
func (s *Service) CreateSet(ctx context.Context, who authz.Subject, slug, name string, d remit.SetDefinition) (remit.Collection, error) {
	if err := checkSet(name, d); err != nil {
		return remit.Collection{}, err
	}
	row := CollectionRow{Collection: remit.Collection{Name: name, Kind: remit.KindSet, Visibility: remit.VisibilityPrivate}}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Collection]{
		Name: "collection.create",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			in, on, err := project(tx, slug)
			row.ProjectID, row.OwnerID = in.ID, remit.UserID(gate.SelfOf(tx.Who()))
			on.Owner = string(row.OwnerID)
			return on, err
		},
		Apply: func(tx *gate.Tx) (remit.Collection, error) {
			if err := refuseTaken(tx, row); err != nil {
				return remit.Collection{}, err
			}
			row.ID, row.CreatedAt, row.UpdatedAt = remit.NewID[remit.CollectionID](tx.Now()), stored(tx.Now()), stored(tx.Now())
			if err := insertSet(tx, row); err != nil {
				return remit.Collection{}, fmt.Errorf("making set %s: %w", row.ID, err)
			}
			tx.About(string(row.ID))
			tx.Note("made set %s", name)
			return s.define(tx, row, d)
		},
	})
}

// refuseTaken refuses a name that a set has. Whoever makes sets learns no more
// of a hidden one than that its name is not free.
func refuseTaken(tx *gate.Tx, row CollectionRow) error {
	is, err := db.One(tx, db.Value[bool], selectSetNamed, row.ProjectID, row.Name)
	if err == nil && is {
		err = taken(row.Name)
	}
	return err
}

func taken(name string) error {
	return remit.Errorf(remit.Conflict, "The name %q is taken", name).WithCode("name_taken").WithField("name").WithHint("Choose another one.")
}

// Define changes what fills a set. The files stay until it is populated.
func (s *Service) Define(ctx context.Context, who authz.Subject, id remit.CollectionID, d remit.SetDefinition) (remit.Collection, error) {
	if err := checkDefinition(d); err != nil {
		return remit.Collection{}, err
	}
	return s.change(ctx, who, id, "collection.fill", func(tx *gate.Tx, row CollectionRow) (remit.Collection, error) {
		tx.Note("changed what fills %s", row.Name)
		return s.define(tx, row, d)
	})
}

// define stores a definition whose folders the asker may see.
func (s *Service) define(tx *gate.Tx, row CollectionRow, d remit.SetDefinition) (remit.Collection, error) {
	for _, id := range d.From {
		from, err := LocateCollection(tx, id)
		if err != nil {
			return remit.Collection{}, err
		}
		if from.ProjectID != row.ProjectID {
			return remit.Collection{}, gate.NotFound("collections")
		}
		if err := tx.Require("collection.read", from.Resource()); err != nil {
			return remit.Collection{}, err
		}
		if from.Kind != remit.KindFolder {
			return remit.Collection{}, badSet("from", "%s is a set: sets are made of folders", from.Name)
		}
	}
	if _, err := tx.Exec(insertDefinition, row.ID, db.JSON(d)); err != nil {
		return remit.Collection{}, fmt.Errorf("storing what fills set %s: %w", row.ID, err)
	}
	return s.describeCollection(&tx.Reader, row)
}

// change is an operation on a set; a folder is refused.
func (s *Service) change(ctx context.Context, who authz.Subject, id remit.CollectionID, operation string,
	apply func(*gate.Tx, CollectionRow) (remit.Collection, error)) (remit.Collection, error) {
	var row CollectionRow
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Collection]{
		Name: operation,
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			row, err = LocateCollection(tx, id)
			return row.Resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.Collection, error) {
			if row.Kind != remit.KindSet {
				return remit.Collection{}, noSet(row)
			}
			return apply(tx, row)
		},
	})
}

func noSet(row CollectionRow) error {
	return remit.Errorf(remit.Conflict, "%s is a folder, and holds what its directory holds", row.Name).
		WithCode("no_set").WithHint("Make a set of its own: `remit collection create`.")
}

// maxPut bounds how many files are put into a set or taken out at once.
const maxPut = 500

// Put puts files into a set that is filled by hand, and takes others out. Each
// must be of the set's project and one that the asker may read.
func (s *Service) Put(ctx context.Context, who authz.Subject, id remit.CollectionID, add, remove []remit.FileID) (remit.Collection, error) {
	if len(add)+len(remove) > maxPut {
		return remit.Collection{}, badSet("add", "%d files are too many at once: at most %d", len(add)+len(remove), maxPut)
	}
	return s.change(ctx, who, id, "collection.fill", func(tx *gate.Tx, row CollectionRow) (remit.Collection, error) {
		if d, err := definitionsOf(tx, []any{row.ID}); err != nil || !d[row.ID].ByHand {
			return remit.Collection{}, firstErr(err, remit.Errorf(remit.Conflict, "%s is not filled by hand", row.Name).
				WithCode("not_by_hand").WithHint("Run a populate job on it."))
		}
		for _, id := range slices.Concat(add, remove) {
			if err := requireFile(tx, row, id); err != nil {
				return remit.Collection{}, err
			}
		}
		n, err := putFiles(tx, row, add, remove)
		tx.Note("%s: %d files in, %d out", row.Name, n.Added, n.Removed)
		if err != nil {
			return remit.Collection{}, err
		}
		return s.describeCollection(&tx.Reader, row)
	})
}

func firstErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func requireFile(tx *gate.Tx, set CollectionRow, id remit.FileID) error {
	f, err := LocateFile(tx, id)
	if err == nil && f.ProjectID != set.ProjectID {
		err = gate.NotFound("files")
	}
	if err != nil {
		return err
	}
	return tx.Require("file.read", f.Resource())
}

// putFiles writes what is not so yet, and counts it.
func putFiles(tx *gate.Tx, set CollectionRow, add, remove []remit.FileID) (n PopulateReport, err error) {
	for _, id := range add {
		changed, err := tx.Exec(insertSetFile, set.ID, id, db.Micros(tx.Now()), set.ProjectID)
		if err != nil {
			return n, fmt.Errorf("putting file %s into set %s: %w", id, set.ID, err)
		}
		n.Added += int(changed)
	}
	for _, id := range remove {
		changed, err := tx.Exec(deleteSetFile, set.ID, id)
		if err != nil {
			return n, fmt.Errorf("taking file %s out of set %s: %w", id, set.ID, err)
		}
		n.Removed += int(changed)
	}
	if n.Added+n.Removed > 0 {
		err = touchCollection(tx, set.ID)
	}
	return n, err
}
