package projects

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// MaxAsked bounds the permissions of one Questions.
const MaxAsked = 500

// Questions are many a Question about one person and one thing.
type Questions struct {
	User        string   // name; "" = the asker
	Permissions []string // permissions and operations, at most MaxAsked; nil = every permission of the project, or of the site
	Project     string   // as in Question
	On          func(r *gate.Reader) (authz.Resource, error)
}

// Finding answers for one of the permissions, as it was asked.
type Finding struct {
	Permission string
	Verdict
}

// CheckAll answers q in the order asked, or by name when nothing is named. It
// finds out who and what is meant once, whatever the number of permissions;
// each answer is that of Check.
func (s *Service) CheckAll(ctx context.Context, who authz.Subject, q Questions) ([]Finding, error) {
	if len(q.Permissions) > MaxAsked {
		return nil, invalid("permissions", "%d permissions are too many; ask about %d at a time", len(q.Permissions), MaxAsked)
	}
	return gate.View(ctx, s.gate, who, gate.Query[[]Finding]{
		Name: "access.check",
		Read: func(r *gate.Reader) ([]Finding, error) { return s.checkAll(r, q) },
		Kept: q.On == nil,
	})
}

func (s *Service) checkAll(r *gate.Reader, q Questions) ([]Finding, error) {
	on, err := s.askedAbout(r, q.Project, q.On)
	if err != nil {
		return nil, err
	}
	subject, err := s.asked(r, q.User, on)
	if err != nil {
		return nil, err
	}
	p, names := r.Policy(), q.Permissions
	if names == nil {
		names = namesOf(p, on.Project != "")
	}
	operations, err := operationsIn(r, subject, names)
	if err != nil {
		return nil, err
	}
	if err := askable(r, subject, on, names...); err != nil {
		return nil, err
	}
	decide := func(on authz.Resource) []authz.Decision {
		all := p.CheckAll(subject, names, on, r.Now().UnixMicro(), make([]authz.Decision, 0, len(names)))
		for i, judge := range operations {
			all[i] = judge(on)
		}
		return all
	}
	mine, theirs := on, on
	mine.Owner, theirs.Owner = gate.SelfOf(subject), ""
	own, others := decide(mine), decide(theirs)
	var here []authz.Decision
	if q.On != nil {
		here = decide(on)
	}
	return findings(names, own, others, here), nil
}

// findings joins the answers; here is nil when no thing was asked about.
func findings(names []string, own, others, here []authz.Decision) []Finding {
	found := make([]Finding, len(names))
	for i, name := range names {
		d := either(own[i], others[i])
		if here != nil {
			d = here[i]
		}
		found[i] = Finding{name, Verdict{Allowed: d.Allowed, Own: own[i].Allowed, Others: others[i].Allowed, Rule: ruleName(d.Rule), Reason: reason(d)}}
	}
	return found
}

// operationsIn are the judges of those names that are no permissions, by their
// place in the list.
func operationsIn(r *gate.Reader, subject authz.Subject, names []string) (map[int]func(authz.Resource) authz.Decision, error) {
	var found map[int]func(authz.Resource) authz.Decision
	for i, name := range names {
		if _, known := r.Policy().Permission(name); known {
			continue
		}
		judge, err := judgeOf(r, subject, name)
		if err != nil {
			return nil, invalid(fmt.Sprintf("permissions[%d]", i), "%w", err)
		}
		if found == nil {
			found = map[int]func(authz.Resource) authz.Decision{}
		}
		found[i] = judge
	}
	return found, nil
}

// namesOf are all permissions of a level.
func namesOf(p *authz.Policy, inProject bool) []string {
	return slices.DeleteFunc(slices.Clone(p.Names("")), func(name string) bool {
		known, _ := p.Permission(name)
		return (known.Level == authz.InProject) != inProject
	})
}
