package projects

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// checkPattern refuses a pattern that means nothing. Exact names of the site
// are refused in a project, where they would do nothing.
func checkPattern(p *authz.Policy, field, written string, inProject bool) error {
	if err := p.Fault(written); err != nil {
		return invalid(field, "%w", err)
	}
	name, _, _ := strings.Cut(written, "@")
	named := p.Meant(name)
	if inProject && len(named) > 0 && !slices.ContainsFunc(named, func(q authz.Permission) bool { return q.Level == authz.InProject }) {
		return invalid(field, "%s is a permission of the site; it cannot be given in a project", name)
	}
	return nil
}
