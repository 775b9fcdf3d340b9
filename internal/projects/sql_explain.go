package projects

import (
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// What somebody holds in a project, directly and by teams, with who gave it:
// the policy does without that, for members are many.
const (
	selectHeld = `SELECT COALESCE(m.team_id, ''), r.role, m.collection_id, m.live_from, m.live_until, m.id, m.written_by, m.created_at, m.why
	FROM members m JOIN member_roles r ON r.member_id = m.id
	WHERE m.project_id = $1 AND (m.user_id = $2 OR m.team_id IN (SELECT team_id FROM team_users WHERE user_id = $2)) ORDER BY m.id`
	selectTeamNamesOf = `SELECT t.id, t.name FROM teams t JOIN team_users u ON u.team_id = t.id WHERE u.user_id = $1`
)

func scanHeld(s db.Scanner, m *authz.Member) error {
	m.Note = new(authz.Note)
	return s.Scan(&m.Team, &m.Role, &m.Collection, moment{&m.From}, moment{&m.Until}, &m.Note.ID, &m.Note.By, moment{&m.Note.At}, &m.Note.Why)
}
