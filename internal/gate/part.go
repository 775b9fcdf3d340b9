package gate

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
)

// Part names what of the policy an operation changed, so that whoever knows
// the version before reads no more than that anew.
type Part string

// The parts. What a program does not know counts as Everything.
const (
	Everything Part = ""
	Nodes      Part = "nodes"    // nodes, their credentials and states; nothing of the compiled policy
	Listening  Part = "told"     // who wants to be told of jobs; nothing of the compiled policy
	Nothing    Part = "nothing"  // what was written so far is of none of them
	Catalog    Part = "catalog"  // permissions that were declared
	Roles      Part = "roles"    // templates, of projects and of the site
	Site       Part = "site"     // what is held on the whole site, and what is reserved
	Teams      Part = "teams"    // teams, and who is in them
	Users      Part = "users"    // accounts: that they are, their names, superusers, disabled ones
	Keys       Part = "keys"     // API keys; nothing of the compiled policy
	Projects   Part = "projects" // what projects are called; nothing of the compiled policy
	JobTypes   Part = "jobtypes" // job types, and where they are off; nothing of the compiled policy
)

const projectPrefix = "project:"

// InProject is what stands in one project: members, overrides, entries, what
// is public. That there is such a project goes with it.
func InProject(id remit.ProjectID) Part { return Part(projectPrefix + string(id)) }

// Project is the id of the project that InProject named.
func (p Part) Project() (id string, ok bool) { return strings.CutPrefix(string(p), projectPrefix) }

// known says whether this program knows what the part is of.
func (p Part) known() bool {
	switch p {
	case Nothing, Catalog, Roles, Site, Teams, Users, Keys, Projects, JobTypes, Nodes, Listening:
		return true
	}
	_, one := p.Project()
	return one
}

// Changed says that the operation changes these parts of the policy, and no
// others but those that further calls name. An operation that changes the
// policy and says nothing has changed Everything.
//
// Say it where the change is written, only in operations whose row says
// ChangesPolicy. Nothing is for the end of an operation that knows all that it
// wrote: it is void as soon as something is written after it.
func (tx *Tx) Changed(parts ...Part) {
	for _, part := range parts {
		if !slices.Contains(tx.changed, part) {
			tx.changed = append(tx.changed, part)
		}
	}
}

// unsayNothing keeps Nothing from speaking for what comes after it.
func (tx *Tx) unsayNothing() { tx.changed = slices.DeleteFunc(tx.changed, isNothing) }

func isNothing(p Part) bool { return p == Nothing }

// written are the parts as they go into the log of changes.
func (tx *Tx) written() []Part {
	if len(tx.changed) == 0 {
		return []Part{Everything}
	}
	return slices.DeleteFunc(slices.Clone(tx.changed), isNothing)
}

// compiled says whether any of the parts is of the compiled policy.
func compiled(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { return !slices.Contains([]Part{Keys, Projects, JobTypes, Nodes, Listening}, p) })
}
