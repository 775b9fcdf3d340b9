package authz

import "slices"

// ways are single changes worth trying after an attempt: those that concern
// whatever its decision rests on.
func (a attempt) ways(permission string, now int64) []Change {
	var list []Change
	for _, end := range a.policy.Explain(a.who, permission, a.thing, now).leaves(a.thing) {
		x := end.Explanation
		w := wayfinder{reading: readingOf(&a.source, x.Who, end.thing, now), x: x}
		switch {
		case x.Who.Preview != nil || x.Who.Kind == Node || x.Who.Kind == System || x.Rule == 2 || x.Rule == 3:
		case x.Rule == 1:
			list = append(list, w.enabling()...)
		case x.Allowed:
			list = append(list, w.taking()...)
		default:
			list = append(list, w.giving()...)
		}
	}
	return list
}

// leaf is an explanation that a decision rests on in the end.
type leaf struct {
	Explanation
	thing Resource // that it is about
}

// leaves are the parts, at any depth, that end there and came out the same.
func (x Explanation) leaves(r Resource) []leaf {
	var list []leaf
	for _, part := range x.Parts {
		if part.Allowed == x.Allowed {
			list = append(list, part.leaves(part.As.of(r, part.Who.ID))...)
		}
	}
	if len(list) == 0 {
		return []leaf{{x, r}}
	}
	return list
}

// wayfinder looks for what may turn one explained decision over.
type wayfinder struct {
	*reading
	x Explanation
}

func (w wayfinder) enabling() []Change {
	if w.account(w.x.Who.ID) == nil {
		return nil
	}
	return []Change{{Kind: EnableUser, User: w.x.Who.ID}}
}

// giving is for refusals: first what ends something, then what adds.
func (w wayfinder) giving() []Change {
	list := w.undoing(func(c Considered) bool { return c.Live && (c.Effect == Deny || c.Effect == Remove) })
	for _, perm := range w.asked() {
		list = append(list, w.unlocking(perm)...)
	}
	for _, perm := range w.asked() {
		list = append(list, w.adding(perm)...)
	}
	return list
}

// asked is what was asked and, where that decides, its private counterpart.
func (w wayfinder) asked() []Permission {
	perm := named(w.source, w.x.Asked)
	if w.shut(perm) {
		return []Permission{perm, named(w.source, perm.Private)}
	}
	return []Permission{perm}
}

// taking is for allows.
func (w wayfinder) taking() []Change {
	list := w.undoing(func(c Considered) bool { return c.Decided })
	who := w.x.Who
	if who.Kind != Person {
		return list
	}
	if w.super {
		list = append(list, Change{Kind: DemoteUser, User: who.ID})
	}
	for _, perm := range w.asked() {
		list = append(list, Change{
			Kind: WriteEntry, User: who.ID, Pattern: w.pattern(perm), Effect: Deny, Project: w.at(perm),
		})
	}
	return list
}

// undoing takes back what was considered and is chosen.
func (w wayfinder) undoing(chosen func(Considered) bool) []Change {
	var list []Change
	for _, c := range w.x.Considered {
		if !chosen(c) {
			continue
		}
		for _, change := range w.undo(c) {
			if !slices.Contains(list, change) {
				list = append(list, change)
			}
		}
	}
	return list
}

// undo lists the ways to take one thing back.
func (w wayfinder) undo(c Considered) (list []Change) {
	back := Change{
		User: w.x.Who.ID, Pattern: c.Pattern, Effect: c.Effect, Project: c.Project,
		Collection: c.Collection, Interval: c.Interval, Note: c.Note,
	}
	switch {
	case c.Public:
		return []Change{{Kind: EndPublic, Pattern: c.Pattern, Project: c.Project}}
	case c.Role == "":
		back.Kind = EndEntry
		return []Change{back}
	case c.Override:
		list = append(list, Change{
			Kind: LiftOverride, Role: c.Role, Pattern: c.Pattern, Effect: c.Effect, Project: c.Project, Note: c.Note,
		})
	}
	return append(list, w.parting(c)...)
}

// parting is how the asker gets rid of a role. The built-in ones stay; for
// strangers their site can silence them.
func (w wayfinder) parting(c Considered) []Change {
	take := Change{
		Kind: TakeRole, User: w.x.Who.ID, Role: c.Role, Project: c.Project,
		Collection: c.Collection, Interval: c.Interval, Note: c.Membership,
	}
	switch {
	case c.Role == roleAnonymous && c.Project == "":
		return []Change{{Kind: WriteOverride, Role: c.Role, Pattern: c.Permission, Effect: Remove}}
	case c.Role == roleSignedIn && c.Project == "":
		return nil
	case c.Team == "":
		return []Change{take}
	}
	take.User, take.Team = "", c.Team
	return []Change{{Kind: LeaveTeam, User: w.x.Who.ID, Team: c.Team}, take}
}
