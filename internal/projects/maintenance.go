package projects

import (
	"context"
	"errors"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// siteSlug is what the project for the upkeep of the whole site is called,
// unless another project is.
const siteSlug = "site"

// MakeSite makes the project whose jobs look after the whole site, unless there
// is one. Nobody is a member of it at first. It is known by its id alone: another
// project that gets its name is not it.
func (s *Service) MakeSite(ctx context.Context, who authz.Subject) error {
	known, err := gate.View(ctx, s.gate, who, gate.Query[remit.ProjectID]{
		Name: "project.list",
		Read: func(r *gate.Reader) (remit.ProjectID, error) { return Site(r) },
	})
	if err != nil || known != "" {
		return err
	}
	_, err = gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "project.create",
		Apply: func(tx *gate.Tx) (struct{}, error) {
			known, err := Site(tx) // another server may have made it
			if err == nil && known == "" {
				return struct{}{}, makeSite(tx)
			}
			tx.Changed(gate.Nothing)
			return struct{}{}, err
		},
	})
	return err
}

func makeSite(tx *gate.Tx) error {
	n := NewProject{Slug: siteSlug, Title: "The whole site", Description: "Jobs that look after all of this installation.", CollectionVisibility: remit.VisibilityPrivate}
	for i := 2; ; i++ {
		_, err := Locate(tx, n.Slug)
		if remit.KindOf(err) == remit.NotFound {
			break
		}
		if err != nil {
			return err
		}
		n.Slug = fmt.Sprintf("%s-%d", siteSlug, i)
	}
	p, err := create(tx, n)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(insertSite, string(p.ID)); err != nil {
		return fmt.Errorf("noting the project of the site: %w", err)
	}
	return nil
}

// Site is the project for the upkeep of the whole site, "" before there is one.
func Site(r db.Reader) (remit.ProjectID, error) {
	id, err := db.One(r, db.Value[remit.ProjectID], selectSite)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking up the project of the site: %w", err)
	}
	return id, nil
}
