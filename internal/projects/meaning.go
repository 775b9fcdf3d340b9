package projects

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// meaning is what roles do in a place: its overrides before the templates.
type meaning struct {
	overrides []authz.Override
	roles     []authz.Role
}

// of is what a role does to a permission on own or others' things;
// authz.Remove for nothing.
func (m meaning) of(role string, p authz.Permission, own bool) authz.Effect {
	said := map[authz.Effect]bool{}
	for _, o := range m.overrides {
		if o.Role == role && speaks(o.Pattern, p, own) {
			said[o.Effect] = true
		}
	}
	for _, effect := range []authz.Effect{authz.Deny, authz.Allow, authz.Remove} {
		if said[effect] {
			return effect
		}
	}
	for _, r := range m.roles {
		if r.Name == role && slices.ContainsFunc(r.Allow, func(pattern string) bool { return speaks(pattern, p, own) }) {
			return authz.Allow
		}
	}
	return authz.Remove
}

// bans says whether who holds a role is banned by it (R10).
func (m meaning) bans(role string, c authz.Catalog) bool {
	return slices.ContainsFunc(m.overrides, func(o authz.Override) bool {
		return o.Role == role && o.Effect == authz.Deny && bans(o.Pattern, c)
	})
}

// bans says whether to deny a pattern is to ban (R10): it names project:view itself,
// new or old. To be banned for own things is enough here.
func bans(pattern string, c authz.Catalog) bool {
	i := slices.IndexFunc(c.Permissions, func(p authz.Permission) bool { return p.Name == authz.ProjectView })
	name, _, _ := strings.Cut(pattern, "@")
	return i >= 0 && !strings.HasSuffix(name, "*") && speaks(name, c.Permissions[i], false)
}

// speaks says whether a pattern, with the selector it may end in, is about a cell.
func speaks(written string, p authz.Permission, own bool) bool {
	pattern, selector, selected := strings.Cut(written, "@")
	if selected && (!p.Selectors || own != (selector == "own")) {
		return false
	}
	return authz.Match(pattern, p.Name) || slices.ContainsFunc(p.Aliases, func(old string) bool { return authz.Match(pattern, old) })
}

// raise is a place in which roles may mean more than they did: a project, or
// everywhere for templates and for roles of the site.
type raise struct {
	project   string
	level     authz.Level // up to which permissions count
	then, now meaning
}

// raises are the places where what roles mean has changed. A template is for
// every project that there will be.
func (d *deal) raises() (all []raise) {
	add := func(r raise) {
		if !slices.EqualFunc(r.then.roles, r.now.roles, sameRole) || !slices.Equal(sortedOverrides(r.then), sortedOverrides(r.now)) {
			all = append(all, r)
		}
	}
	add(raise{everywhere, authz.OnSite, meaning{d.before.SiteOverrides, d.before.SiteRoles}, meaning{d.after.SiteOverrides, d.after.SiteRoles}})
	add(raise{everywhere, authz.InProject, meaning{nil, d.before.Roles}, meaning{nil, d.after.Roles}})
	then := byProject(d.before)
	for _, p := range d.after.Projects {
		now := meaning{p.Overrides, d.after.Roles}
		if len(added(then[p.ID].Overrides, p.Overrides, unnotedOverride)) > 0 || len(added(p.Overrides, then[p.ID].Overrides, unnotedOverride)) > 0 {
			add(raise{p.ID, authz.InProject, meaning{then[p.ID].Overrides, d.before.Roles}, now})
		}
	}
	return all
}

// names says of which cells one of the roles allows what it did not, or stops
// denying it. A role that bans nobody any more allows all of it anew.
func (r raise) names(roles []string, c authz.Catalog) func(p authz.Permission, own bool) bool {
	freed := map[string]bool{}
	for _, role := range roles {
		freed[role] = r.then.bans(role, c) && !r.now.bans(role, c)
	}
	return func(p authz.Permission, own bool) bool {
		return p.Level <= r.level && slices.ContainsFunc(roles, func(role string) bool {
			then, now := r.then.of(role, p, own), r.now.of(role, p, own)
			return now != then && (then == authz.Deny || now == authz.Allow) || freed[role] && now == authz.Allow
		})
	}
}

// touched are the roles that may mean something else.
func (r raise) touched() (names []string) {
	for _, m := range []meaning{r.then, r.now} {
		for _, o := range m.overrides {
			names = append(names, o.Role)
		}
		for _, role := range m.roles {
			names = append(names, role.Name)
		}
	}
	return sortedSet(names)
}

func sameRole(a, b authz.Role) bool { return a.Name == b.Name && slices.Equal(a.Allow, b.Allow) }

func sortedOverrides(m meaning) []authz.Override {
	all := make([]authz.Override, len(m.overrides))
	for i, o := range m.overrides {
		all[i] = unnotedOverride(o)
	}
	slices.SortFunc(all, func(a, b authz.Override) int { return strings.Compare(a.Role+" "+a.Pattern, b.Role+" "+b.Pattern) })
	return all
}

func unnotedOverride(o authz.Override) authz.Override {
	o.Note = nil
	return o
}
