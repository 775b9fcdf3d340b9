package projects

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// idle warns of a deny of what everybody may do in the project anyway: it
// cannot bite (R7).
func idle(p *authz.Policy, project remit.ProjectID, effect, pattern string) []string {
	if effect != "deny" {
		return nil
	}
	open := everybodys(p, project, pattern)
	if len(open) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("The deny cannot bite for %s: everybody may do that here, signed in or not.", strings.Join(open, ", "))}
}

// unbitten warns of a deny for a superuser, who may do everything (R8).
func unbitten(tx *gate.Tx, e entryRow) []string {
	super := slices.ContainsFunc(tx.Source().Users, func(u authz.User) bool { return u.ID == string(e.user) && u.Superuser })
	if e.Effect != "deny" || !super {
		return nil
	}
	return []string{fmt.Sprintf("The deny cannot bite: %s is a superuser, and may do everything.", e.User)}
}

// everybodys are the names among those that a pattern speaks of which are open
// to everybody in the project. A ban (R10) speaks of all.
func everybodys(p *authz.Policy, project remit.ProjectID, pattern string) (open []string) {
	for _, name := range p.Names("") {
		perm, _ := p.Permission(name)
		if perm.Level == authz.InProject && perm.PublicOK && bites(pattern, perm) &&
			p.Check(authz.Subject{}, name, authz.Resource{Project: string(project)}, 0).Allowed {
			open = append(open, name)
		}
	}
	return open
}

// bites says whether a deny of the pattern is meant to keep a permission away.
func bites(pattern string, p authz.Permission) bool {
	return pattern == authz.ProjectView || speaks(pattern, p, true) || speaks(pattern, p, false)
}

// silenced warns, when a permission is opened to everybody, of the denies that
// cannot bite any more; those hear of them who may see who has which rights.
func silenced(r *gate.Reader, project Row, p authz.Permission) (warnings []string) {
	at, known := find(r.Source().Projects, string(project.ID))
	if !known || !r.Can("access.read", project.Resource()).Allowed {
		return nil
	}
	say := func(effect authz.Effect, pattern, whom string) {
		if effect == authz.Deny && bites(pattern, p) {
			warnings = append(warnings, fmt.Sprintf("The deny of %s for %s cannot keep %s away from them any more.", pattern, whom, p.Name))
		}
	}
	for _, o := range r.Source().Projects[at].Overrides {
		say(o.Effect, o.Pattern, "role "+o.Role)
	}
	for _, e := range r.Source().Projects[at].Entries {
		say(e.Effect, e.Pattern, r.UserName(remit.UserID(e.User)))
	}
	slices.Sort(warnings)
	return warnings
}
