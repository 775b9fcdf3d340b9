package authz

import (
	"slices"
	"strings"
)

// outside is R5.
func (rd *reading) outside(perm Permission) bool {
	caps := rd.asker.Caps
	return caps != nil && (rd.afar(perm) || !rd.covered(perm))
}

// afar says whether the key is limited to other projects than the thing's.
func (rd *reading) afar(perm Permission) bool {
	limits := rd.asker.Caps.Projects
	return limits != nil && (perm.Level == OnSite || !slices.Contains(limits, rd.thing.Project))
}

// covered says whether a scope of the key speaks of the permission, or of one
// that requires it.
func (rd *reading) covered(perm Permission) bool {
	for _, dependent := range rd.source.Catalog.Permissions {
		speaks := func(scope string) bool { return dependent.touches(scope) && reaches(scope, rd.own) }
		if slices.ContainsFunc(rd.asker.Caps.Scopes, speaks) && slices.Contains(withRequired(rd.source, dependent.Name), perm.Name) {
			return true
		}
	}
	return false
}

// lacking says what a key would need.
func (rd *reading) lacking(perm Permission) string {
	switch {
	case rd.afar(perm) && perm.Level == OnSite:
		return "the key is for some projects, and this is of the site"
	case rd.afar(perm):
		return "the key is for other projects"
	case len(rd.asker.Caps.Scopes) == 0:
		return "the key has no scope, and " + perm.Name + " is needed"
	}
	return "the key has " + strings.Join(rd.asker.Caps.Scopes, ", ") + ", and " + perm.Name + " is needed"
}
