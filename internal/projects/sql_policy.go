package projects

import (
	"database/sql"
	"fmt"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// policyQueries read what stands in projects into the policy.
type policyQueries struct{ public, members, overrides, entries string }

// Two texts for each, because of one that does both no engine uses an index.
const (
	// Of a deleted project the policy knows no more than who may bring it back.
	policyProjects = `SELECT p.id, p.deleted_at IS NULL AND EXISTS (SELECT 1 FROM public_things t WHERE t.project_id = p.id),
	p.deleted_at IS NOT NULL, p.deleted_by, p.deleted_at, p.restore_until FROM projects p`
	policyProject = policyProjects + ` WHERE p.id = $1`
	policyAbsent  = policyProjects + ` WHERE p.deleted_at IS NOT NULL AND p.restore_until > $1 ORDER BY p.id`
	inAbsent      = ` IN (SELECT id FROM projects WHERE deleted_at IS NOT NULL AND restore_until > $1)`

	policyMembers = `SELECT m.project_id, COALESCE(m.user_id, ''), COALESCE(m.team_id, ''), r.role, m.collection_id, m.live_from, m.live_until
	FROM members m JOIN member_roles r ON r.member_id = m.id`
	policyPublic    = `SELECT project_id, permission FROM public_parts`
	policyOverrides = `SELECT project_id, role, permission, effect FROM overrides`
	policyEntries   = `SELECT project_id, user_id, permission, effect, collection_id, live_from, live_until, id, written_by, created_at, why FROM entries`
)

var (
	inAllProjects = policyQueries{policyPublic, policyMembers, policyOverrides, policyEntries}
	inOneProject  = policyQueries{policyPublic + ` WHERE project_id = $1`, policyMembers + ` WHERE m.project_id = $1`,
		policyOverrides + ` WHERE project_id = $1`, policyEntries + ` WHERE project_id = $1`}
	inAbsentProjects = policyQueries{policyPublic + ` WHERE project_id` + inAbsent, policyMembers + ` WHERE m.project_id` + inAbsent,
		policyOverrides + ` WHERE project_id` + inAbsent, policyEntries + ` WHERE project_id` + inAbsent}
)

// policyRow is a project as it goes into the policy.
type policyRow struct {
	authz.Project
	deleted bool
}

func scanPolicyProject(s db.Scanner, p *policyRow) error {
	undo := authz.Entry{Pattern: deleteRight, Effect: authz.Allow, Note: &authz.Note{Why: "made it absent, and may bring it back"}}
	err := s.Scan(&p.ID, &p.HasPublic, &p.deleted, &undo.User, moment{&undo.From}, moment{&undo.Until})
	if p.deleted && undo.User != "" {
		p.Entries = []authz.Entry{undo}
	}
	return err
}

func scanPublicPart(s db.Scanner) (project, permission string, err error) {
	err = s.Scan(&project, &permission)
	return project, permission, err
}

// The following make what scans rows, each with a project's id and something
// written in that project. They keep what they scan into: rows are many.

func policyMemberScan(t texts) func(db.Scanner) (project string, m authz.Member, err error) {
	var in, user, team, role, collection sql.RawBytes
	var live authz.Interval
	into := []any{&in, &user, &team, &role, &collection, moment{&live.From}, moment{&live.Until}}
	return func(s db.Scanner) (string, authz.Member, error) {
		live = authz.Interval{}
		err := s.Scan(into...)
		return t.of(in), authz.Member{User: t.of(user), Team: t.of(team), Role: t.of(role), Collection: t.of(collection), Interval: live}, err
	}
}

func policyOverrideScan(t texts) func(db.Scanner) (project string, o authz.Override, err error) {
	var in, role, pattern sql.RawBytes
	var does authz.Effect
	into := []any{&in, &role, &pattern, effect{&does}}
	return func(s db.Scanner) (string, authz.Override, error) {
		err := s.Scan(into...)
		return t.of(in), authz.Override{Role: t.of(role), Pattern: t.of(pattern), Effect: does}, err
	}
}

func policyEntryScan(t texts) func(db.Scanner) (project string, e authz.Entry, err error) {
	var in, user, pattern, collection, by sql.RawBytes
	return func(s db.Scanner) (string, authz.Entry, error) {
		e := authz.Entry{Note: new(authz.Note)}
		err := s.Scan(&in, &user, &pattern, effect{&e.Effect}, &collection, moment{&e.From}, moment{&e.Until},
			&e.Note.ID, &by, moment{&e.Note.At}, &e.Note.Why)
		e.User, e.Pattern, e.Collection, e.Note.By = t.of(user), t.of(pattern), t.of(collection), t.of(by)
		return t.of(in), e, err
	}
}

// What stands on the site.
const (
	policyTeams         = `SELECT t.id, COALESCE(u.user_id, '') FROM teams t LEFT JOIN team_users u ON u.team_id = t.id ORDER BY t.id, u.user_id`
	policySiteMembers   = `SELECT COALESCE(user_id, ''), COALESCE(team_id, ''), role, live_from, live_until, id, written_by, created_at, why FROM site_members`
	policySiteOverrides = `SELECT role, permission, effect FROM site_overrides`
	policySiteEntries   = `SELECT user_id, permission, effect, live_from, live_until, id, written_by, created_at, why FROM site_entries`
	policyReservations  = `SELECT permission, reserved FROM reservations`
)

func scanSiteMember(s db.Scanner, m *authz.Member) error {
	m.Note = new(authz.Note)
	return s.Scan(&m.User, &m.Team, &m.Role, moment{&m.From}, moment{&m.Until}, &m.Note.ID, &m.Note.By, moment{&m.Note.At}, &m.Note.Why)
}

func scanSiteOverride(s db.Scanner, o *authz.Override) error {
	return s.Scan(&o.Role, &o.Pattern, effect{&o.Effect})
}

func scanSiteEntry(s db.Scanner, e *authz.Entry) error {
	e.Note = new(authz.Note)
	return s.Scan(&e.User, &e.Pattern, effect{&e.Effect}, moment{&e.From}, moment{&e.Until}, &e.Note.ID, &e.Note.By, moment{&e.Note.At}, &e.Note.Why)
}

// reservation is whether a name is reserved, whatever the catalogue says (R4).
type reservation struct {
	permission string
	reserved   bool
}

func scanReservation(s db.Scanner, r *reservation) error { return s.Scan(&r.permission, &r.reserved) }

// moment scans microseconds; NULL is 0, which is open (R17).
type moment struct{ dst *int64 }

func (m moment) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m.dst = 0
	case int64:
		*m.dst = v
	default:
		return fmt.Errorf("a time is stored as %T, want microseconds", src)
	}
	return nil
}

// effect scans the word of an effect.
type effect struct{ dst *authz.Effect }

func (e effect) Scan(src any) error {
	found, ok := effects[fmt.Sprint(src)]
	if !ok {
		return fmt.Errorf("an effect is stored as %v", src)
	}
	*e.dst = found
	return nil
}

// effects are the words that are stored; the CHECK constraints hold them.
var effects = map[string]authz.Effect{"allow": authz.Allow, "remove": authz.Remove, "deny": authz.Deny}
