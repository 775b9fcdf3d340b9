package authz

import (
	"slices"
	"strings"
)

// UserName returns the name of the account with this id, or "".
func (p *Policy) UserName(id string) string {
	if user, known := p.users[id]; known {
		return p.source.Users[p.accounts[user].place].Name
	}
	return ""
}

// Names lists the catalogue's permissions that begin with prefix, sorted.
func (p *Policy) Names(prefix string) []string {
	var names []string
	from, _ := slices.BinarySearchFunc(p.permissions, prefix, func(perm permission, prefix string) int {
		return strings.Compare(perm.Name, prefix)
	})
	for _, perm := range p.permissions[from:] {
		if !strings.HasPrefix(perm.Name, prefix) {
			break
		}
		names = append(names, perm.Name)
	}
	return names
}
