package projects

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

const teamColumns = `SELECT id, name, title, created_at FROM teams `

const (
	selectTeams      = teamColumns + `WHERE id > $1 ORDER BY id LIMIT $2`
	selectTeamByName = teamColumns + `WHERE name = $1`
	selectTeamNames  = `SELECT id, name FROM teams`

	insertTeam = `INSERT INTO teams (id, name, title, created_at) VALUES ($1, $2, $3, $4)`
	updateTeam = `UPDATE teams SET name = $2, title = $3 WHERE id = $1`
	deleteTeam = `DELETE FROM teams WHERE id = $1`

	insertTeamUser  = `INSERT INTO team_users (team_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	deleteTeamUser  = `DELETE FROM team_users WHERE team_id = $1 AND user_id = $2`
	deleteTeamUsers = `DELETE FROM team_users WHERE team_id = $1`

	deleteTeamMembers     = `DELETE FROM members WHERE team_id = $1`
	deleteTeamSiteMembers = `DELETE FROM site_members WHERE team_id = $1`

	selectMembersOfTeam = memberColumns + `AND team_id = $2 ORDER BY id`
	selectMyTeamsIn     = `SELECT DISTINCT t.name FROM members m JOIN team_users u ON u.team_id = m.team_id JOIN teams t ON t.id = m.team_id
	WHERE m.project_id = $1 AND u.user_id = $2`
)

func selectTeamUsers(n int) string {
	return `SELECT team_id, user_id FROM team_users WHERE team_id IN ` + db.In(1, n)
}

func scanTeam(s db.Scanner, t *remit.Team) error {
	return s.Scan(&t.ID, &t.Name, &t.Title, db.Time(&t.CreatedAt))
}

const (
	updateMemberRow   = `UPDATE members SET live_from = $2, live_until = $3, why = $4, written_by = $5 WHERE id = $1`
	deleteMemberRoles = `DELETE FROM member_roles WHERE member_id = $1`
)

// Who holds a role, and which projects change it.
const (
	selectProjectHolds    = `SELECT COUNT(*) FROM member_roles WHERE role = $1`
	selectSiteHolds       = `SELECT COUNT(*) FROM site_members WHERE role = $1`
	selectOverriding      = `SELECT project_id, role, permission, effect FROM overrides WHERE role = $1`
	deleteRole            = `DELETE FROM roles WHERE name = $1`
	deleteRoleOverrides   = `DELETE FROM overrides WHERE role = $1`
	deleteSiteOverridesOf = `DELETE FROM site_overrides WHERE role = $1`
	selectNaming          = `SELECT (SELECT COUNT(*) FROM overrides WHERE permission = $1) + (SELECT COUNT(*) FROM entries WHERE permission = $1)
	+ (SELECT COUNT(*) FROM site_overrides WHERE permission = $1) + (SELECT COUNT(*) FROM site_entries WHERE permission = $1)`
)

// overrideIn is an override with its project.
type overrideIn struct {
	project remit.ProjectID
	remit.Override
}

func scanOverrideIn(s db.Scanner, o *overrideIn) error {
	return s.Scan(&o.project, &o.Role, &o.Permission, &o.Effect)
}
