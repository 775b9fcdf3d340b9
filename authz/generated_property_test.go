package authz_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/naive/worlds"
)

// neverLoses fails when something is allowed before and refused after.
func neverLoses(t *rapid.T, before, after authz.Source) {
	was, is := compiled(t, before), compiled(t, after)
	for range perPolicy {
		q := worlds.Ask(worlds.Rapid(t), before)
		if was.Check(q.Subject, q.Permission, q.Resource, q.Now).Allowed && !is.Check(q.Subject, q.Permission, q.Resource, q.Now).Allowed {
			t.Fatalf("Check %v is lost\nfrom %s\n  to %s", q, worlds.Brief(before), worlds.Brief(after))
		}
		if was.CanMove(q.Subject, q.Operation, q.Resource, q.To, q.Now).Allowed && !is.CanMove(q.Subject, q.Operation, q.Resource, q.To, q.Now).Allowed {
			t.Fatalf("CanMove %v is lost\nfrom %s\n  to %s", q, worlds.Brief(before), worlds.Brief(after))
		}
	}
}

func TestAddingAnAllowRefusesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		neverLoses(t, src, worlds.Add(worlds.Rapid(t), src, authz.Allow))
	})
}

func TestAddingADenyPermitsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		neverLoses(t, worlds.Add(worlds.Rapid(t), src, authz.Deny), src)
	})
}

func TestTheOrderOfWritingNeverMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		agree(t, src, compiled(t, src), compiled(t, worlds.Shuffle(worlds.Rapid(t), src)), perPolicy)
	})
}

// agree fails when two policies answer differently.
func agree(t *rapid.T, src authz.Source, one, other *authz.Policy, questions int) {
	for range questions {
		q := worlds.Ask(worlds.Rapid(t), src)
		if diff := cmp.Diff(answers(one, q), answers(other, q)); diff != "" {
			t.Fatalf("%v (-one +other)\n%s\nin %s", q, diff, worlds.Brief(src))
		}
	}
}

// answers are all that a policy says to one question.
func answers(p *authz.Policy, q worlds.Question) []any {
	own, others := p.Cells(q.Subject, q.Permission, q.Resource.Project, q.Now)
	return []any{
		p.Check(q.Subject, q.Permission, q.Resource, q.Now), p.Can(q.Subject, q.Operation, q.Resource, q.Now), own, others,
		p.CanMove(q.Subject, q.Operation, q.Resource, q.To, q.Now), p.Permissions(q.Subject, q.Resource.Project, q.Now),
		p.Who(q.Permission, q.Resource, q.Now), p.Scope(q.Subject, q.Permission, q.Now),
	}
}

func TestStrangersMayNothingThatAnAccountMayNot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		policy := compiled(t, src)
		for range perPolicy {
			accountsMayToo(t, policy, src, worlds.Ask(worlds.Rapid(t), src))
		}
	})
}

// accountsMayToo leaves out operations with alternatives: there a deny of the
// primary refuses a person whom no deny could keep from the alternative.
func accountsMayToo(t *rapid.T, policy *authz.Policy, src authz.Source, q worlds.Question) {
	op, _ := policy.Operation(q.Operation)
	single := !slices.ContainsFunc(op.Groups, func(group []string) bool { return len(group) > 1 }) && op.Primary == ""
	stranger := authz.Subject{}
	for _, u := range src.Users {
		account := authz.Subject{Kind: authz.Person, ID: u.ID}
		if u.Disabled {
			continue
		}
		if policy.Check(stranger, q.Permission, q.Resource, q.Now).Allowed && !policy.Check(account, q.Permission, q.Resource, q.Now).Allowed {
			t.Fatalf("anonymous may %v, %s may not in %s", q, u.ID, worlds.Brief(src))
		}
		if single && policy.Can(stranger, q.Operation, q.Resource, q.Now).Allowed && !policy.Can(account, q.Operation, q.Resource, q.Now).Allowed {
			t.Fatalf("anonymous can %v, %s cannot in %s", q, u.ID, worlds.Brief(src))
		}
	}
}

func TestKeysAndPreviewsNeverAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := worlds.Source(worlds.Rapid(t))
		policy := compiled(t, src)
		for range perPolicy {
			q := worlds.Ask(worlds.Rapid(t), src)
			capped, plain := q.Subject, q.Subject
			capped.Caps, plain.Caps = worlds.Caps(worlds.Rapid(t), src), nil
			addsNothing(t, policy, src, q, capped, plain)
			plain.Preview = nil
			addsNothing(t, policy, src, q, capped, plain)
		}
	})
}

// addsNothing fails when the narrowed subject may more than the plain one.
func addsNothing(t *rapid.T, policy *authz.Policy, src authz.Source, q worlds.Question, narrowed, plain authz.Subject) {
	q.Subject = narrowed
	if policy.Check(narrowed, q.Permission, q.Resource, q.Now).Allowed && !policy.Check(plain, q.Permission, q.Resource, q.Now).Allowed {
		t.Fatalf("key or preview adds to %v in %s", q, worlds.Brief(src))
	}
	if policy.CanMove(narrowed, q.Operation, q.Resource, q.To, q.Now).Allowed && !policy.CanMove(plain, q.Operation, q.Resource, q.To, q.Now).Allowed {
		t.Fatalf("key or preview adds to moving %v in %s", q, worlds.Brief(src))
	}
}
