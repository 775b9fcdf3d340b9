package authz

// ProjectView is the permission to know that a project exists: its id, slug
// and title. A deny that names it exactly is a ban (R10).
const ProjectView = "project:view"

// Policy is a compiled Source, made by Compile or Recompile; its zero value
// answers nothing. It never changes, so any number of goroutines
// may ask it without a lock. It has no clock: every moment that it is asked
// about (now) is in microseconds since 1970 UTC, like those of Interval.
type Policy struct {
	source Source
	*vocabulary
	traits []trait         // by permission
	system map[string]bits // background loop → cells

	// People and what the site layer says of them.
	users       map[string]uint32 // id → number
	teams       map[string][]uint32
	accounts    []account
	siteRoles   roleBook
	siteEffects []effects
	sites       []siteLine // what is held on the site: see ofAccounts

	// Projects.
	places   map[string]uint32 // id → number
	projects []*project        // by number; nil = gone
	roles    roleBook          // templates
	class    *class            // of projects without overrides
	belongs  membership
	open     []uint32 // projects with anything public
}

// The first places in Policy.sites.
const (
	ofAccounts  = iota // what every account holds, and most hold nothing more
	ofStrangers        // R9 for nobody in particular
)

// account is a user's part of a policy.
type account struct {
	site      uint32 // place in Policy.sites
	place     uint32 // place in Source.Users
	superuser bool
	disabled  bool
}

// projectOf returns nil for the site and for projects that do not exist.
func (p *Policy) projectOf(id string) *project {
	if n, known := p.places[id]; known {
		return p.projects[n]
	}
	return nil
}

// userID is the id of the account with this number.
func (p *Policy) userID(user uint32) string { return p.source.Users[p.accounts[user].place].ID }

// Permission returns the catalogue's entry for name, or for the one that name
// is an old name of.
func (p *Policy) Permission(name string) (Permission, bool) {
	for _, id := range p.meant(p.find(name)) {
		return p.permissions[id].Permission, true
	}
	return Permission{}, false
}

// Meant returns the catalogue's entries that an exact name stands for: the one
// of that name, or all that it is an old name of.
func (p *Policy) Meant(name string) []Permission {
	var all []Permission
	for _, id := range p.meant(p.find(name)) {
		all = append(all, p.permissions[id].Permission)
	}
	return all
}

// Operation returns the operation table's row for name.
func (p *Policy) Operation(name string) (Operation, bool) {
	op, known := p.operations[name]
	return op.Operation, known
}

// Matches says whether a pattern, with or without a selector, speaks of a
// permission of the catalogue. What is never allowed is matched by nothing,
// and a selector matches only permissions that have selectors.
func (p *Policy) Matches(pattern, permission string) bool {
	for _, id := range p.meant(p.find(permission)) {
		if p.speaksOf(pattern, id, own) || p.speaksOf(pattern, id, others) {
			return true
		}
	}
	return false
}
