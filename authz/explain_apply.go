package authz

import "slices"

// applied is the source after a change, in the one project that is in it. It
// shares what did not change and writes into nothing.
func (c Change) applied(src Source) Source {
	switch c.Kind {
	case LeaveTeam:
		src.Teams = each(src.Teams, c.leave)
	case EnableUser, DemoteUser:
		src.Users = each(src.Users, c.account)
	case LiftReservation:
		src.Reserved, src.Opened = c.opened(src)
	default:
		return c.inPlace(src)
	}
	return src
}

func (c Change) leave(t Team) Team {
	if t.ID == c.Team {
		t.Users = those(t.Users, func(id string) bool { return id != c.User })
	}
	return t
}

func (c Change) account(u User) User {
	if u.ID == c.User {
		u.Disabled = u.Disabled && c.Kind != EnableUser
		u.Superuser = u.Superuser && c.Kind != DemoteUser
	}
	return u
}

// opened takes the permission, by all its names, from what is reserved, and
// opens what the catalogue reserves. What else an old name reserved stays so.
func (c Change) opened(src Source) (reserved, opened []string) {
	for _, name := range src.Reserved {
		for _, perm := range namesakes(&src, name) {
			if perm.Name != c.Pattern {
				reserved = append(reserved, perm.Name)
			}
		}
	}
	opened = src.Opened
	if named(&src, c.Pattern).Reserved {
		opened = append(slices.Clip(opened), c.Pattern)
	}
	return reserved, opened
}

// inPlace changes what is written in a project or on the site.
func (c Change) inPlace(src Source) Source {
	if c.Project == "" {
		var site Project
		site.Overrides, site.Members, site.Entries = src.SiteOverrides, src.SiteMembers, src.SiteEntries
		site = c.place(site)
		src.SiteOverrides, src.SiteMembers, src.SiteEntries = site.Overrides, site.Members, site.Entries
		return src
	}
	src.Projects = each(src.Projects, c.place)
	return src
}

func (c Change) place(p Project) Project {
	switch c.Kind {
	case WriteEntry:
		p.Entries = append(slices.Clip(p.Entries), c.entry())
	case EndEntry:
		p.Entries = those(p.Entries, func(e Entry) bool { return e != c.entry() })
	case GiveRole:
		p.Members = append(slices.Clip(p.Members), c.member())
	case TakeRole:
		p.Members = those(p.Members, func(m Member) bool { return m != c.member() })
	case WriteOverride:
		p.Overrides = append(slices.Clip(p.Overrides), c.override())
	case LiftOverride:
		p.Overrides = those(p.Overrides, func(o Override) bool { return o != c.override() })
	case MakePublic:
		p.Public = append(slices.Clip(p.Public), c.Pattern)
	case EndPublic:
		p.Public = those(p.Public, func(name string) bool { return name != c.Pattern })
	}
	return p
}

func (c Change) entry() Entry {
	return Entry{c.User, c.Pattern, c.Effect, c.Collection, c.Interval, c.Note}
}

func (c Change) member() Member {
	return Member{c.User, c.Team, c.Role, c.Collection, c.Interval, c.Note}
}

func (c Change) override() Override { return Override{c.Role, c.Pattern, c.Effect, c.Note} }

// widened is a subject after a change of its key.
func (c Change) widened(s Subject) Subject {
	if s.Caps == nil || s.ID != c.User {
		return s
	}
	caps := *s.Caps
	switch c.Kind {
	case WidenScopes:
		caps.Scopes = append(slices.Clip(caps.Scopes), c.Pattern)
	case WidenProjects:
		if caps.Projects = append(slices.Clip(caps.Projects), c.Project); c.Project == "" {
			caps.Projects = nil
		}
	}
	s.Caps = &caps
	return s
}

// each is a copy of the list with every element changed.
func each[T any](list []T, change func(T) T) []T {
	out := slices.Clone(list)
	for i := range out {
		out[i] = change(out[i])
	}
	return out
}
