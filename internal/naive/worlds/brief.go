package worlds

import (
	"fmt"
	"strings"

	"github.com/remit-server/remit/authz"
)

// Brief shows of a policy what differs from a plain one, a line for each part.
func Brief(src authz.Source) string {
	var b strings.Builder
	for _, p := range src.Catalog.Permissions {
		p.Title = p.Name
		if plain := (authz.Permission{Name: p.Name, Title: p.Name, Level: p.Level}); fmt.Sprint(p) != fmt.Sprint(plain) {
			fmt.Fprintf(&b, "\n  permission %+v", p)
		}
	}
	for _, op := range src.Catalog.Operations {
		fmt.Fprintf(&b, "\n  operation %s %q primary %q read %q to %q guards %q", op.Name, op.Groups, op.Primary, op.Read, op.To, op.Guards)
	}
	c := src.Catalog
	fmt.Fprintf(&b, "\n  nodes %+v\n  system %q\n  token %q\n  reserved %q opened %q", c.Node, c.System, c.Token, src.Reserved, src.Opened)
	fmt.Fprintf(&b, "\n  users %+v\n  teams %+v\n  roles %q\n  site roles %q", src.Users, src.Teams, src.Roles, src.SiteRoles)
	fmt.Fprintf(&b, "\n  site overrides %+v\n  site members %+v\n  site entries %+v", src.SiteOverrides, src.SiteMembers, src.SiteEntries)
	for _, p := range src.Projects {
		fmt.Fprintf(&b, "\n  project %s public %q (something: %v)\n    overrides %+v\n    members %+v\n    entries %+v",
			p.ID, p.Public, p.HasPublic, p.Overrides, p.Members, p.Entries)
	}
	return b.String()
}
