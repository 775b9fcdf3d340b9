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
	if row.Kind == remit.KindSet {
		verbs = append(verbs, r.Actions(row.Resource(), "collection.delete")...)
	}
	return append(slices.Clip(verbs), runnable(r, row.ProjectID, row.ID, types, false)...)
}

// errPublishes says that the change touches what everybody sees, so that it is another operation.
var errPublishes = errors.New("archive: the change publishes or withdraws")

// CollectionPatch is what of a collection is to be changed; "" = not that.
type CollectionPatch struct {
	Name       string // of a set
	Visibility string
}

func (p CollectionPatch) check() error {
	switch p.Visibility {
	case "", remit.VisibilityPrivate, remit.VisibilityProject, remit.VisibilityPublic:
	default:
		return remit.Errorf(remit.Invalid, "Visibility %q is not known", p.Visibility).
			WithField("visibility").WithHint("It is private, project or public.")
	}
	switch {
	case p.Name != "":
		return checkSetName(p.Name)
	case p.Visibility == "":
		return remit.Errorf(remit.Invalid, "Nothing is to be changed").WithField("visibility").WithHint("Give a visibility, or the name of a set.")
	}
	return nil
}

// SetVisibility is Update of the visibility alone.
func (s *Service) SetVisibility(ctx context.Context, who authz.Subject, id remit.CollectionID, v string) (remit.Collection, error) {
	if v == "" {
		return remit.Collection{}, CollectionPatch{Visibility: "none"}.check()
	}
	return s.Update(ctx, who, id, CollectionPatch{Visibility: v})
}

// Update renames a set, and opens or closes a collection and with it its files: to
// or from "public" that needs collection:publish besides collection:update. A folder
// has the name of its directory: remit.Conflict "no_set".
func (s *Service) Update(ctx context.Context, who authz.Subject, id remit.CollectionID, p CollectionPatch) (remit.Collection, error) {
	if err := p.check(); err != nil {
		return remit.Collection{}, err
	}
	operation := "collection.update"
	if p.Visibility == remit.VisibilityPublic {
		operation = "collection.publish"
	}
	c, err := s.update(ctx, who, id, p, operation)
	if errors.Is(err, errPublishes) {
		return s.update(ctx, who, id, p, "collection.publish")
	}
	return c, err
}

func (s *Service) update(ctx context.Context, who authz.Subject, id remit.CollectionID, p CollectionPatch, operation string) (remit.Collection, error) {
	var row CollectionRow
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Collection]{
		Name: operation,
		On: func(tx *gate.Tx) (on authz.Resource, err error) {
			row, err = LocateCollection(tx, id)
			return row.Resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.Collection, error) {
			if err := p.apply(tx, &row, operation == "collection.publish"); err != nil {
				return remit.Collection{}, err
			}
			row.UpdatedAt = stored(tx.Now())
			return s.describeCollection(&tx.Reader, row)
		},
	})
}

func (p CollectionPatch) apply(tx *gate.Tx, row *CollectionRow, publishing bool) error {
	if publishing {
		if err := tx.Require("collection.update", row.Resource()); err != nil {
			return err
		}
	}
	if p.Name != "" {
		if err := rename(tx, row, p.Name); err != nil {
			return err
		}
	}
	if p.Visibility == "" {
		return nil
	}
	err := show(tx, *row, p.Visibility, publishing)
	row.Visibility = p.Visibility
	return err
}

// show writes a collection's visibility. The policy learns what is public
// (R10), which only the operation that changes the policy may tell it.
func show(tx *gate.Tx, row CollectionRow, v string, publishing bool) error {
	open := v == remit.VisibilityPublic
	if open || row.Visibility == remit.VisibilityPublic {
		if !publishing {
			return errPublishes
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
