package projects

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// WhoQuestion is a Question without a user: who may do PERMISSION here?
type WhoQuestion struct {
	Permission string                                       // as in Question
	Project    string                                       // as in Question
	On         func(r *gate.Reader) (authz.Resource, error) // as in Question
	Limit      int                                          // as of any list
	After      string                                       // Next of the page before
}

// Holder is an account for which Check says yes.
type Holder struct {
	User   string
	Own    bool // for things that they own
	Others bool // for others' things
	Rule   string
	Via    string     // what it rests on, in words: "role owner"
	Until  *time.Time // when all that it rests on ends; nil = it does not
}

// Holders is one page of them, by the ids of the accounts.
type Holders struct {
	Items []Holder
	Next  string
	// Incomplete says that there are others, of whom the asker may not know.
	Incomplete bool
}

// WhoCan lists the accounts, of those that the asker may know of, for which
// Check says yes; keys do not count. It takes access:view in the project, and
// on the site for what is of the site (R22).
func (s *Service) WhoCan(ctx context.Context, who authz.Subject, q WhoQuestion) (Holders, error) {
	return gate.View(ctx, s.gate, who, gate.Query[Holders]{
		Name: "access.check",
		Read: func(r *gate.Reader) (Holders, error) { return s.whoCan(r, q) },
	})
}

func (s *Service) whoCan(r *gate.Reader, q WhoQuestion) (page Holders, err error) {
	limit, err := remit.Limit(q.Limit)
	if err != nil {
		return page, err
	}
	if q.After != "" && !remit.IsID[remit.UserID](q.After) {
		return page, invalid("after", "%q is no cursor of this list", q.After).WithHint("Use the `next` of the page before.")
	}
	on, err := s.askedAbout(r, q.Project, q.On)
	if err != nil {
		return page, err
	}
	if err := r.Require("access.read", authz.Resource{Project: on.Project}); err != nil {
		return page, err
	}
	if _, err := judgeOf(r, authz.Subject{}, q.Permission); err != nil {
		return page, invalid("permission", "%w", err)
	}
	if err := askable(r, authz.Subject{}, on, q.Permission); err != nil {
		return page, err
	}
	c := census{Reader: r, q: q, on: on}
	found := c.count(&page, limit)
	users, next := paged(found, limit, func(v verdictOf) string { return v.id })
	page.Next, page.Items = next, make([]Holder, len(users))
	for i, v := range users {
		page.Items[i] = c.holder(v)
	}
	return page, nil
}

// census goes through all accounts with one question.
type census struct {
	*gate.Reader
	q  WhoQuestion
	on authz.Resource
}

// verdictOf is the answer about one account.
type verdictOf struct {
	id          string
	own, others authz.Decision
	on          authz.Resource // what the answer is about
}

func (v verdictOf) decision() authz.Decision {
	if v.own.Allowed {
		return v.own
	}
	return v.others
}

// count finds those who may and of whom the asker may know, up to one more than
// limit, and notes when there are others.
func (c census) count(page *Holders, limit int) (found []verdictOf) {
	users := slices.SortedFunc(slices.Values(c.Source().Users), func(a, b authz.User) int { return cmp.Compare(a.ID, b.ID) })
	for _, u := range users {
		listed := u.ID > c.q.After && len(found) <= limit
		if u.Disabled || !listed && page.Incomplete {
			continue
		}
		v, may := c.ask(u.ID)
		switch {
		case !may:
		case u.ID != c.Who().ID && !seen(c.Reader, remit.UserID(u.ID), c.on.Project):
			page.Incomplete = true
		case listed:
			found = append(found, v)
		}
	}
	return found
}

// ask is Check about one account.
func (c census) ask(id string) (v verdictOf, may bool) {
	subject := authz.Subject{Kind: authz.Person, ID: id}
	judge, err := judgeOf(c.Reader, subject, c.q.Permission)
	if err != nil {
		return v, false // it was asked before
	}
	v = verdictOf{id: id, on: c.on}
	mine, theirs := c.on, c.on
	mine.Owner, theirs.Owner = id, ""
	if c.q.On != nil {
		mine, theirs = c.on, c.on
	}
	v.own, v.others = judge(mine), judge(theirs)
	if v.own.Allowed {
		v.on = mine
	}
	return v, v.own.Allowed || v.others.Allowed
}

// holder is an answer with what it rests on.
func (c census) holder(v verdictOf) Holder {
	d := v.decision()
	h := Holder{User: c.UserName(remit.UserID(v.id)), Own: v.own.Allowed, Others: v.others.Allowed, Rule: ruleName(d.Rule)}
	if _, known := c.Policy().Permission(d.Permission); !known {
		return h
	}
	x := c.Policy().Explain(authz.Subject{Kind: authz.Person, ID: v.id}, d.Permission, v.on, c.Now().UnixMicro())
	h.Via, h.Until = via(x)
	return h
}

// via says in words what an allowed answer rests on, and when the last of that ends.
func via(x authz.Explanation) (words string, until *time.Time) {
	var all []string
	var last int64
	open := false
	for _, c := range x.Decisive() {
		all = append(all, brought(c))
		last, open = max(last, c.Until), open || c.Until == 0
	}
	if len(all) == 0 {
		return x.Why, nil
	}
	if !open {
		until = instant(last)
	}
	return strings.Join(sortedSet(all), ", "), until
}

// brought is what brings a right, in a few words.
func brought(c authz.Considered) string {
	switch {
	case c.Public:
		return "public"
	case c.Role == "":
		return "a personal entry" + heldWhere(c)
	case c.Team != "":
		return "role " + c.Role + " of a team" + heldWhere(c)
	}
	return "role " + c.Role + heldWhere(c)
}

func heldWhere(c authz.Considered) string {
	switch {
	case c.Project == "":
		return " on the site"
	case c.Collection != "":
		return " in one collection"
	}
	return ""
}
