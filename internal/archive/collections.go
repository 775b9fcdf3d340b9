package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// CollectionFilter narrows a list of collections.
type CollectionFilter struct {
	Project string // slug; "" = all projects
	Limit   int
	After   string // Next of the page before
}

// Collections lists those that the asker may see, oldest first. Files and
// Bytes count the files that the asker may see.
func (s *Service) Collections(ctx context.Context, who authz.Subject, f CollectionFilter) (remit.Page[remit.Collection], error) {
	limit, err := bounds[remit.CollectionID](f.Limit, f.After)
	if err != nil {
		return remit.Page[remit.Collection]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Collection]]{
		Name: "collection.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Collection], error) { return s.listCollections(r, f, limit) },
	})
}

func (s *Service) listCollections(r *gate.Reader, f CollectionFilter, limit int) (none remit.Page[remit.Collection], err error) {
	in, err := narrowed(r, f.Project)
	if err != nil {
		return none, err
	}
	found, err := visibleCollections(r, in.ID, f.After, limit+1)
	if err != nil {
		return none, fmt.Errorf("listing collections: %w", err)
	}
	if err := unlessHidden(r, in, len(found)); err != nil {
		return none, err
	}
	rows, next := cut(found, limit, func(c CollectionRow) string { return string(c.ID) })
	items, err := s.describeCollections(r, rows)
	return remit.Page[remit.Collection]{Items: items, Next: next, Permissions: []string{}}, err
}

// Collection is one collection, or gate.NotFound when the asker may not know of it.
func (s *Service) Collection(ctx context.Context, who authz.Subject, id remit.CollectionID) (remit.Collection, error) {
	var row CollectionRow
	return gate.View(ctx, s.gate, who, gate.Query[remit.Collection]{
		Name: "collection.read",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			row, err = LocateCollection(r, id)
			return row.Resource(), err
		},
		Read: func(r *gate.Reader) (remit.Collection, error) { return s.describeCollection(r, row) },
	})
}

// describeCollections fills what rows do not hold: names, counts, permissions.
func (s *Service) describeCollections(r *gate.Reader, rows []CollectionRow) ([]remit.Collection, error) {
	counts, err := visibleCounts(r, rows)
	if err != nil {
		return nil, fmt.Errorf("counting files: %w", err)
	}
	if err := countSets(r, rows, counts); err != nil {
		return nil, fmt.Errorf("counting the files of sets: %w", err)
	}
	definitions, err := shownDefinitions(r, rows)
	if err != nil {
		return nil, fmt.Errorf("reading what fills sets: %w", err)
	}
	in := make([]remit.ProjectID, len(rows))
	for i, row := range rows {
		in[i] = row.ProjectID
	}
	slugs, err := projects.Slugs(r, in...)
	if err != nil {
		return nil, fmt.Errorf("looking up projects: %w", err)
	}
	types, err := s.opts.RunsOn(r, "collection")
	if err != nil {
		return nil, err
	}
	items := make([]remit.Collection, len(rows))
	for i, row := range rows {
		items[i] = row.Collection
		items[i].Project, items[i].Owner = slugs[row.ProjectID], r.UserName(row.OwnerID)
		items[i].Files, items[i].Bytes = counts[row.ID].files, counts[row.ID].bytes
		items[i].Set = definitions[row.ID]
		items[i].Permissions = collectionVerbs(r, row, types)
	}
	return items, nil
}

func (s *Service) describeCollection(r *gate.Reader, row CollectionRow) (remit.Collection, error) {
	items, err := s.describeCollections(r, []CollectionRow{row})
	if err != nil {
		return remit.Collection{}, err
	}
	return items[0], nil
}

func collectionVerbs(r *gate.Reader, row CollectionRow, types func(remit.ProjectID) []string) []string {
	verbs := r.Actions(row.Resource(), "collection.read", "collection.update", "collection.publish")
	return append(slices.Clip(verbs), runnable(r, row.ProjectID, row.ID, types, false)...)
}

// errPublishes says that the change touches what everybody sees, so that it is another operation.
var errPublishes = errors.New("archive: the change publishes or withdraws")

// SetVisibility opens or closes a collection and with it its files. To or
// from "public" it needs collection:publish besides collection:update.
func (s *Service) SetVisibility(ctx context.Context, who authz.Subject, id remit.CollectionID, v string) (remit.Collection, error) {
	if v != remit.VisibilityPrivate && v != remit.VisibilityProject && v != remit.VisibilityPublic {
		return remit.Collection{}, remit.Errorf(remit.Invalid, "Visibility %q is not known", v).
			WithField("visibility").WithHint("It is private, project or public.")
	}
	operation := "collection.update"
	if v == remit.VisibilityPublic {
		operation = "collection.publish"
	}
	c, err := s.setVisibility(ctx, who, id, v, operation)
	if errors.Is(err, errPublishes) {
		return s.setVisibility(ctx, who, id, v, "collection.publish")
	}
	return c, err
}

func (s *Service) setVisibility(ctx context.Context, who authz.Subject, id remit.CollectionID, v, operation string) (remit.Collection, error) {
	var row CollectionRow
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Collection]{
		Name: operation,
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			row, err = LocateCollection(tx, id)
			return row.Resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.Collection, error) {
			if err := show(tx, row, v, operation == "collection.publish"); err != nil {
				return remit.Collection{}, err
			}
			row.Visibility, row.UpdatedAt = v, stored(tx.Now())
			return s.describeCollection(&tx.Reader, row)
		},
	})
}

// show writes a collection's visibility. The policy learns what is public
// (R10), which only the operation that changes the policy may tell it.
func show(tx *gate.Tx, row CollectionRow, v string, publishing bool) error {
	open := v == remit.VisibilityPublic
	if open || row.Visibility == remit.VisibilityPublic {
		if !publishing {
			return errPublishes
		}
		if err := tx.Require("collection.update", row.Resource()); err != nil {
			return err
		}
		if err := projects.SetPublic(tx, row.ProjectID, string(row.ID), open); err != nil {
			return fmt.Errorf("telling the policy: %w", err)
		}
	}
	tx.Note("visibility of %s: %s → %s", row.Name, row.Visibility, v)
	if err := updateVisibility(tx, row.ID, v); err != nil {
		return fmt.Errorf("changing the visibility of collection %s: %w", row.ID, err)
	}
	return nil
}
