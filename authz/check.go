package authz

import "slices"

// Check decides one permission on one thing at one moment (in microseconds
// since 1970 UTC): R1 to R15. It does not allocate, unless it is a preview.
//
// A refusal's Permission is what is missing: the one asked, or one that it
// requires (R15). By an alias, all that it stands for must be allowed.
func (p *Policy) Check(s Subject, permission string, r Resource, now int64) Decision {
	// Structures are built where they stay, and once: copying one that was just
	// written costs more than deciding.
	home, id := p.projectOf(r.Project), p.find(permission)
	w := words{&s, &r, &permission}
	q := Question{words: &w, project: home, permission: id}
	p.look(&q)
	says, about := p.says(&q, now)
	return Decision{Allowed: says.allowed(), Rule: says.rule(), Permission: p.name(about, &w)}
}

// CheckAll appends to answers the Check of every permission on one thing.
func (p *Policy) CheckAll(s Subject, permissions []string, r Resource, now int64, answers []Decision) []Decision {
	w := words{subject: &s, thing: &r}
	q := p.question(&w)
	a := asking{Policy: p, Question: &q, now: now}
	rule := a.begin()
	for i := range permissions {
		q.words.permission = &permissions[i]
		if rule != 0 {
			answers = append(answers, Decision{Rule: rule, Permission: permissions[i]})
			continue
		}
		answers = append(answers, a.decision(a.asked(p.find(permissions[i]))))
	}
	return answers
}

// Cells decides a permission in a project without a thing: for the asker's
// own things and for others', both visible to the project.
func (p *Policy) Cells(s Subject, permission, project string, now int64) (own, others Decision) {
	mine := Resource{Project: project}
	if s.Kind == Person {
		mine.Owner = s.self()
	}
	return p.Check(s, permission, mine, now), p.Check(s, permission, Resource{Project: project}, now)
}

// asking is a question at a moment, with what its subject holds looked up once
// for all the permissions that it touches.
type asking struct {
	*Policy
	*Question
	now    int64
	holder uint32 // whose rights are asked: of a preview, not the question's user
	half   cell   // whose thing it is to the holder
	limits mark   // those of the question's marks that bind the holder
	lifted mark   // those that do not count for this asking
	super  bool   // the holder is a superuser

	site  siteVerdict // R9 and R13
	here  verdict     // R10 to R12
	opens verdict     // what opens others' private things
}

// begin looks up who asks. It returns R1 for accounts that do not exist or
// are disabled, R2 for unknown visibilities and previews of unknown roles, else 0.
func (a *asking) begin() Rule {
	a.holder, a.half, a.limits = a.user, a.cell, a.marks&^a.lifted
	switch {
	case a.limits&(unheard|unseen) != 0:
		return a.unknown()
	case a.kind == Person:
		return a.person()
	case a.kind == Local:
		a.super = true
	default: // machines do not look at it
		a.site = a.sites[ofStrangers].at(a.now)
	}
	return 0
}

// unknown says which rule ends a question about what there is not.
func (a *asking) unknown() Rule {
	if a.limits&unheard != 0 || a.kind == Person && a.accounts[a.user].disabled {
		return 1
	}
	return 2
}

func (a *asking) person() Rule {
	if a.accounts[a.holder].disabled {
		return 1
	}
	if a.limits&previews != 0 {
		return a.preview()
	}
	a.hold()
	return 0
}

// hold finds what a person holds where the thing is.
func (a *asking) hold() {
	account := &a.accounts[a.holder]
	a.super = account.superuser
	a.site = a.sites[account.site].at(a.now)
	if a.project != nil {
		a.here, a.opens = a.project.held(a.holder, a.words, a.now)
	}
}

// asked decides what a name stands for, and returns which permission the
// outcome is about.
func (a *asking) asked(id permID) (outcome, permID) {
	if id >= 0 {
		return a.rights(id)
	}
	if id == noPermission {
		return no(2), id
	}
	meant := a.meant(id)
	for _, one := range meant {
		if says, missing := a.rights(one); !says.allowed() {
			return says, missing
		}
	}
	return a.rights(meant[0])
}

