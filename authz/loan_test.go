package authz_test

import (
	"testing"

	"github.com/remit-server/remit/authz"
)

// inputOf is an input of a job that ada made and bob runs.
func inputOf(rights ...authz.LentRight) authz.Resource {
	return authz.Resource{
		Project: "p1", Facts: authz.IsLent,
		Loan: &authz.Loan{Rights: rights, Owner: person("ada"), Runner: person("bob")},
	}
}

var (
	ofPerson = authz.LentRight{Permission: "record:edit.events"}
	ofType   = authz.LentRight{Permission: "record:edit.events", OfType: true}
)

const editEvents = "record:edit.events"

func TestANodeMayWhatBothPeopleOfItsJobMay(t *testing.T) {
	t.Parallel()
	both := []change{member("p1", "ada", "production_manager"), member("p1", "bob", "production_manager")}
	one := []change{member("p1", "ada", "production_manager"), member("p1", "bob", "drummer")}
	other := []change{member("p1", "bob", "production_manager")}
	unreadable := append(both, entry("p1", "bob", authz.Deny, events))
	for name, c := range map[string]struct {
		given []change
		on    authz.Resource
		want  string
	}{
		"both may":                       {both, inputOf(ofPerson), "yes R28"},
		"the runner may not":             {one, inputOf(ofPerson), "no R6"},
		"the owner may not":              {other, inputOf(ofPerson), "no R6"},
		"one lacks what is required":     {unreadable, inputOf(ofPerson), "no R6"},
		"one account is off":             {append(both, disabled("bob")), inputOf(ofPerson), "no R6"},
		"it is reserved":                 {append(both, func(src *authz.Source) { src.Reserved = []string{editEvents} }), inputOf(ofPerson), "no R6"},
		"the type lends something else":  {both, inputOf(authz.LentRight{Permission: editBudget}), "no R6"},
		"the type lends nothing":         {both, inputOf(), "no R6"},
		"the type lends by itself":       {one, inputOf(ofType), "yes R28"},
		"one of two rights is enough":    {one, inputOf(ofPerson, ofType), "yes R28"},
		"the thing is not lent any more": {both, with(inputOf(ofType), authz.HeldLock), "no R6"},
		"the thing has no loan":          {both, with(in("p1"), authz.IsLent), "no R6"},
		"nobody may who is not a member": {nil, inputOf(ofPerson), "no R6"},
	} {
		p := compile(t, c.given...)
		if got := answer(p.Check(n1, editEvents, c.on, 0)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTheLimitsOfAKeyStayWithALoan(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "ada", "production_manager"), member("p1", "bob", "production_manager"))
	thing := inputOf(ofPerson)
	thing.Loan.Runner = capped("bob", "record:view.*")
	wantAnswers(t, p, asked{who: n1, what: editEvents, on: thing, want: "no R6"})
	thing.Loan.Runner = capped("bob", "record:edit.*")
	wantAnswers(t, p, asked{who: n1, what: editEvents, on: thing, want: "yes R28"})
}

func TestALoanIsForNodes(t *testing.T) {
	t.Parallel()
	p := compile(t)
	wantAnswers(t, p,
		asked{who: n1, what: editEvents, on: inputOf(ofType), want: "yes R28"},
		asked{who: person("dan"), what: editEvents, on: inputOf(ofType), want: "no R14"},
		asked{what: editEvents, on: inputOf(ofType), want: "no R14"},
		asked{who: authz.Subject{Kind: authz.System, ID: "sweeper"}, what: editEvents, on: inputOf(ofType), want: "no R14"},
	)
}

// The two people are asked as people: what the node holds is not their doing,
// and a loan is no ground for another.
func TestWhoLendsIsAskedWithoutTheLoan(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "ada", "owner"))
	thing := inputOf(authz.LentRight{Permission: "job:cleanup"})
	thing.Facts |= authz.HoldsLock
	thing.Loan.Owner, thing.Loan.Runner = n1, person("ada")
	wantAnswers(t, p,
		asked{who: n1, what: "job:cleanup", on: thing, want: "yes R6"}, // it holds the lock itself
		asked{who: n1, what: "audit:delete", on: inputOf(authz.LentRight{Permission: "audit:delete", OfType: true}), want: "no R3"},
	)
	thing.Facts = authz.IsLent
	wantAnswers(t, p, asked{who: n1, what: "job:cleanup", on: thing, want: "no R6"})

	served := compile(t, func(src *authz.Source) {
		src.Catalog.Node = []authz.NodeRight{{Permission: "job:create", Needs: authz.IsLent, Serves: true}}
	})
	thing = inputOf(authz.LentRight{Permission: "job:create"})
	thing.Loan.Owner, thing.Loan.Runner = n1, n1
	elsewhere := authz.Subject{Kind: authz.Node, ID: "n2", Projects: []string{"p2"}}
	wantAnswers(t, served,
		asked{who: n1, what: "job:create", on: thing, want: "yes R6"},
		asked{who: elsewhere, what: "job:create", on: thing, want: "no R6"},
	)
}
