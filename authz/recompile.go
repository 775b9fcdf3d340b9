package authz

import (
	"maps"
	"reflect"
	"slices"
)

// Recompile compiles src and takes over from p whatever did not change, so
// that its cost follows the change and not the site. A list counts as
// unchanged when it is the very slice that p was compiled from; whoever edits
// a policy makes new slices for what is edited. The result answers as
// Compile(src) does, and so do its faults.
//
// A change in one project costs that project and a copy of the list of
// projects; one of what a template allows, the combinations of roles that
// people hold. A new catalogue, a project role that comes or goes and a user who
// goes compile everything.
func (p *Policy) Recompile(src Source) (*Policy, error) {
	next := *p
	next.source = src
	c := newCompiler(&src, &next)
	if !p.sameCatalog(&src) || !p.sameRoles(src.Roles) || !c.reaccount(p) {
		return Compile(src)
	}
	teams := c.resite(p)
	c.reprojects(p, teams, c.retemplate(p))
	if len(c.faults) > 0 {
		return Compile(src) // which tells them in its order
	}
	return &next, nil
}

// same says whether two lists are one and the same.
func same[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func (p *Policy) sameCatalog(src *Source) bool {
	was, is := p.source.Catalog, src.Catalog
	return same(was.Permissions, is.Permissions) && same(was.Operations, is.Operations) && same(was.Node, is.Node) &&
		same(was.Token, is.Token) && reflect.ValueOf(was.System).Pointer() == reflect.ValueOf(is.System).Pointer()
}

// sameRoles says whether the roles have the names that they had, so that their
// numbers can stay.
func (p *Policy) sameRoles(roles []Role) bool {
	if same(p.source.Roles, roles) {
		return true
	}
	seen := newBits(len(p.roles.effects))
	for _, role := range roles {
		n, known := p.roles.numbers[role.Name]
		if !known || seen.has(int(n)) {
			return false
		}
		seen.set(int(n))
	}
	return len(roles) == len(p.roles.effects)
}

// reaccount reads the users; those that are new get numbers of their own. It
// reports false when one is gone.
func (c *compiler) reaccount(p *Policy) bool {
	if same(p.source.Users, c.src.Users) {
		return true
	}
	next := c.policy
	next.accounts = slices.Clone(p.accounts)
	seen, kept := newBits(len(p.accounts)), 0
	var fresh []uint32
	for i := range c.src.Users {
		u := &c.src.Users[i]
		user, known := p.users[u.ID]
		if !known || seen.has(int(user)) { // new, or there twice
			fresh = append(fresh, uint32(i))
			continue
		}
		seen.set(int(user))
		kept++
		next.accounts[user] = account{place: uint32(i), superuser: u.Superuser, disabled: u.Disabled}
	}
	c.freshAccounts(p, fresh)
	return kept == len(p.accounts)
}

func (c *compiler) freshAccounts(p *Policy, places []uint32) {
	if len(places) == 0 {
		return
	}
	c.policy.users = maps.Clone(p.users)
	for _, place := range places {
		c.account(place)
	}
	c.policy.belongs = p.belongs.grown(len(c.policy.accounts))
}

// resite compiles the site layer unless all of it stays, and returns the teams
// that changed.
func (c *compiler) resite(p *Policy) (teams map[string]bool) {
	was, is := &p.source, c.src
	users := same(was.Users, is.Users)
	if users && same(was.Teams, is.Teams) && same(was.Reserved, is.Reserved) && same(was.Opened, is.Opened) &&
		same(was.SiteRoles, is.SiteRoles) && same(was.SiteOverrides, is.SiteOverrides) &&
		same(was.SiteMembers, is.SiteMembers) && same(was.SiteEntries, is.SiteEntries) {
		return nil
	}
	if users {
		c.policy.accounts = slices.Clone(p.accounts) // their places in the site layer change
	}
	c.reservations()
	c.teams()
	c.site()
	c.describe()
	return changedTeams(was.Teams, is.Teams)
}

// changedTeams are those that do not have the users that they had.
func changedTeams(before, after []Team) map[string]bool {
	if same(before, after) {
		return nil
	}
	was := map[string][]string{}
	for _, t := range before {
		was[t.ID] = t.Users
	}
	changed := map[string]bool{}
	for _, t := range after {
		if users, known := was[t.ID]; !known || !slices.Equal(users, t.Users) {
			changed[t.ID] = true
		}
		delete(was, t.ID)
	}
	for gone := range was {
		changed[gone] = true
	}
	return changed
}
