package projects

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// NewSiteMember gives a user or a team a role of the site.
type NewSiteMember struct {
	User        string // name, or
	Team        string // name
	Role        string
	From, Until *time.Time // as of NewMember
	Why         string
}

// AddSiteMember gives a user or a team a role of the site. Unknown users,
// teams and roles, and roles of projects, are remit.Invalid.
func (s *Service) AddSiteMember(ctx context.Context, who authz.Subject, n NewSiteMember) (remit.SiteMember, error) {
	if (n.User == "") == (n.Team == "") {
		return remit.SiteMember{}, invalid("user", "A member of the site is a user or a team").WithHint("Name one of the two.")
	}
	if err := errorsOf(checkInterval(n.From, n.Until), checkText("why", n.Why)); err != nil {
		return remit.SiteMember{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.SiteMember]{
		Name:  "site.member",
		Apply: func(tx *gate.Tx) (remit.SiteMember, error) { return addSiteMember(tx, n) },
	})
}

func addSiteMember(tx *gate.Tx, n NewSiteMember) (remit.SiteMember, error) {
	m := siteMemberRow{SiteMember: remit.SiteMember{ID: remit.NewID[remit.MemberID](tx.Now()), User: n.User, Team: n.Team, Role: n.Role,
		From: storedPtr(n.From), Until: storedPtr(n.Until), Why: n.Why, CreatedAt: stored(tx.Now())}, by: writer(tx)}
	var err error
	if n.User != "" {
		m.user, err = recipient(tx, n.User)
	} else {
		m.team, err = knownTeam(tx, n.Team)
	}
	if err := errorsOf(err, checkEnd(tx, n.Until), checkSiteRole(tx, n.Role, false)); err != nil {
		return m.SiteMember, err
	}
	m.By = tx.UserName(m.by)
	tx.About(string(m.ID))
	tx.Note("made %s %s on the site", m.whom(), m.Role)
	return m.SiteMember, keepManagedPart(tx, gate.Site, func() error { return insertOnSite(tx, m) })
}

func (m *siteMemberRow) whom() string {
	if m.Team != "" {
		return "team " + m.Team
	}
	return m.User
}

func insertOnSite(tx *gate.Tx, m siteMemberRow) error {
	_, err := tx.Exec(insertSiteMember, string(m.ID), db.NullText(string(m.user)), db.NullText(string(m.team)), m.Role,
		db.MicrosPtr(m.From), db.MicrosPtr(m.Until), m.Why, string(m.by), db.Micros(m.CreatedAt))
	return err
}

// checkSiteRole refuses roles that do not exist or are held in projects, and
// those that nobody is made a member of unless they are asked for too.
func checkSiteRole(tx *gate.Tx, name string, builtIns bool) error {
	roles, err := rolesByName(tx)
	if err != nil {
		return err
	}
	role, known := roles[name]
	switch {
	case !known:
		return invalid("role", "There is no role %.80q", name).WithHint("There are on the site: %s.", strings.Join(siteRoles(roles), ", "))
	case !role.Site:
		return invalid("role", "%s is a role of projects; nobody holds it on the site", name)
	case builtIn(name) && !builtIns:
		return invalid("role", "Nobody is made %s: it is everybody's", name)
	}
	return nil
}

func siteRoles(roles map[string]remit.Role) (names []string) {
	for name, role := range roles {
		if role.Site {
			names = append(names, name)
		}
	}
	return sortedSet(names)
}

// RemoveSiteMember takes a role of the site away.
func (s *Service) RemoveSiteMember(ctx context.Context, who authz.Subject, id remit.MemberID) error {
	return s.onSite(ctx, who, "site.member", func(tx *gate.Tx) error {
		m, err := db.One(tx, scanSiteMemberRow, selectSiteMember, string(id))
		if errors.Is(err, db.ErrNoRows) || !remit.IsID[remit.MemberID](string(id)) {
			return gate.NotFound("site members")
		}
		if err != nil {
			return err
		}
		m.User = tx.UserName(m.user)
		if m.Team, err = teamName(tx, m.team); err != nil {
			return err
		}
		tx.About(string(id))
		tx.Note("took %s from %s on the site", m.Role, m.whom())
		return keepManagedPart(tx, gate.Site, func() error {
			_, err := tx.Exec(deleteSiteMember, string(id))
			return err
		})
	})
}

// onSite makes a change that answers nothing.
func (s *Service) onSite(ctx context.Context, who authz.Subject, operation string, apply func(*gate.Tx) error) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  operation,
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, apply(tx) },
	})
	return err
}

