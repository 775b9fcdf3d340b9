package naive

import (
	"slices"

	. "github.com/remit-server/remit/authz" // its words, so that this reads like the rules
)

// isNodeRight is R6, isLent R28.
func (q question) isNodeRight(n NodeRight) bool {
	serves := !n.Serves || q.s.Site || slices.Contains(q.s.Projects, q.r.Project)
	return n.Permission == q.p.Name && (n.Needs == 0 || n.Needs&q.r.Facts != 0) && serves
}

func (q question) isLent(l LentRight) bool {
	thing := q.r
	thing.Facts, thing.Loan = 0, nil
	may := func(s Subject) bool { return l.OfType || q.Check(s, q.p.Name, thing).Allowed }
	return l.Permission == q.p.Name && q.r.Facts&IsLent != 0 && may(q.r.Loan.Owner) && may(q.r.Loan.Runner)
}
