package authz

import "slices"

// unlocking lifts reservations and widens keys.
func (w wayfinder) unlocking(perm Permission) (list []Change) {
	if w.reserved(perm) && !w.super {
		list = append(list, Change{Kind: LiftReservation, Pattern: perm.Name})
	}
	if !w.outside(perm) {
		return list
	}
	if !w.covered(perm) {
		list = append(list, Change{Kind: WidenScopes, User: w.x.Who.ID, Pattern: perm.Name})
	}
	if w.afar(perm) {
		list = append(list, Change{Kind: WidenProjects, User: w.x.Who.ID, Project: w.at(perm)})
	}
	return list
}

// adding gives the permission: to the person, by a role, through a role that
// is held, to everybody.
func (w wayfinder) adding(perm Permission) []Change {
	var list []Change
	if w.x.Who.Kind == Person {
		for _, collection := range w.collections(perm) {
			list = append(list, w.allowing(perm, collection))
			list = append(list, w.roles(perm, collection)...)
		}
		list = append(list, w.overriding(perm)...)
	}
	return append(list, w.publishing(perm)...)
}

// at is where a permission is given: the thing's project, else the site.
func (w wayfinder) at(perm Permission) string {
	if w.project == nil || perm.Level == OnSite {
		return ""
	}
	return w.project.ID
}

// collections are where a grant may hold: in the thing's collection and in the
// whole place.
func (w wayfinder) collections(perm Permission) []string {
	if w.at(perm) == "" || w.thing.Collection == "" {
		return []string{""}
	}
	return []string{w.thing.Collection, ""}
}

func (w wayfinder) allowing(perm Permission, collection string) Change {
	return Change{
		Kind: WriteEntry, User: w.x.Who.ID, Pattern: w.pattern(perm), Effect: Allow,
		Project: w.at(perm), Collection: collection,
	}
}

// pattern is the permission, for things of the thing's sort only. ProjectView
// has no sorts that matter.
func (w wayfinder) pattern(perm Permission) string {
	switch {
	case !perm.Selectors || perm.isView():
		return perm.Name
	case w.own:
		return perm.Name + "@own"
	}
	return perm.Name + "@others"
}

// roles gives one of those that would allow it. Any shows a project's title.
func (w wayfinder) roles(perm Permission, collection string) []Change {
	templates, overrides := w.source.SiteRoles, w.source.SiteOverrides
	if w.at(perm) != "" {
		templates, overrides = w.source.Roles, w.project.Overrides
	}
	var list []Change
	for _, role := range templates {
		says := w.role(Considered{Role: role.Name}, perm, templates, overrides, w.own)
		shows := perm.isView() && w.at(perm) != ""
		builtIn := w.at(perm) == "" && (role.Name == roleAnonymous || role.Name == roleSignedIn)
		if !builtIn && (shows || holds(says, 0, Allow)) {
			list = append(list, Change{
				Kind: GiveRole, User: w.x.Who.ID, Role: role.Name, Project: w.at(perm), Collection: collection,
			})
		}
	}
	return list
}

// overriding lets a role that is held in the project allow it.
func (w wayfinder) overriding(perm Permission) []Change {
	var list []Change
	for _, c := range w.x.Considered {
		change := Change{Kind: WriteOverride, Role: c.Role, Pattern: w.pattern(perm), Effect: Allow, Project: c.Project}
		if c.Role != "" && c.Project != "" && c.Live && !slices.Contains(list, change) {
			list = append(list, change)
		}
	}
	return list
}

// publishing opens it to everybody, in the project or, for what strangers ask
// outside, on the site.
func (w wayfinder) publishing(perm Permission) []Change {
	switch {
	case !perm.PublicOK:
		return nil
	case w.project != nil:
		return []Change{{Kind: MakePublic, Pattern: perm.Name, Project: w.project.ID}}
	case w.x.Who.Kind == Person:
		return nil
	}
	return []Change{{Kind: WriteOverride, Role: roleAnonymous, Pattern: perm.Name, Effect: Allow}}
}
