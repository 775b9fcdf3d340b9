package authz_test

import (
	"fmt"
	"strings"

	"github.com/remit-server/remit/authz"
)

// String shows an inquiry with its caps, which %+v would show as a pointer.
func (q inquiry) String() string {
	caps := "uncapped"
	if c := q.Subject.Caps; c != nil {
		caps = fmt.Sprintf("caps %q in %q (all: %v)", c.Scopes, c.Projects, c.Projects == nil)
	}
	q.Subject.Caps = nil
	return fmt.Sprintf("%q %q at %d\n  by %+v, %s\n  on %+v", q.Permission, q.Operation, q.Now, q.Subject, caps, q.Resource)
}

// brief shows of a policy what differs from a plain one, a line for each part.
func brief(src authz.Source) string {
	var b strings.Builder
	for _, p := range src.Catalog.Permissions {
		p.Title = p.Name
		if plain := (authz.Permission{Name: p.Name, Title: p.Name, Level: p.Level}); fmt.Sprint(p) != fmt.Sprint(plain) {
			fmt.Fprintf(&b, "\n  permission %+v", p)
		}
	}
	for _, op := range src.Catalog.Operations {
		fmt.Fprintf(&b, "\n  operation %s %q primary %q read %q guards %q", op.Name, op.Groups, op.Primary, op.Read, op.Guards)
	}
	fmt.Fprintf(&b, "\n  nodes %+v\n  system %q\n  reserved %q opened %q", src.Catalog.Node, src.Catalog.System, src.Reserved, src.Opened)
	fmt.Fprintf(&b, "\n  users %+v\n  teams %+v\n  roles %q\n  site roles %q", src.Users, src.Teams, src.Roles, src.SiteRoles)
	fmt.Fprintf(&b, "\n  site overrides %+v\n  site members %+v\n  site entries %+v", src.SiteOverrides, src.SiteMembers, src.SiteEntries)
	for _, p := range src.Projects {
		fmt.Fprintf(&b, "\n  project %s public %q (something: %v)\n    overrides %+v\n    members %+v\n    entries %+v",
			p.ID, p.Public, p.HasPublic, p.Overrides, p.Members, p.Entries)
	}
	return b.String()
}
