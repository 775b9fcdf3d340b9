package projects

import (
	"context"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// SiteAccess shows what is held on the whole site, and what is reserved there,
// to those with site:view.
func (s *Service) SiteAccess(ctx context.Context, who authz.Subject) (remit.SiteAccess, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.SiteAccess]{Name: "site.read", Read: siteAccess})
}

func siteAccess(r *gate.Reader) (a remit.SiteAccess, err error) {
	a.Permissions = listed(r.Actions(authz.Resource{}, "site.member", "site.reserve"))
	if a.Members, err = siteMembers(r); err != nil {
		return a, err
	}
	if a.Overrides, err = db.Rows(r, scanOverride, selectSiteOverrides); err != nil {
		return a, err
	}
	slices.SortFunc(a.Overrides, func(x, y remit.Override) int {
		return strings.Compare(x.Role+" "+x.Permission, y.Role+" "+y.Permission)
	})
	entries, err := db.Rows(r, scanSiteEntryRow, selectSiteEntries)
	if err != nil {
		return a, err
	}
	if a.Entries, err = named(r, entries); err != nil {
		return a, err
	}
	a.Reservations, err = reserved(r)
	return a, err
}

func siteMembers(r *gate.Reader) ([]remit.SiteMember, error) {
	rows, err := db.Rows(r, scanSiteMemberRow, selectSiteMembers)
	if err != nil {
		return nil, err
	}
	teams, err := teamsByID(r)
	if err != nil {
		return nil, err
	}
	gone, err := identity.DeletedAmong(r, usersOf(rows, func(m siteMemberRow) remit.UserID { return m.user }))
	members := make([]remit.SiteMember, len(rows))
	for i, m := range rows {
		members[i] = m.SiteMember
		members[i].User, members[i].Team, members[i].By = r.UserName(m.user), teams[string(m.team)], r.UserName(m.by)
		members[i].Deleted = gone[m.user]
	}
	return members, err
}

// reserved are the permissions that the program reserves, or that the site
// says something else of, by name.
func reserved(r *gate.Reader) ([]remit.Reservation, error) {
	rows, err := db.Rows(r, scanReservation, selectReservations)
	said := map[string]bool{}
	for _, row := range rows {
		said[row.permission] = row.reserved
	}
	found := []remit.Reservation{}
	for _, name := range r.Policy().Names("") {
		p, _ := r.Policy().Permission(name)
		state, isSaid := said[name]
		if p.Reserved || isSaid {
			found = append(found, remit.Reservation{Permission: name, State: stateOf(state, isSaid), Reserved: isSaid && state || !isSaid && p.Reserved})
		}
	}
	return found, err
}

func stateOf(reserved, said bool) string {
	switch {
	case !said:
		return "default"
	case reserved:
		return "reserved"
	}
	return "opened"
}

// Reserve makes a permission one of superusers alone ("reserved"), opens one
// that the program reserves ("opened"), or leaves it to the program
// ("default"). Unknown names and states are remit.Invalid; opening gives, so
// the asker holds what is opened (R24).
func (s *Service) Reserve(ctx context.Context, who authz.Subject, permission, state string) (remit.Reservation, error) {
	if state != "reserved" && state != "opened" && state != "default" {
		return remit.Reservation{}, invalid("state", "a permission is reserved, opened or default, not %.80q", state)
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Reservation]{
		Name:  "site.reserve",
		Apply: func(tx *gate.Tx) (remit.Reservation, error) { return reserve(tx, permission, state) },
	})
}

func reserve(tx *gate.Tx, permission, state string) (remit.Reservation, error) {
	p, known := tx.Policy().Permission(permission)
	if !known || p.Name != permission {
		return remit.Reservation{}, notExact(tx.Policy(), permission)
	}
	if p.Never {
		return remit.Reservation{}, invalid("permission", "%s is for nobody, ever", permission)
	}
	after := remit.Reservation{Permission: permission, State: state, Reserved: state == "reserved" || state == "default" && p.Reserved}
	tx.About(permission)
	tx.Note("%s: %s", permission, state)
	return after, keepManagedPart(tx, gate.Site, func() error { return storeReservation(tx, permission, state) })
}

// notExact says why a text cannot be reserved.
func notExact(p *authz.Policy, text string) error {
	if meant := p.Meant(text); len(meant) > 0 {
		return invalid("permission", "%q is an old name", text).WithHint("Reserve %s, by its name.", meant[0].Name)
	}
	if err := p.Fault(text); err != nil {
		return invalid("permission", "%w", err)
	}
	return invalid("permission", "%q is not the name of one permission", text).WithHint("Name it in full, without a star and without a selector.")
}

func storeReservation(tx *gate.Tx, permission, state string) error {
	_, err := tx.Exec(deleteReservation, permission)
	if err == nil && state != "default" {
		_, err = tx.Exec(insertReservation, permission, state == "reserved")
	}
	return err
}
