package authz

import "slices"

// Check decides one permission on one thing at one moment (in microseconds
// since 1970 UTC): R1 to R15. It does not allocate.
//
// A refusal's Permission is what is missing: the one asked, or one that it
// requires (R15).
func (p *Policy) Check(s Subject, permission string, r Resource, now int64) Decision {
	a, live := p.ask(&s, &r, now)
	if !live {
		return Decision{Rule: 1, Permission: permission}
	}
	id, known := p.index[permission]
	if !known {
		return Decision{Rule: 2, Permission: permission}
	}
	return a.check(id)
}

// Cells decides a permission in a project without a thing: for the asker's
// own things and for others', both visible to the project.
func (p *Policy) Cells(s Subject, permission, project string, now int64) (own, others Decision) {
	mine := Resource{Project: project}
	if s.Kind == Person {
		mine.Owner = s.ID
	}
	return p.Check(s, permission, mine, now), p.Check(s, permission, Resource{Project: project}, now)
}

// asking is a subject, a thing and a moment, looked up once for all the
// permissions that one question touches.
type asking struct {
	policy    *Policy
	subject   *Subject
	thing     *Resource
	project   *project // nil on the site and for unknown projects
	cells     cells    // R9 to R14; empty for machines
	cell      cell
	superuser bool
}

// ask reports false for an account that does not exist or is disabled (R1).
func (p *Policy) ask(s *Subject, r *Resource, now int64) (asking, bool) {
	a := asking{policy: p, subject: s, thing: r, cell: others, project: p.projects[r.Project]}
	switch s.Kind {
	case Anonymous:
		a.cells = p.anonymous
	case Person:
		who, live := p.people[s.ID]
		if !live {
			return a, false
		}
		a.superuser = who.superuser
		a.cell = cellOf(r.Owner != "" && r.Owner == s.ID)
		a.cells = a.held(who).at(now)
	case Node, System:
	default:
		return a, false
	}
	return a, true
}

// held finds what the account holds where the thing is.
func (a *asking) held(who *person) timeline {
	if a.project == nil {
		return who.site
	}
	if h := a.project.held[a.subject.ID]; h != nil {
		return h.in(a.thing.Collection)
	}
	return who.site
}

// check is R3 to R15.
func (a *asking) check(id permID) Decision {
	perm := &a.policy.permissions[id]
	d := a.one(id)
	if d.Allowed && a.subject.Kind <= Person {
		for _, need := range perm.needs {
			if !a.one(need).Allowed {
				return Decision{Rule: 15, Permission: a.policy.permissions[need].Name}
			}
		}
	}
	d.Permission = perm.Name
	return d
}

// one decides a permission without what it requires. Machines end here.
func (a *asking) one(id permID) Decision {
	if d := a.closed(id); d.Rule != 0 {
		return d
	}
	switch a.subject.Kind {
	case Node:
		return Decision{Allowed: a.node(id), Rule: 6}
	case System:
		return a.system(id)
	}
	return a.seen(id)
}

// closed is R3 and R4: what is shut to all, or to all but superusers.
func (a *asking) closed(id permID) Decision {
	perm := &a.policy.permissions[id]
	switch {
	case perm.Never:
		return Decision{Rule: 3}
	case perm.reserved && !a.superuser && a.subject.Kind <= Person:
		return Decision{Rule: 4}
	}
	return Decision{}
}

// seen heeds visibility: others' private things need the private counterpart,
// or the permission by a grant that names the thing's collection.
func (a *asking) seen(id permID) Decision {
	private := a.policy.permissions[id].private
	if private == noPermission || a.thing.Visibility != Private || a.cell == own {
		return a.granted(id)
	}
	d := a.closed(private)
	if d.Rule == 0 {
		d = a.granted(private)
	}
	if !d.Allowed && !a.outside(id) {
		if in := a.cells.at(id, others).byCollection(); in.Allowed {
			return in
		}
	}
	return d
}

// granted is R5 and R7 to R14.
func (a *asking) granted(id permID) Decision {
	outside := a.outside(id)
	switch {
	case a.onFloor(id):
		return Decision{Allowed: true, Rule: 7}
	case a.superuser && !outside:
		return Decision{Allowed: true, Rule: 8}
	case id == a.policy.view && a.project != nil && a.project.hasPublic:
		// What strangers see no ban can hide (R7), and no key.
		return Decision{Allowed: true, Rule: 10}
	case outside:
		return Decision{Rule: 5}
	}
	return a.cells.at(id, a.cell).decision()
}

// onFloor is R7. Private things are never part of it.
func (a *asking) onFloor(id permID) bool {
	perm := &a.policy.permissions[id]
	if !perm.PublicOK || a.thing.Visibility == Private {
		return false
	}
	return perm.looks && a.thing.Visibility == Public ||
		a.project != nil && a.project.public[id] ||
		a.policy.floor[id]
}

// outside is R5: a key that is limited to projects reaches nothing of the
// site, and its scope covers what it names and whatever that requires.
func (a *asking) outside(id permID) bool {
	caps := a.subject.Caps
	if caps == nil {
		return false
	}
	perm := &a.policy.permissions[id]
	if caps.Projects != nil && (perm.Level == OnSite || !slices.Contains(caps.Projects, a.thing.Project)) {
		return true
	}
	for _, scope := range caps.Scopes {
		if a.covers(scope, id) {
			return false
		}
	}
	return true
}

func (a *asking) covers(scope string, id permID) bool {
	if a.policy.speaksOf(scope, id, a.cell) {
		return true
	}
	for _, dependent := range a.policy.permissions[id].neededBy {
		if a.policy.speaksOf(scope, dependent, a.cell) {
			return true
		}
	}
	return false
}

// node is R6.
func (a *asking) node(id permID) bool {
	for _, right := range a.policy.node[id] {
		if (right.Needs == 0 || right.Needs&a.thing.Facts != 0) && (!right.Serves || a.served()) {
			return true
		}
	}
	return false
}

func (a *asking) served() bool {
	return a.subject.Site || slices.Contains(a.subject.Projects, a.thing.Project)
}

// system decides for background loops, which hold what the catalogue lists
// for them and nothing else.
func (a *asking) system(id permID) Decision {
	if rights := a.policy.system[a.subject.ID]; rights != nil && rights[id] {
		return Decision{Allowed: true, Rule: 13}
	}
	return Decision{Rule: 14}
}