// SetSiteOverride changes what a role of the site means, for one permission or
// pattern with its selector; "inherit" takes the change back.
func (s *Service) SetSiteOverride(ctx context.Context, who authz.Subject, o remit.Override) error {
	if _, known := effects[o.Effect]; !known && o.Effect != "inherit" {
		return invalid("effect", "the effect of an override is allow, remove, deny or inherit, not %.80q", o.Effect)
	}
	if err := checkText("permission", o.Permission); err != nil {
		return err
	}
	return s.onSite(ctx, who, "site.override", func(tx *gate.Tx) error { return overrideOnSite(tx, o) })
}

func overrideOnSite(tx *gate.Tx, o remit.Override) error {
	if err := errorsOf(checkSiteRole(tx, o.Role, true), checkSiteOverride(tx, o)); err != nil {
		return err
	}
	tx.About(o.Role)
	tx.Note("%s %s for role %s on the site", o.Effect, o.Permission, o.Role)
	return keepManagedPart(tx, gate.Site, func() error {
		taken, err := tx.Exec(deleteSiteOverride, o.Role, o.Permission)
		if err == nil && o.Effect != "inherit" {
			_, err = tx.Exec(insertSiteOverride, o.Role, o.Permission, o.Effect)
		}
		if err == nil && o.Effect == "inherit" && taken == 0 {
			err = badName(tx.Policy().Fault(o.Permission))
		}
		return err
	})
}

func checkSiteOverride(tx *gate.Tx, o remit.Override) error {
	if o.Effect == "inherit" { // possible whatever the catalogue has lost
		return nil
	}
	if err := checkPattern(tx.Policy(), "permission", o.Permission, false); err != nil {
		return err
	}
	if o.Role == anonymousRole && o.Effect == "allow" && !publicOK(tx.Policy(), o.Permission) {
		return invalid("permission", "%s may not be given to everybody", o.Permission)
	}
	return nil
}

// AddSiteEntry allows or denies something to one person on the whole site. ID,
// By and CreatedAt are filled in.
func (s *Service) AddSiteEntry(ctx context.Context, who authz.Subject, e remit.Entry) (remit.Entry, error) {
	if e.Effect != "allow" && e.Effect != "deny" {
		return e, invalid("effect", "the effect of an entry is allow or deny, not %.80q", e.Effect)
	}
	if e.Collection != "" {
		return e, invalid("collection", "what is written on the site is not about one collection")
	}
	if err := errorsOf(checkInterval(e.From, e.Until), checkText("why", e.Why)); err != nil {
		return e, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Entry]{
		Name:  "site.entry",
		Apply: func(tx *gate.Tx) (remit.Entry, error) { return addSiteEntry(tx, e) },
	})
}

func addSiteEntry(tx *gate.Tx, e remit.Entry) (remit.Entry, error) {
	if err := errorsOf(checkEnd(tx, e.Until), checkPattern(tx.Policy(), "permission", e.Permission, false)); err != nil {
		return e, err
	}
	row := entryRow{Entry: e, by: writer(tx)}
	var err error
	if row.user, err = recipient(tx, e.User); err != nil {
		return e, err
	}
	row.ID, row.CreatedAt, row.By = remit.NewID[remit.EntryID](tx.Now()), stored(tx.Now()), tx.UserName(row.by)
	row.From, row.Until = storedPtr(e.From), storedPtr(e.Until)
	tx.About(string(row.ID))
	tx.Note("%s %s to %s on the site", e.Effect, e.Permission, e.User)
	return row.Entry, keepManagedPart(tx, gate.Site, func() error {
		_, err := tx.Exec(insertSiteEntry, string(row.ID), string(row.user), row.Permission, row.Effect,
			db.MicrosPtr(row.From), db.MicrosPtr(row.Until), row.Why, string(row.by), db.Micros(row.CreatedAt))
		return err
	})
}

// RemoveSiteEntry takes a personal entry of the site back.
func (s *Service) RemoveSiteEntry(ctx context.Context, who authz.Subject, id remit.EntryID) error {
	return s.onSite(ctx, who, "site.entry", func(tx *gate.Tx) error {
		e, err := db.One(tx, scanSiteEntryRow, selectSiteEntry, string(id))
		if errors.Is(err, db.ErrNoRows) || !remit.IsID[remit.EntryID](string(id)) {
			return gate.NotFound("site entries")
		}
		if err != nil {
			return err
		}
		tx.About(string(id))
		tx.Note("took back: %s %s to %s on the site", e.Effect, e.Permission, tx.UserName(e.user))
		return keepManagedPart(tx, gate.Site, func() error {
			_, err := tx.Exec(deleteSiteEntry, string(id))
			return err
		})
	})
}
