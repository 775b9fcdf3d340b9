package projects

import (
	"slices"
	"strings"

	"github.com/remit-server/remit/authz"
)

// gift is what a change gives by name: an allow, the lifting of a deny, or
// roles, in the project of the change. Nobody needs to be touched by it today.
type gift struct {
	authz.Interval
	collection string
	pattern    string   // or
	roles      []string // for all that they mean in the project
}

// namesNoMore refuses what names more than the editor holds, at some moment at
// which it would count (R24). Patterns are read with today's catalogue.
func (e *edit) namesNoMore(gifts []gift) error {
	for _, g := range gifts {
		if err := e.mayGive(string(e.project), g); err != nil {
			return err
		}
	}
	for _, id := range edited(e.after, e.project) {
		if err := e.mayRaise(id, e.after.source.Roles, e.before.source.Roles); err != nil {
			return err
		}
	}
	if e.project != "" {
		return nil
	}
	if err := e.mayRaise("", e.after.source.Roles, e.before.source.Roles); err != nil {
		return err
	}
	return e.mayRaise("", e.after.source.SiteRoles, e.before.source.SiteRoles)
}

func (e *edit) mayGive(project string, g gift) error {
	return e.mayName(project, g, func(p authz.Permission, own bool) bool {
		return p.Level == authz.InProject && (g.pattern != "" && speaks(g.pattern, p, own) ||
			slices.ContainsFunc(g.roles, func(role string) bool {
				return e.before.means(project, role, e.before.source.Roles, p, own) == authz.Allow
			}))
	})
}

// mayRaise is about what roles mean: in a project, or for "" as templates,
// which are for every project that there will be.
func (e *edit) mayRaise(project string, now, then []authz.Role) error {
	overrides := slices.Equal(sortedOverrides(e.before.projects[project]), sortedOverrides(e.after.projects[project]))
	for _, role := range now {
		if overrides && slices.Equal(role.Allow, template(then, role.Name)) {
			continue
		}
		err := e.mayName(project, gift{}, func(p authz.Permission, own bool) bool {
			before, after := e.before.means(project, role.Name, then, p, own), e.after.means(project, role.Name, now, p, own)
			return after != before && (before == authz.Deny || after == authz.Allow)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mayName asks for each cell that is named, at each moment of the gift.
func (e *edit) mayName(project string, g gift, named func(authz.Permission, bool) bool) error {
	times := e.during(g.Interval, project)
	for _, name := range e.editor.Names("") {
		p, _ := e.editor.Permission(name)
		for _, c := range places(cell{permission: name, project: project, collection: g.collection}) {
			if p.Never || !named(p, c.own) {
				continue
			}
			for _, at := range times {
				if !e.holds(c, at) {
					return e.givesMore("Whoever this is for", c, at)
				}
			}
		}
	}
	return nil
}

// places are what a name in c speaks of. One that names a collection opens
// others' private things there as well.
func places(c cell) []cell {
	own, private := c, c
	own.own, private.visibility = true, authz.Private
	if c.collection == "" {
		return []cell{own, c}
	}
	return []cell{own, c, private}
}

// during are the moments to ask at: those of e.moments in the interval.
func (e *edit) during(i authz.Interval, project string) []int64 {
	times := append(e.moments(e.before.projects[project]), max(i.From, e.tx.Now().UnixMicro()))
	return slices.DeleteFunc(sortedMoments(times), func(at int64) bool { return at < i.From || i.Until != 0 && at >= i.Until })
}

// means is what a role does to a cell in a project: its overrides before its
// template; authz.Remove for nothing.
func (m *managers) means(project, role string, templates []authz.Role, p authz.Permission, own bool) authz.Effect {
	said := map[authz.Effect]bool{}
	for _, o := range m.projects[project].Overrides {
		if o.Role == role && speaks(o.Pattern, p, own) {
			said[o.Effect] = true
		}
	}
	for _, effect := range []authz.Effect{authz.Deny, authz.Allow, authz.Remove} {
		if said[effect] {
			return effect
		}
	}
	if slices.ContainsFunc(template(templates, role), func(pattern string) bool { return speaks(pattern, p, own) }) {
		return authz.Allow
	}
	return authz.Remove
}

func template(roles []authz.Role, name string) []string {
	for _, role := range roles {
		if role.Name == name {
			return role.Allow
		}
	}
	return nil
}

// speaks says whether a pattern, with the selector it may end in, is about a cell.
func speaks(written string, p authz.Permission, own bool) bool {
	pattern, selector, selected := strings.Cut(written, "@")
	if selected && (!p.Selectors || own != (selector == "own")) {
		return false
	}
	return authz.Match(pattern, p.Name) || slices.ContainsFunc(p.Aliases, func(old string) bool { return authz.Match(pattern, old) })
}

func sortedOverrides(p authz.Project) []authz.Override {
	return slices.SortedFunc(slices.Values(p.Overrides), func(a, b authz.Override) int {
		return strings.Compare(a.Role+" "+a.Pattern, b.Role+" "+b.Pattern)
	})
}
