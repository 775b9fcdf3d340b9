package authz

// preview turns an asking into that of the person or role looked at (R23). It
// returns what begin does.
func (a *asking) preview() Rule {
	target := a.words.subject.Preview
	a.limits &^= capped // caps are the viewer's: see masked
	switch {
	case (target.User == "") == (target.Role == ""):
		return 1
	case target.Role != "":
		return a.bareRole(target.Role)
	}
	user, known := a.users[target.User]
	if !known || a.accounts[user].disabled {
		return 1
	}
	a.holder, a.half = user, cellOf(a.words.thing.Owner == target.User)
	a.hold()
	return 0
}

// bareRole is an account with one role and nothing else. It is worked out
// anew each time; nobody is measured by how fast they look at roles.
func (a *asking) bareRole(name string) Rule {
	c := newCompiler(&a.source, a.Policy)
	signedIn := a.siteEffects[a.siteRoles.numbers[roleSignedIn]]
	var held []grant
	if role, known := a.roles.numbers[name]; known {
		if a.project != nil {
			a.here = c.plainVerdict(nil, a.project.class.roles, []uint16{role})
		}
	} else if role, known := a.siteRoles.numbers[name]; !known {
		return 2
	} else if name != roleAnonymous && name != roleSignedIn { // nobody is a member of these
		held = []grant{{role: role}}
	}
	a.site = c.siteLine(a.siteEffects, signedIn, held).at(a.now)
	return 0
}

// masked cuts what the target may down to reading, or to what is public, and to
// what the viewer may. The viewer's own things are not the target's, and the
// other way round: so to look as a person takes the right on own and on
// others' things alike.
func (a *asking) masked(id permID, says outcome) outcome {
	if !says.allowed() {
		return says
	}
	viewer := asking{Policy: a.Policy, Question: a.Question, now: a.now, lifted: a.lifted | previews}
	viewer.begin() // live, or a would not be
	may := viewer.may(id)
	if a.words.subject.Preview.User != "" {
		viewer.half = 1 - viewer.half
		may = may && viewer.may(id)
	}
	public := says.rule() == 7 || id == a.view && says.rule() == 10 && a.project.hasPublic
	if may && (public || a.permissions[id].Reads) {
		return says
	}
	return no(5)
}

// self is whose things are own: those of whom a preview shows.
func (s *Subject) self() string {
	if s.Preview != nil && s.Preview.User != "" {
		return s.Preview.User
	}
	return s.ID
}
