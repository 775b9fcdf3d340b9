package policyfile

import (
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// World is what the words of files are read against. A nil map is of what is
// not known here: any name will do there.
type World struct {
	Catalog  authz.Catalog     // without the additions of the files
	Roles    map[string]bool   // by name: whether it is held on the site
	Users    map[string]string // ids by names, as the following two
	Teams    map[string]string
	Projects map[string]string
	After    *authz.Policy   // with the files applied, of a server
	Held     map[string]bool // roles that somebody holds elsewhere
	// The asker may not list all of them: none is suggested.
	HushUsers, HushTeams bool
}

// BuiltIn is the world of no server: what the program itself brings.
func BuiltIn() World {
	return World{Catalog: authz.Catalog{Permissions: remit.Permissions(), Operations: remit.Operations(), Node: remit.NodeRights(), System: remit.SystemRoles()}}
}

// grown is the catalogue with what files add to it: permissions, and what roles
// bring along.
func (w World) grown(d *Document) authz.Catalog {
	c := w.Catalog
	c.Permissions = slices.Clone(c.Permissions)
	add := func(p authz.Permission) {
		if !has(c.Permissions, p.Name) {
			c.Permissions = append(c.Permissions, p)
		}
	}
	for _, p := range d.Permissions {
		add(p.Entry)
	}
	for _, role := range d.Roles {
		if !role.Site && roleNames.MatchString(role.Name.Text) {
			add(remit.AssignPermission(role.Name.Text))
		}
	}
	if w.Roles == nil { // the roles of elsewhere are not known
		for _, p := range assigned(d) {
			add(remit.AssignPermission(strings.TrimPrefix(p.Text, assignPrefix)))
		}
	}
	return c
}

// assignPrefix begins the permissions to make people of a role.
const assignPrefix = "member:assign."

// assigned are the permissions to make people of a role that files name in full.
func assigned(d *Document) (all []Name) {
	d.written(func(p Name, _ bool, _ string) {
		name, _, _ := strings.Cut(p.Text, "@")
		if role, is := strings.CutPrefix(name, assignPrefix); is && roleNames.MatchString(role) {
			all = append(all, Name{name, p.At})
		}
	})
	return all
}

func has(all []authz.Permission, name string) bool {
	return slices.ContainsFunc(all, func(p authz.Permission) bool { return p.Name == name })
}

// id is what a name stands for; itself where any will do.
func id(known map[string]string, name string) string {
	if known == nil {
		return name
	}
	return known[name]
}

// roles are those of the world and of the files.
func (w World) roles(d *Document) map[string]bool {
	all := maps.Clone(w.Roles)
	if all == nil {
		all = map[string]bool{}
	}
	for _, role := range d.Roles {
		all[role.Name.Text] = role.Site
	}
	return all
}
