package authz

import (
	"sort"
	"strings"
)

// UserName returns the name of the account with this id, or "". It is for
// refusals that say who can help, and looks through all accounts.
func (p *Policy) UserName(id string) string {
	for _, u := range p.source.Users {
		if u.ID == id {
			return u.Name
		}
	}
	return ""
}

// Names lists the catalogue's permissions that begin with prefix, sorted.
func (p *Policy) Names(prefix string) []string {
	var names []string
	from := sort.Search(len(p.permissions), func(i int) bool { return p.permissions[i].Name >= prefix })
	for _, perm := range p.permissions[from:] {
		if !strings.HasPrefix(perm.Name, prefix) {
			break
		}
		names = append(names, perm.Name)
	}
	return names
}
