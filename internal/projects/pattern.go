package projects

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
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
	named := gate.Meant(p, pattern)
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

// wideFault asks only that the thing exists: a pattern is also for what comes
// later.
func wideFault(p *authz.Policy, pattern string) error {
	if pattern == "*" {
		return nil
	}
	thing, _, _ := strings.Cut(pattern, ":")
	wellFormed := authz.Match(pattern, strings.TrimSuffix(pattern, "*")+"x")
	if !wellFormed || !gate.HasThing(p, thing) {
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
	named := gate.Meant(p, name)
	if inProject && len(named) > 0 && !slices.ContainsFunc(named, func(q authz.Permission) bool { return q.Level == authz.InProject }) {
		return invalid(field, "%s is a permission of the site; it cannot be given in a project", name)
	}
	return nil
}
