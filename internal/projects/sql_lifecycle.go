package projects

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const (
	insertPart = `INSERT INTO public_parts (project_id, permission) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	deletePart = `DELETE FROM public_parts WHERE project_id = $1 AND permission = $2`

	deleteMemberRole = `DELETE FROM member_roles WHERE member_id = $1 AND role = $2`

	archiveProject   = `UPDATE projects SET archived_at = $2 WHERE id = $1 AND archived_at IS NULL`
	unarchiveProject = `UPDATE projects SET archived_at = NULL WHERE id = $1`

	deleteProject  = `UPDATE projects SET deleted_at = $1, deleted_by = $2, deleted_slug = $3, restore_until = $4, slug = id WHERE id = $5`
	restoreProject = `UPDATE projects SET deleted_at = NULL, deleted_by = '', deleted_slug = '', restore_until = NULL, slug = $1 WHERE id = $2`
)

const deletedColumns = `SELECT p.id, p.deleted_slug, p.title, p.deleted_at, p.deleted_by, p.restore_until FROM projects p WHERE p.deleted_at IS NOT NULL AND `

const selectDeletedByID = deletedColumns + `p.id = $1 AND p.restore_until > $2`

// selectDeleted lists what the scope shows after a cursor ($1), at most $2, of
// what can be brought back at $3.
func selectDeleted(s authz.Scope) (query string, args []any) {
	where, args := gate.Where(s, gate.Columns{Project: "p.id"}, 4)
	return deletedColumns + `p.id > $1 AND p.restore_until > $3 AND ` + where + ` ORDER BY p.id LIMIT $2`, args
}

func scanDeleted(s db.Scanner, p *remit.DeletedProject) error {
	return s.Scan(&p.ID, &p.Slug, &p.Title, db.Time(&p.DeletedAt), &p.DeletedBy, db.Time(&p.RestoreUntil))
}

const selectStates = `SELECT id, deleted_at IS NOT NULL FROM projects WHERE archived_at IS NOT NULL OR deleted_at IS NOT NULL`

// LoadStates implements gate.PolicySource.
func (s PolicySource) LoadStates(r db.Reader) (map[remit.ProjectID]gate.State, error) {
	var states map[remit.ProjectID]gate.State
	err := db.Each(r, func(s db.Scanner) error {
		var id remit.ProjectID
		var gone bool
		if err := s.Scan(&id, &gone); err != nil {
			return err
		}
		if states == nil {
			states = map[remit.ProjectID]gate.State{}
		}
		states[id] = gate.Archived
		if gone {
			states[id] = gate.Deleted
		}
		return nil
	}, selectStates)
	return states, err
}
