package projects

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// cell is a permission on own or on others' things of a place.
type cell struct {
	permission string
	own        bool
	project    string // "*" = on the site, and so in any project where nothing more is said
	collection string // "" = none
	visibility authz.Visibility
}

// everywhere is the site, as a place of things.
const everywhere = "*"

// on is a thing of the cell, for the one with this id.
func (c cell) on(who string) authz.Resource {
	on := authz.Resource{Project: c.project, Collection: c.collection, Visibility: c.visibility}
	if c.own {
		on.Owner = who
	}
	return on
}

// in is the cell of another place.
func (c cell) in(project, collection string) cell {
	c.project, c.collection = project, collection
	return c
}

func allows(p *authz.Policy, user string, c cell, at int64) bool {
	return p.Check(authz.Subject{Kind: authz.Person, ID: user}, c.permission, c.on(user), at).Allowed
}

// cellsOf are what a difference is about.
func cellsOf(d authz.Difference) []cell {
	name, selector, _ := strings.Cut(d.Permission, "@")
	theirs := cell{name, false, placeOf(d), d.Collection, d.Visibility}
	own := theirs
	own.own = true
	switch selector {
	case "own":
		return []cell{own}
	case "others":
		return []cell{theirs}
	}
	return []cell{own, theirs}
}

func placeOf(d authz.Difference) string {
	if d.Project == "" {
		return everywhere
	}
	return d.Project
}

// halves are all that a name can be held of in a place: own things, others',
// and last others' private ones.
func halves(c cell) []cell {
	own, private := c, c
	own.own, private.visibility = true, authz.Private
	return []cell{own, c, private}
}

// owned is the cell of one's own things, or of others'.
func (c cell) owned(own bool) cell {
	c.own = own
	return c
}

// permissionOf finds one by its name; what is unknown is only a name.
func permissionOf(c authz.Catalog, name string) authz.Permission {
	i := slices.IndexFunc(c.Permissions, func(p authz.Permission) bool { return p.Name == name })
	if i < 0 {
		return authz.Permission{Name: name}
	}
	return c.Permissions[i]
}
