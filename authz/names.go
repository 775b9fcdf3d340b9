package authz

import (
	"slices"
	"strings"
)

// UserName returns the name of the account with this id, disabled ones
// included, or "".
func (p *Policy) UserName(id string) string {
	if user, known := p.users[id]; known {
		return p.source.Users[p.accounts[user].place].Name
	}
	return ""
}

// Holds says whether an account holds anything in a project, now or at another
// time: a role, by a team too, or an entry.
func (p *Policy) Holds(id, project string) bool {
	user, known := p.users[id]
	home := p.projectOf(project)
	if !known || home == nil {
		return false
	}
	_, holds := home.find(user)
	return holds
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
