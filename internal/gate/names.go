package gate

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// Meant are the permissions that an exact name stands for: the one of that
// name, or all that it is an old name of; none when the catalogue has neither.
func Meant(p *authz.Policy, name string) []authz.Permission {
	first, known := p.Permission(name)
	if !known {
		return nil
	}
	if first.Name == name {
		return []authz.Permission{first}
	}
	return catalogued(p, func(q authz.Permission) bool { return slices.Contains(q.Aliases, name) })
}

// HasThing says whether the catalogue has a permission of the thing, by its
// name or by an old one: then patterns like thing:* can be meant.
func HasThing(p *authz.Policy, thing string) bool {
	of := func(name string) bool { return strings.HasPrefix(name, thing+":") }
	return len(catalogued(p, func(q authz.Permission) bool { return of(q.Name) || slices.ContainsFunc(q.Aliases, of) })) > 0
}

func catalogued(p *authz.Policy, is func(authz.Permission) bool) (found []authz.Permission) {
	for _, name := range p.Names("") {
		if q, _ := p.Permission(name); is(q) {
			found = append(found, q)
		}
	}
	return found
}
