package projects

import (
	"errors"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Row is what others need to know of a project to work in it.
type Row struct {
	ID                   remit.ProjectID
	Slug                 string
	Title                string
	CollectionVisibility string // what new collections get
}

// Resource is the project as the engine asks about it.
func (p Row) Resource() authz.Resource { return authz.Resource{Project: string(p.ID)} }

// Locate finds a project by its slug; remit.NotFound when there is none. It
// asks no permission: that is for the operation that locates.
func Locate(r db.Reader, slug string) (Row, error) {
	if !slugs.MatchString(slug) {
		return Row{}, gate.NotFound("projects")
	}
	return found(db.One(r, scanRow, selectRowBySlug, slug))
}

// LocateID is Locate by id.
func LocateID(r db.Reader, id remit.ProjectID) (Row, error) {
	return found(db.One(r, scanRow, selectRowByID, string(id)))
}

func found(row Row, err error) (Row, error) {
	if errors.Is(err, db.ErrNoRows) {
		return Row{}, gate.NotFound("projects")
	}
	return row, err
}

// Slugs maps ids to slugs. Ids of no project are not in the map.
func Slugs(r db.Reader, ids ...remit.ProjectID) (map[remit.ProjectID]string, error) {
	slugs := make(map[remit.ProjectID]string, len(ids))
	args := make([]any, 0, len(ids))
	for _, id := range ids {
		if _, twice := slugs[id]; !twice {
			slugs[id] = ""
			args = append(args, string(id))
		}
	}
	rows, err := db.Rows(r, scanRow, selectRowsByID(len(args)), args...)
	clear(slugs)
	for _, row := range rows {
		slugs[row.ID] = row.Slug
	}
	return slugs, err
}

// onProject finds the project of an operation on it as a whole, or on its lists.
func onProject(slug string) func(*gate.Reader) (authz.Resource, error) {
	return func(r *gate.Reader) (authz.Resource, error) {
		row, err := Locate(r, slug)
		return row.Resource(), err
	}
}

// inProject is onProject for changes.
func inProject(slug string) func(*gate.Tx) (authz.Resource, error) {
	return func(tx *gate.Tx) (authz.Resource, error) {
		row, err := Locate(tx, slug)
		return row.Resource(), err
	}
}
