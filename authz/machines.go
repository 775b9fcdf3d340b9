package authz

import "slices"

// node is R6, and R28 for what its job lends it.
func (a *asking) node(id permID) outcome {
	for _, right := range a.Policy.node[id] {
		if (right.Needs == 0 || right.Needs&a.words.thing.Facts != 0) && (!right.Serves || a.served()) {
			return yes(6)
		}
	}
	if a.lent(id) {
		return yes(28)
	}
	return no(6)
}

func (a *asking) served() bool {
	return a.words.subject.Site || slices.Contains(a.words.subject.Projects, a.words.thing.Project)
}

// lent says whether the thing's loan has the permission: as a right of the job
// type, or of both people whose job it is.
func (a *asking) lent(id permID) bool {
	loan := a.words.thing.Loan
	if loan == nil || a.words.thing.Facts&IsLent == 0 {
		return false
	}
	return slices.ContainsFunc(loan.Rights, func(right LentRight) bool {
		return right.Permission == a.permissions[id].Name &&
			(right.OfType || a.lets(&loan.Owner, id) && a.lets(&loan.Runner, id))
	})
}

// lets asks the same of somebody else, as a person would.
func (a *asking) lets(who *Subject, id permID) bool {
	thing := *a.words.thing
	thing.Facts, thing.Loan = 0, nil
	q := a.question(&words{subject: who, thing: &thing})
	other := asking{Policy: a.Policy, Question: &q, now: a.now}
	return other.begin() == 0 && other.may(id)
}

// loop decides for background loops, which hold what the catalogue lists for
// them and nothing else.
func (a *asking) loop(id permID) outcome {
	if rights := a.system[a.words.subject.ID]; rights != nil && rights.has(others.of(id)) {
		return yes(13)
	}
	return no(14)
}
