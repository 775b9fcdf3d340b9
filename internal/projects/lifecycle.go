package projects

import (
	"context"
	"errors"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// deleteRight is what deleting takes, and bringing back: whoever deleted a
// project holds it there until the time for that is over (see policyProjects).
const deleteRight = "project:delete"

// Archive makes a project read-only, or takes it out of the archive. What
// would change something in an archived one is a remit.Conflict "archived";
// queued jobs wait, and nodes end what they have begun.
func (s *Service) Archive(ctx context.Context, who authz.Subject, slug string, archived bool) (remit.Project, error) {
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Project]{
		Name:  "project.archive",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (remit.Project, error) { return archive(tx, slug, archived) },
	})
}

func archive(tx *gate.Tx, slug string, archived bool) (remit.Project, error) {
	row, err := Locate(tx, slug)
	if err != nil {
		return remit.Project{}, err
	}
	query, args := unarchiveProject, []any{string(row.ID)}
	tx.About(string(row.ID))
	tx.Note("took %s out of the archive", slug)
	if archived {
		query, args = archiveProject, append(args, db.Micros(stored(tx.Now())))
		tx.Note("archived %s", slug)
	}
	tx.Changed(gate.Projects)
	if _, err := tx.Exec(query, args...); err != nil {
		return remit.Project{}, err
	}
	tx.Notify("queue", "") // its jobs may go on
	p, err := db.One(tx, scanProject, selectProject, string(row.ID))
	if err != nil {
		return p, err
	}
	return shown(&tx.Reader, p)
}

// Delete makes a project absent for everybody, at once: its jobs, its data and
// the rights in it. Until RestoreUntil it can be brought back as it was, by
// superusers and by whoever deleted it. It is a right of its own: rights in the
// project go with the project, so R24 and R25 have nothing to say.
func (s *Service) Delete(ctx context.Context, who authz.Subject, slug string) (remit.DeletedProject, error) {
	return gate.Do(ctx, s.gate, who, gate.Op[remit.DeletedProject]{
		Name:  "project.delete",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (remit.DeletedProject, error) { return s.remove(tx, slug) },
	})
}

func (s *Service) remove(tx *gate.Tx, slug string) (remit.DeletedProject, error) {
	row, err := Locate(tx, slug)
	if err != nil {
		return remit.DeletedProject{}, err
	}
	p := remit.DeletedProject{ID: row.ID, Slug: slug, Title: row.Title, DeletedAt: stored(tx.Now()),
		RestoreUntil: stored(tx.Now().Add(s.opts.UndoDelete)), DeletedBy: tx.UserName(writer(tx)), Permissions: []string{"restore"}}
	tx.About(string(row.ID))
	tx.Note("deleted project %s", slug)
	tx.Changed(gate.Projects, gate.InProject(row.ID))
	_, err = tx.Exec(deleteProject, db.Micros(p.DeletedAt), string(writer(tx)), slug, db.Micros(p.RestoreUntil), string(row.ID))
	return p, err
}

// Deleted lists the projects that who may bring back, oldest first.
func (s *Service) Deleted(ctx context.Context, who authz.Subject, limit int, after string) (page remit.Page[remit.DeletedProject], err error) {
	if limit, err = remit.Limit(limit); err == nil {
		err = checkCursor[remit.ProjectID](after)
	}
	if err != nil {
		return page, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.DeletedProject]]{
		Name: "project.deleted",
		Read: func(r *gate.Reader) (remit.Page[remit.DeletedProject], error) { return deleted(r, limit, after) },
	})
}

func deleted(r *gate.Reader, limit int, after string) (page remit.Page[remit.DeletedProject], err error) {
	query, args := selectDeleted(r.Scope("project.deleted"))
	rows, err := db.Rows(r, scanDeleted, query, append([]any{after, limit + 1, db.Micros(r.Now())}, args...)...)
	if err != nil {
		return page, err
	}
	for i := range rows {
		p := &rows[i]
		p.DeletedBy = r.UserName(remit.UserID(p.DeletedBy))
		p.Permissions = listed(r.Actions(authz.Resource{Project: string(p.ID)}, "project.restore"))
	}
	page.Items, page.Next = paged(rows, limit, func(p remit.DeletedProject) string { return string(p.ID) })
	page.Permissions = []string{}
	return page, nil
}

// Restore brings a deleted project back as it was, under another slug unless
// that is "". A slug that has been taken meanwhile is a remit.Conflict.
func (s *Service) Restore(ctx context.Context, who authz.Subject, id remit.ProjectID, slug string) (remit.Project, error) {
	if slug != "" && !slugs.MatchString(slug) {
		return remit.Project{}, badSlug(slug)
	}
	back, err := gate.Do(ctx, s.gate, who, gate.Op[remit.Project]{
		Name:  "project.restore",
		On:    func(tx *gate.Tx) (authz.Resource, error) { return locateDeleted(tx, id) },
		Apply: func(tx *gate.Tx) (remit.Project, error) { return restore(tx, id, slug) },
	})
	if err != nil {
		return back, err
	}
	if seen, err := s.Project(ctx, who, back.Slug); err == nil { // by the policy that has it again
		return seen, nil
	}
	return back, nil
}

func locateDeleted(tx *gate.Tx, id remit.ProjectID) (authz.Resource, error) {
	_, err := findDeleted(tx, id)
	return authz.Resource{Project: string(id)}, err
}

// findDeleted finds one that can still be brought back.
func findDeleted(tx *gate.Tx, id remit.ProjectID) (remit.DeletedProject, error) {
	if !remit.IsID[remit.ProjectID](string(id)) {
		return remit.DeletedProject{}, gate.NotFound("projects")
	}
	p, err := db.One(tx, scanDeleted, selectDeletedByID, string(id), db.Micros(tx.Now()))
	if errors.Is(err, db.ErrNoRows) {
		err = gate.NotFound("projects")
	}
	return p, err
}

func restore(tx *gate.Tx, id remit.ProjectID, slug string) (p remit.Project, err error) {
	was, err := findDeleted(tx, id)
	if err != nil {
		return p, err
	}
	if slug == "" {
		slug = was.Slug
	}
	tx.About(string(id))
	tx.Note("brought project %s back as %s", was.Slug, slug)
	tx.Changed(gate.Projects, gate.InProject(id))
	_, err = tx.Exec(restoreProject, slug, string(id))
	if db.IsUnique(err) {
		return p, takenSlug(slug)
	}
	if err != nil {
		return p, err
	}
	tx.Notify("queue", "") // its jobs go on
	p, err = db.One(tx, scanProject, selectProject, string(id))
	p.Permissions = []string{}
	return p, err
}
