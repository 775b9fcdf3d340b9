package projects

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// fault says why a pattern, with the selector it may end in, cannot be meant:
// the catalogue has nothing that it could speak of. nil when it can.
func fault(p *authz.Policy, written string) error {
	pattern, selector, selected := strings.Cut(written, "@")
	if selected && selector != "own" && selector != "others" {
		return fmt.Errorf("%q ends in a selector that is neither @own nor @others", written)
	}
	if strings.HasSuffix(pattern, "*") {
		return wideFault(p, pattern)
	}
	named := meant(p, pattern)
	if len(named) == 0 {
		return unknown(p, pattern)
	}
	for _, permission := range named {
		if selected && !permission.Selectors {
			return fmt.Errorf("%s has no selectors; write it without @%s", permission.Name, selector)
		}
	}
	return nil
}

// meant are the permissions that an exact name stands for: one of that name,
// or all that it is an old name of.
func meant(p *authz.Policy, name string) []authz.Permission {
	first, known := p.Permission(name)
	if !known {
		return nil
	}
	if first.Name == name {
		return []authz.Permission{first}
	}
	return catalogued(p, func(q authz.Permission) bool { return slices.Contains(q.Aliases, name) })
}

func catalogued(p *authz.Policy, is func(authz.Permission) bool) (found []authz.Permission) {
	for _, name := range p.Names("") {
		if q, _ := p.Permission(name); is(q) {
			found = append(found, q)
		}
	}
	return found
}

// wideFault asks only that the thing exists: a pattern is also for what comes
// later.
func wideFault(p *authz.Policy, pattern string) error {
	if pattern == "*" {
		return nil
	}
	thing, _, _ := strings.Cut(pattern, ":")
	wellFormed := authz.Match(pattern, strings.TrimSuffix(pattern, "*")+"x")
	of := func(name string) bool { return strings.HasPrefix(name, thing+":") }
	known := catalogued(p, func(q authz.Permission) bool { return of(q.Name) || slices.ContainsFunc(q.Aliases, of) })
	if !wellFormed || len(known) == 0 {
		return fmt.Errorf("the pattern %q is of no thing that has permissions", pattern)
	}
	return nil
}

func unknown(p *authz.Policy, name string) error {
	if near := p.Suggest(name); near != "" {
		return fmt.Errorf("unknown permission %q, did you mean %q?", name, near)
	}
	return fmt.Errorf("unknown permission %q", name)
}

// checkPattern is fault as an answer to a request. Exact names of the site are
// refused in a project, where they would do nothing.
func checkPattern(p *authz.Policy, field, written string, inProject bool) error {
	if err := fault(p, written); err != nil {
		return invalid(field, "%w", err)
	}
	name, _, _ := strings.Cut(written, "@")
	named := meant(p, name)
	if inProject && len(named) > 0 && !slices.ContainsFunc(named, func(q authz.Permission) bool { return q.Level == authz.InProject }) {
		return invalid(field, "%s is a permission of the site; it cannot be given in a project", name)
	}
	return nil
}
