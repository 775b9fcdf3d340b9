package authz

import (
	"maps"
	"reflect"
	"slices"
)

// retemplate reads the project roles anew and says whether they changed.
func (c *compiler) retemplate(p *Policy) bool {
	c.borrowed = true
	if same(p.source.Roles, c.src.Roles) {
		return false
	}
	c.policy.roles = c.roles("role", c.src.Roles)
	c.policy.class = c.rereadClass(p.class, c.policy.roles.effects)
	return true
}

// reprojects compiles the projects that changed.
func (c *compiler) reprojects(p *Policy, teams map[string]bool, templates bool) {
	next := c.policy
	next.projects, next.belongs = slices.Clone(p.projects), slices.Clone(next.belongs)
	c.pages = map[uint32]bool{}
	seen := newBits(len(p.projects))
	for i := range c.src.Projects {
		src := &c.src.Projects[i]
		was := p.projectOf(src.ID)
		switch {
		case was == nil:
			c.newProject(p, src)
			continue
		case seen.has(int(was.number)):
			c.fault("project %s is there twice", src.ID)
		case !was.writtenAs(src) || was.concerns(teams):
			c.replace(was, c.project(*src))
		case templates:
			next.projects[was.number] = c.reread(was)
		}
		seen.set(int(was.number))
	}
	for number, was := range p.projects {
		if was != nil && !seen.has(number) {
			c.forget(p, was)
		}
	}
	if c.reopened {
		c.openings()
	}
}

func (c *compiler) newProject(p *Policy, src *Project) {
	c.ownPlaces(p)
	if once(c, c.policy.places, "project", src.ID) {
		is := c.project(*src)
		c.place(is)
		c.reopened = c.reopened || is.hasPublic
		c.policy.belongs.moved(nil, is, c.pages)
	}
}

func (c *compiler) replace(was, is *project) {
	is.number = was.number
	c.policy.projects[is.number] = is
	c.reopened = c.reopened || is.hasPublic != was.hasPublic
	c.policy.belongs.moved(was, is, c.pages)
}

func (c *compiler) forget(p *Policy, was *project) {
	c.ownPlaces(p)
	delete(c.policy.places, was.source.ID)
	c.policy.projects[was.number] = nil
	c.reopened = c.reopened || was.hasPublic
	c.policy.belongs.moved(was, nil, c.pages)
}

// ownPlaces keeps what is written from the policy before.
func (c *compiler) ownPlaces(p *Policy) {
	if reflect.ValueOf(c.policy.places).Pointer() == reflect.ValueOf(p.places).Pointer() {
		c.policy.places = maps.Clone(p.places)
	}
}

// writtenAs says whether a project is the one that was compiled.
func (p *project) writtenAs(src *Project) bool {
	was := &p.source
	return was.HasPublic == src.HasPublic && same(was.Public, src.Public) && same(was.Overrides, src.Overrides) &&
		same(was.Members, src.Members) && same(was.Entries, src.Entries)
}

// concerns says whether any of the teams is a member.
func (p *project) concerns(teams map[string]bool) bool {
	return len(teams) > 0 && slices.ContainsFunc(p.source.Members, func(m Member) bool { return teams[m.Team] })
}