// decision puts an outcome into words.
func (a *asking) decision(says outcome, about permID) Decision {
	return Decision{Allowed: says.allowed(), Rule: says.rule(), Permission: a.name(about, a.words)}
}

// check is rights in words.
func (a *asking) check(id permID) Decision { return a.decision(a.rights(id)) }

// may is rights without words.
func (a *asking) may(id permID) bool {
	says, _ := a.rights(id)
	return says.allowed()
}

// rights decides a permission with what it requires: R3 to R15.
func (a *asking) rights(id permID) (outcome, permID) {
	says := a.one(id)
	if a.traits[id]&requires != 0 && says.allowed() && a.kind != Node && a.kind != System {
		for _, need := range a.permissions[id].needs {
			if !a.one(need).allowed() {
				return no(15), need
			}
		}
	}
	if a.limits&previews != 0 {
		says = a.masked(id, says)
	}
	return says, id
}

// one decides a permission without what it requires. Machines end here.
func (a *asking) one(id permID) outcome {
	if shut := a.closed(id); shut.spoken() {
		return shut
	}
	switch a.kind {
	case Node:
		return a.node(id)
	case System:
		return a.loop(id)
	case Bearer:
		if a.token.has(int(id)) && a.words.subject.ID != "" && a.words.subject.ID == a.words.thing.Thing {
			return yes(31)
		}
	}
	if a.visibility == Private && a.half == others && a.traits[id]&heedsPrivacy != 0 {
		return a.private(id)
	}
	return a.granted(id)
}

// closed is R3 and R4: what is shut to all, or to all but superusers.
func (a *asking) closed(id permID) outcome {
	switch t := a.traits[id]; {
	case t&(never|reserved) == 0:
		return silent
	case t&never != 0:
		return no(3)
	case !a.super && a.kind != Node && a.kind != System:
		return no(4)
	}
	return silent
}

// private decides about others' private things: they need the private
// counterpart, or the permission by a grant that names the thing's collection.
func (a *asking) private(id permID) outcome {
	counterpart := a.permissions[id].private
	says := a.closed(counterpart)
	if !says.spoken() {
		says = a.granted(counterpart)
	}
	at := others.of(id)
	if !says.allowed() && !(a.limits&capped != 0 && a.outside(id)) && !a.site.at(at).refused() {
		if opened := a.opens.at(at); opened.allowed() {
			return opened
		}
	}
	return says
}

// granted is R5 and R7 to R14.
func (a *asking) granted(id permID) outcome {
	t := a.traits[id]
	outside := a.limits&capped != 0 && a.outside(id)
	switch {
	case t&publicOK != 0 && a.onFloor(id):
		return yes(7)
	case a.super && !outside:
		return a.unlimited()
	case t&isView != 0 && a.project != nil && a.project.hasPublic:
		// What strangers see no ban can hide (R7), and no key.
		return yes(10)
	case outside:
		return no(5)
	}
	return a.said(a.half.of(id))
}

// unlimited is R8, or R32 where nobody has an account.
func (a *asking) unlimited() outcome {
	if a.kind == Local {
		return yes(32)
	}
	return yes(8)
}

// said is R9 to R14.
func (a *asking) said(cell int) outcome {
	site := a.site.at(cell)
	if site.refused() {
		return site
	}
	return a.here.at(cell).or(site).or(no(14))
}

// onFloor is R7, for what may be public. Private things are never part of it.
func (a *asking) onFloor(id permID) bool {
	if a.visibility == Private {
		return false
	}
	return a.traits[id]&onFloor != 0 ||
		a.project != nil && a.project.public.has(int(id)) ||
		a.visibility == Public && a.permissions[id].looks
}

// outside is R5: a key that is limited to projects reaches nothing of the
// site, and its scope covers what it names and whatever that requires.
func (a *asking) outside(id permID) bool {
	caps, perm := a.words.subject.Caps, &a.permissions[id]
	if caps.Projects != nil && (perm.Level == OnSite || !slices.Contains(caps.Projects, a.words.thing.Project)) {
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
	if a.speaksOf(scope, id, a.half) {
		return true
	}
	for _, dependent := range a.permissions[id].neededBy {
		if a.speaksOf(scope, dependent, a.half) {
			return true
		}
	}
	return false
}
