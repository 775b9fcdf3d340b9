package projects

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

// writtenQueries read what stands in projects, by names.
type writtenQueries struct{ projects, public, members, overrides, entries string }

const (
	writtenMembers = `SELECT m.id, m.project_id, COALESCE(u.name, ''), COALESCE(t.name, ''), r.role, m.collection_id, m.live_from, m.live_until, m.why, m.created_at, u.deleted_at IS NOT NULL
	FROM members m JOIN member_roles r ON r.member_id = m.id LEFT JOIN users u ON u.id = m.user_id LEFT JOIN teams t ON t.id = m.team_id`
	writtenEntries = `SELECT e.id, e.project_id, u.name, e.permission, e.effect, e.collection_id, e.live_from, e.live_until, e.why, COALESCE(b.name, ''), e.created_at, u.deleted_at IS NOT NULL
	FROM entries e JOIN users u ON u.id = e.user_id LEFT JOIN users b ON b.id = e.written_by`
)

// Two texts for each, as in policyQueries.
var (
	writtenEverywhere = writtenQueries{selectAllRows, policyPublic, writtenMembers, policyOverrides, writtenEntries}
	writtenInOne      = writtenQueries{selectRowByID, policyPublic + ` WHERE project_id = $1`, writtenMembers + ` WHERE m.project_id = $1`,
		policyOverrides + ` WHERE project_id = $1`, writtenEntries + ` WHERE e.project_id = $1`}
)

func scanWrittenMember(s db.Scanner, m *remit.Member) error {
	var role string
	err := s.Scan(&m.ID, &m.Project, &m.User, &m.Team, &role, &m.Collection, db.TimePtr(&m.From), db.TimePtr(&m.Until), &m.Why, db.Time(&m.CreatedAt), &m.Deleted)
	m.Roles = []string{role}
	return err
}

func scanWrittenEntry(s db.Scanner, project *remit.ProjectID, e *remit.Entry) error {
	return s.Scan(&e.ID, project, &e.User, &e.Permission, &e.Effect, &e.Collection, db.TimePtr(&e.From), db.TimePtr(&e.Until), &e.Why, &e.By, db.Time(&e.CreatedAt), &e.Deleted)
}

const (
	selectWrittenTeams = `SELECT t.id, t.name, t.title, COALESCE(u.name, '')
	FROM teams t LEFT JOIN team_users m ON m.team_id = t.id LEFT JOIN users u ON u.id = m.user_id`
	selectWrittenSiteMembers = `SELECT m.id, '', COALESCE(u.name, ''), COALESCE(t.name, ''), m.role, '', m.live_from, m.live_until, m.why, m.created_at, u.deleted_at IS NOT NULL
	FROM site_members m LEFT JOIN users u ON u.id = m.user_id LEFT JOIN teams t ON t.id = m.team_id`
	selectWrittenSiteEntries = `SELECT e.id, '', u.name, e.permission, e.effect, '', e.live_from, e.live_until, e.why, COALESCE(b.name, ''), e.created_at, u.deleted_at IS NOT NULL
	FROM site_entries e JOIN users u ON u.id = e.user_id LEFT JOIN users b ON b.id = e.written_by`
)

func scanWrittenTeam(s db.Scanner, t *remit.Team) error {
	t.Users = make([]string, 1)
	return s.Scan(&t.ID, &t.Name, &t.Title, &t.Users[0])
}

func scanWrittenSiteMember(s db.Scanner, m *remit.Member) error { return scanWrittenMember(s, m) }

func scanWrittenSiteEntry(s db.Scanner, e *remit.Entry) error {
	var site remit.ProjectID
	return scanWrittenEntry(s, &site, e)
}

// What a rewriting writes that nothing else does.
const (
	wholeDeleteMemberRow    = `DELETE FROM members WHERE id = $1 AND project_id = $2`
	wholeDeleteEntryRow     = `DELETE FROM entries WHERE id = $1 AND project_id = $2`
	wholeDeleteRole         = `DELETE FROM roles WHERE name = $1`
	wholeInsertPublicPart   = `INSERT INTO public_parts (project_id, permission) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	wholeDeletePublicPart   = `DELETE FROM public_parts WHERE project_id = $1 AND permission = $2`
	wholeInsertTeam         = `INSERT INTO teams (id, name, title, created_at) VALUES ($1, $2, $3, $4)`
	wholeUpdateTeamTitle    = `UPDATE teams SET title = $2 WHERE id = $1`
	wholeDeleteTeamRow      = `DELETE FROM teams WHERE id = $1`
	wholeInsertTeamUser     = `INSERT INTO team_users (team_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	wholeDeleteTeamUsers    = `DELETE FROM team_users WHERE team_id = $1`
	wholeSelectTeamIDs      = `SELECT name, id FROM teams`
	wholeInsertSiteMember   = `INSERT INTO site_members (id, user_id, team_id, role, live_from, live_until, why, written_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	wholeDeleteSiteMember   = `DELETE FROM site_members WHERE id = $1`
	wholeInsertSiteOverride = `INSERT INTO site_overrides (role, permission, effect) VALUES ($1, $2, $3)`
	wholeDeleteSiteOverride = `DELETE FROM site_overrides WHERE role = $1 AND permission = $2`
	wholeInsertSiteEntry    = `INSERT INTO site_entries (id, user_id, permission, effect, live_from, live_until, why, written_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	wholeDeleteSiteEntry    = `DELETE FROM site_entries WHERE id = $1`
	wholeInsertReservation  = `INSERT INTO reservations (permission, reserved) VALUES ($1, $2)`
	wholeDeleteReservation  = `DELETE FROM reservations WHERE permission = $1`
)
