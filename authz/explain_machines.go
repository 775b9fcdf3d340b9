package authz

import (
	"slices"
	"strings"
)

// explainNode explains R6 and R28.
func (p *Policy) explainNode(x *Explanation, rd *reading) {
	if x.Rule != 6 && x.Rule != 28 {
		return
	}
	switch lent := rd.lent(x.Asked); {
	case x.Rule == 6 && x.Allowed || len(lent) == 0:
		x.Detail = rd.nodeMay(x.Asked)
	case lent[0].OfType:
		x.Detail = "lent with the type of the job"
	default:
		x.Detail = "lent while the job's owner and runner may do it"
		x.Parts = p.lenders(x.Asked, rd)
	}
}

// lent is what the asking node's job lends it of this, of its type before the
// rest; at most one, as more would add nothing.
func (rd *reading) lent(permission string) []LentRight {
	if rd.thing.Loan == nil || rd.thing.Facts&IsLent == 0 {
		return nil
	}
	all := slices.DeleteFunc(slices.Clone(rd.thing.Loan.Rights), func(l LentRight) bool { return l.Permission != permission })
	if i := slices.IndexFunc(all, func(l LentRight) bool { return l.OfType }); i >= 0 {
		return all[i : i+1]
	}
	return all[:min(1, len(all))]
}

// lenders explains whether the job's owner and runner may do it themselves.
func (p *Policy) lenders(permission string, rd *reading) []Part {
	loan, thing := rd.thing.Loan, rd.thing
	thing.Facts, thing.Loan = 0, nil
	return []Part{
		{PartOwner, p.Explain(loan.Owner, permission, thing, rd.now)},
		{PartRunner, p.Explain(loan.Runner, permission, thing, rd.now)},
	}
}

// nodeMay says when nodes may do something.
func (rd *reading) nodeMay(permission string) string {
	var ways []string
	for _, right := range rd.source.Catalog.Node {
		if right.Permission == permission {
			ways = append(ways, right.words())
		}
	}
	if len(ways) == 0 {
		return "no node may do this by itself"
	}
	return "a node may do this " + strings.Join(ways, ", or ")
}

func (n NodeRight) words() string {
	var when []string
	for _, fact := range factWords {
		if n.Needs&fact.Facts != 0 {
			when = append(when, fact.words)
		}
	}
	text := strings.Join(when, " or ")
	switch {
	case n.Serves && text != "":
		return text + ", in projects that it serves"
	case n.Serves:
		return "in projects that it serves"
	case text == "":
		return "always"
	}
	return text
}

var factWords = []struct {
	Facts
	words string
}{
	{IsWorkflow, "with workflows"},
	{HasParent, "with steps of workflows"},
	{IsClaimed, "with claimed jobs"},
	{IsFinished, "with finished jobs"},
	{HoldsLock, "while it holds the lease"},
	{HeldLock, "once it has held the lease"},
	{IsSelf, "with its own record"},
	{IsLent, "with what is lent to it"},
}

// loop lists what the catalogue gives a background loop, which owns nothing. A
// star alone is of projects.
func (rd *reading) loop(perm Permission) []Considered {
	var list []Considered
	for _, pattern := range rd.source.Catalog.System[rd.asker.ID] {
		if perm.touches(pattern) && reaches(pattern, false) && (pattern[0] != '*' || perm.Level == InProject) {
			list = append(list, Considered{
				Permission: perm.Name, Rule: 13, Role: rd.asker.ID, Pattern: pattern, Effect: Allow, Live: true, Decided: true,
			})
		}
	}
	return list
}
