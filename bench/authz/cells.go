package authz

// cells calls add for all that roles allow and deny in a project, templates
// and overrides together. The kind is "own", "others" or "deny".
func (m Model) cells(p Project, add func(role, permission int, kind string)) {
	allow := func(role, permission int, ownOnly bool) {
		add(role, permission, "own")
		if !ownOnly {
			add(role, permission, "others")
		}
	}
	for i, role := range m.Roles {
		for _, g := range role.Grants {
			allow(i, g.Permission, g.OwnOnly)
		}
	}
	for _, o := range p.Overrides {
		if o.Deny {
			add(o.Role, o.Permission, "deny")
		} else {
			allow(o.Role, o.Permission, false)
		}
	}
}
