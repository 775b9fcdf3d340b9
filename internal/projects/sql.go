package projects

import (
	"fmt"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const insertProject = `INSERT INTO projects (id, slug, title, description, collection_visibility, created_at)
	VALUES ($1, $2, $3, $4, $5, $6)`

const updateProject = `UPDATE projects SET slug = $1, title = $2, description = $3, collection_visibility = $4 WHERE id = $5`

// projectColumns are those that scanProject reads.
const projectColumns = `p.id, p.slug, p.title, p.description, p.collection_visibility, p.created_at,
	EXISTS (SELECT 1 FROM public_things t WHERE t.project_id = p.id) OR EXISTS (SELECT 1 FROM public_parts t WHERE t.project_id = p.id),
	p.archived_at, EXISTS (SELECT 1 FROM meta m WHERE m.key = 'site_project' AND m.value = p.id)`

const selectProject = `SELECT ` + projectColumns + ` FROM projects p WHERE p.id = $1`

// selectProjects lists what the scope shows after a cursor ($1), at most $2.
func selectProjects(s authz.Scope) (query string, args []any) {
	where, args := gate.Where(s, gate.Columns{Project: "p.id"}, 3)
	return `SELECT ` + projectColumns + ` FROM projects p WHERE p.deleted_at IS NULL AND p.id > $1 AND ` + where + ` ORDER BY p.id LIMIT $2`, args
}

// selectThings is the ids of things that are within all scopes, in a project
// unless it is "".
func selectThings(t gate.Table, project string, scopes []authz.Scope, after string, limit int) (query string, args []any) {
	parts, args := []string{t.ID + " > $1"}, []any{after}
	if project != "" {
		args = append(args, project)
		parts = append(parts, fmt.Sprintf("%s = $%d", t.Project, len(args)))
	}
	within, more := gate.WhereAll(scopes, t.Columns, len(args)+1)
	parts = append(parts, within)
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %d", t.ID, t.From, strings.Join(parts, " AND "), t.ID, limit), append(args, more...)
}

// selectVisible is selectProjects from the start to the end.
func selectVisible(s authz.Scope) (query string, args []any) {
	where, args := gate.Where(s, gate.Columns{Project: "p.id"}, 1)
	return `SELECT ` + projectColumns + ` FROM projects p WHERE p.deleted_at IS NULL AND ` + where + ` ORDER BY p.id`, args
}

func scanProject(s db.Scanner, p *remit.Project) error {
	var public bool
	err := s.Scan(&p.ID, &p.Slug, &p.Title, &p.Description, &p.CollectionVisibility, db.Time(&p.CreatedAt), &public, db.TimePtr(&p.ArchivedAt), &p.Site)
	p.Visibility = remit.VisibilityPrivate
	if public {
		p.Visibility = remit.VisibilityPublic
	}
	return err
}

const rowColumns = `SELECT id, slug, title, collection_visibility FROM projects WHERE deleted_at IS NULL AND `

const (
	selectRowBySlug = rowColumns + `slug = $1`
	selectRowByID   = rowColumns + `id = $1`
	selectAllRows   = rowColumns + `TRUE`
)

func selectRowsByID(n int) string { return rowColumns + `id IN ` + db.In(1, n) + ` ORDER BY id` }

func scanRow(s db.Scanner, row *Row) error {
	return s.Scan(&row.ID, &row.Slug, &row.Title, &row.CollectionVisibility)
}

const (
	insertPublic = `INSERT INTO public_things (project_id, thing) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	deletePublic = `DELETE FROM public_things WHERE project_id = $1 AND thing = $2`
)

const (
	insertMember     = `INSERT INTO members (id, project_id, user_id, team_id, collection_id, live_from, live_until, why, written_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	insertMemberRole = `INSERT INTO member_roles (member_id, role) VALUES ($1, $2)`
	deleteMember     = `DELETE FROM members WHERE id = $1`

	memberColumns   = `SELECT id, COALESCE(user_id, ''), COALESCE(team_id, ''), collection_id, live_from, live_until, why, written_by, created_at FROM members WHERE project_id = $1 `
	selectMembers   = memberColumns + `AND id > $2 ORDER BY id LIMIT $3`
	selectMember    = memberColumns + `AND id = $2`
	selectMembersOf = memberColumns + `AND user_id = $2 ORDER BY id`
	selectMyMembers = `SELECT m.project_id, r.role FROM members m JOIN member_roles r ON r.member_id = m.id
	WHERE (m.user_id = $1 OR m.team_id IN (SELECT team_id FROM team_users WHERE user_id = $1)) AND m.collection_id = '' AND (m.live_from IS NULL OR m.live_from <= $2) AND (m.live_until IS NULL OR $2 < m.live_until)`
)

func selectMemberRoles(n int) string {
	return `SELECT member_id, role FROM member_roles WHERE member_id IN ` + db.In(1, n) + ``
}

func scanMember(s db.Scanner, m *memberRow) error {
	return s.Scan(&m.ID, &m.user, &m.team, &m.Collection, db.TimePtr(&m.From), db.TimePtr(&m.Until), &m.Why, &m.by, db.Time(&m.CreatedAt))
}

// pair is a row of two texts, such as a member and one of its roles.
type pair struct{ key, value string }

func scanPair(s db.Scanner, p *pair) error { return s.Scan(&p.key, &p.value) }

const (
	selectRoles = `SELECT name, title, description, allow, site FROM roles`
	insertRole  = `INSERT INTO roles (name, title, description, allow, site) VALUES ($1, $2, $3, $4, $5)`
	updateRole  = `UPDATE roles SET title = $2, description = $3, allow = $4 WHERE name = $1`
)

func scanRole(s db.Scanner, role *remit.Role) error {
	return s.Scan(&role.Name, &role.Title, &role.Description, db.FromJSON(&role.Allow), &role.Site)
}

const (
	insertOverride  = `INSERT INTO overrides (project_id, role, permission, effect) VALUES ($1, $2, $3, $4)`
	deleteOverride  = `DELETE FROM overrides WHERE project_id = $1 AND role = $2 AND permission = $3`
	selectOverrides = `SELECT role, permission, effect FROM overrides WHERE project_id = $1`
)

func scanOverride(s db.Scanner, o *remit.Override) error {
	return s.Scan(&o.Role, &o.Permission, &o.Effect)
}

const (
	insertEntry = `INSERT INTO entries (id, project_id, user_id, permission, effect, collection_id, live_from, live_until, why, written_by, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	deleteEntry = `DELETE FROM entries WHERE id = $1`

	entryColumns  = `SELECT id, user_id, permission, effect, collection_id, live_from, live_until, why, written_by, created_at FROM entries WHERE project_id = $1 `
	selectEntries = entryColumns + `ORDER BY id`
	selectEntry   = entryColumns + `AND id = $2`
)

func scanEntry(s db.Scanner, e *entryRow) error {
	return s.Scan(&e.ID, &e.user, &e.Permission, &e.Effect, &e.Collection, db.TimePtr(&e.From), db.TimePtr(&e.Until), &e.Why, &e.by, db.Time(&e.CreatedAt))
}

// namesCollection says whether a member or an entry, live now or later, has $1; an
// ended one is as if it were not there (R17).
const namesCollection = `SELECT EXISTS (SELECT 1 FROM members WHERE collection_id = $1 AND (live_until IS NULL OR live_until > $2))
	OR EXISTS (SELECT 1 FROM entries WHERE collection_id = $1 AND (live_until IS NULL OR live_until > $2))`

const (
	selectDeclared = `SELECT name, title, on_site, selectors, requires, public_ok, reserved, private FROM declared_permissions`
	insertDeclared = `INSERT INTO declared_permissions (name, title, on_site, selectors, requires, public_ok, reserved, private) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
)

func scanDeclared(s db.Scanner, p *authz.Permission) error {
	var onSite bool
	err := s.Scan(&p.Name, &p.Title, &onSite, &p.Selectors, db.FromJSON(&p.Requires), &p.PublicOK, &p.Reserved, &p.Private)
	if onSite {
		p.Level = authz.OnSite
	}
	p.Reads = remit.OnlyLooks(p.Name)
	return err
}
