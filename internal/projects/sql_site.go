package projects

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
)

const (
	insertSiteMember = `INSERT INTO site_members (id, user_id, team_id, role, live_from, live_until, why, written_by, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	deleteSiteMember = `DELETE FROM site_members WHERE id = $1`

	siteMemberColumns = `SELECT id, COALESCE(user_id, ''), COALESCE(team_id, ''), role, live_from, live_until, why, written_by, created_at FROM site_members `
	selectSiteMembers = siteMemberColumns + `ORDER BY id`
	selectSiteMember  = siteMemberColumns + `WHERE id = $1`
)

func scanSiteMemberRow(s db.Scanner, m *siteMemberRow) error {
	return s.Scan(&m.ID, &m.user, &m.team, &m.Role, db.TimePtr(&m.From), db.TimePtr(&m.Until), &m.Why, &m.by, db.Time(&m.CreatedAt))
}

const (
	insertSiteOverride  = `INSERT INTO site_overrides (role, permission, effect) VALUES ($1, $2, $3)`
	deleteSiteOverride  = `DELETE FROM site_overrides WHERE role = $1 AND permission = $2`
	selectSiteOverrides = `SELECT role, permission, effect FROM site_overrides ORDER BY role, permission`
)

const (
	insertSiteEntry = `INSERT INTO site_entries (id, user_id, permission, effect, live_from, live_until, why, written_by, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	deleteSiteEntry = `DELETE FROM site_entries WHERE id = $1`

	siteEntryColumns  = `SELECT id, user_id, permission, effect, live_from, live_until, why, written_by, created_at FROM site_entries `
	selectSiteEntries = siteEntryColumns + `ORDER BY id`
	selectSiteEntry   = siteEntryColumns + `WHERE id = $1`
)

func scanSiteEntryRow(s db.Scanner, e *entryRow) error {
	return s.Scan(&e.ID, &e.user, &e.Permission, &e.Effect, db.TimePtr(&e.From), db.TimePtr(&e.Until), &e.Why, &e.by, db.Time(&e.CreatedAt))
}

const (
	insertReservation  = `INSERT INTO reservations (permission, reserved) VALUES ($1, $2)`
	deleteReservation  = `DELETE FROM reservations WHERE permission = $1`
	selectReservations = `SELECT permission, reserved FROM reservations`
)

// siteMemberRow is a SiteMember as it is stored, by the ids.
type siteMemberRow struct {
	remit.SiteMember
	user remit.UserID // or
	team remit.TeamID
	by   remit.UserID // "" = the program itself
}
