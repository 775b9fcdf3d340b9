package projects

import (
	"fmt"
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
	permission, known := p.Permission(pattern)
	if !known {
		return unknown(p, pattern)
	}
	if selected && !permission.Selectors {
		return fmt.Errorf("%s has no selectors; write it without @%s", pattern, selector)
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
	if !wellFormed || len(p.Names(thing+":")) == 0 {
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
	if permission, exact := p.Permission(name); exact && inProject && permission.Level == authz.OnSite {
		return invalid(field, "%s is a permission of the site; it cannot be given in a project", name)
	}
	return nil
}
