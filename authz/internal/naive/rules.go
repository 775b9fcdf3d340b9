package naive

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// reserved is R4.
func (q question) reserved() bool {
	return q.p.Reserved && !slices.Contains(q.Opened, q.p.Name) || slices.Contains(q.Reserved, q.p.Name)
}

// outsideCaps is R5. A scope reaches what its permissions require.
func (q question) outsideCaps() bool {
	if q.s.Caps == nil {
		return false
	}
	if q.s.Caps.Projects != nil && (q.p.Level == authz.OnSite || !slices.Contains(q.s.Caps.Projects, q.r.Project)) {
		return true
	}
	return !slices.ContainsFunc(q.s.Caps.Scopes, func(scope string) bool {
		return slices.ContainsFunc(q.Catalog.Permissions, func(p authz.Permission) bool {
			reaches := p.Name == q.p.Name || slices.Contains(q.Requirements(p.Name), q.p.Name)
			return reaches && !p.Never && matches(scope, p.Name)
		})
	})
}

// nodeMay is R6.
func (q question) nodeMay() bool {
	return slices.ContainsFunc(q.Catalog.Node, func(n authz.NodeRight) bool {
		serves := q.s.Site || slices.Contains(q.s.Projects, q.r.Project)
		return n.Permission == q.p.Name && (n.Needs == 0 || n.Needs&q.r.Facts != 0) && (!n.Serves || serves)
	})
}

// systemMay: a loop of the program holds its patterns, in every project.
func (q question) systemMay() (bool, authz.Rule) {
	for _, pattern := range q.Catalog.System[q.s.ID] {
		everything := strings.HasPrefix(pattern, "*")
		if q.speaks(pattern) && (!everything || q.p.Level == authz.InProject) {
			return true, 13
		}
	}
	return false, 14
}

// onPublicFloor is R7. Private things are never on it.
func (q question) onPublicFloor() bool {
	if !q.p.PublicOK || q.r.Visibility == authz.Private {
		return false
	}
	p, _ := q.project()
	publicThing := q.r.Visibility == authz.Public && q.looksAtVisibility()
	return publicThing || slices.Contains(p.Public, q.p.Name) || q.strangersMay() == authz.Allow
}

func (q question) looksAtVisibility() bool {
	return slices.ContainsFunc(append(q.Requirements(q.p.Name), q.p.Name), func(name string) bool {
		p, _ := q.permission(name)
		return p.Private != ""
	})
}

// viewOfPublicProject is R10's converse: as part of the floor it comes before
// every deny, for a signed-in person never sees less than a stranger.
func (q question) viewOfPublicProject() bool {
	p, _ := q.project()
	return q.p.Name == authz.ProjectView && (p.HasPublic || len(p.Public) > 0)
}

// banned is R10: `project:view` denied by name.
func (q question) banned(p authz.Project) bool {
	return slices.ContainsFunc(p.Entries, func(e authz.Entry) bool {
		return q.hasEntry(e) && e.Effect == authz.Deny && e.Pattern == authz.ProjectView
	}) || slices.ContainsFunc(p.Overrides, func(o authz.Override) bool {
		holds := func(m authz.Member) bool { return m.Role == o.Role && q.holds(m) }
		return o.Effect == authz.Deny && o.Pattern == authz.ProjectView && slices.ContainsFunc(p.Members, holds)
	})
}

// belongs is R10's converse: any role or allow here, in any collection.
func (q question) belongs(p authz.Project) bool {
	return slices.ContainsFunc(p.Members, q.mine) || slices.ContainsFunc(p.Entries, func(e authz.Entry) bool {
		return q.myEntry(e) && e.Effect == authz.Allow
	})
}

func (q question) user() (authz.User, bool) {
	return find(q.Users, func(u authz.User) bool { return u.ID == q.s.ID && q.s.Kind == authz.Person })
}

func (q question) project() (authz.Project, bool) {
	return find(q.Projects, func(p authz.Project) bool { return p.ID == q.r.Project })
}

func (w World) permission(name string) (authz.Permission, bool) {
	return find(w.Catalog.Permissions, func(p authz.Permission) bool { return p.Name == name })
}

func find[T any](list []T, is func(T) bool) (found T, ok bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	return found, false
}
