package projects

import (
	"slices"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// teams reads who is in which team, both in the order of their ids.
func (l *loading) teams() error {
	rows, err := db.Rows(l.reader, scanPair, policyTeams)
	l.source.Teams = nil // others may hold the old ones
	for _, row := range rows {
		if n := len(l.source.Teams); n == 0 || l.source.Teams[n-1].ID != row.key {
			l.source.Teams = append(l.source.Teams, authz.Team{ID: row.key})
		}
		if last := &l.source.Teams[len(l.source.Teams)-1]; row.value != "" {
			last.Users = append(last.Users, row.value)
		}
	}
	return err
}

// site reads what is held on the whole site, and what is reserved there.
func (l *loading) site() error {
	for _, step := range []func() error{l.siteMembers, l.siteOverrides, l.siteEntries, l.reservations} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (l *loading) siteMembers() (err error) {
	l.source.SiteMembers, err = db.Rows(l.reader, scanSiteMember, policySiteMembers)
	return err
}

func (l *loading) siteOverrides() error {
	all, err := db.Rows(l.reader, scanSiteOverride, policySiteOverrides)
	l.source.SiteOverrides = slices.DeleteFunc(all, func(o authz.Override) bool {
		return !l.keep("site: override of role "+o.Role, o.Pattern) || o.Role == anonymousRole && o.Effect == authz.Allow && !l.keepPublic(o.Pattern)
	})
	return err
}

func (l *loading) siteEntries() error {
	all, err := db.Rows(l.reader, scanSiteEntry, policySiteEntries)
	l.source.SiteEntries = slices.DeleteFunc(all, func(e authz.Entry) bool { return !l.keep("site: an entry", e.Pattern) })
	return err
}

func (l *loading) reservations() error {
	all, err := db.Rows(l.reader, scanReservation, policyReservations)
	l.source.Reserved, l.source.Opened = nil, nil
	for _, r := range all {
		switch {
		case !l.keep("site: a reservation", r.permission):
		case r.reserved:
			l.source.Reserved = append(l.source.Reserved, r.permission)
		default:
			l.source.Opened = append(l.source.Opened, r.permission)
		}
	}
	return err
}
