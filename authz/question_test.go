package authz_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// everyKind is one subject of each kind, and the ways in which a person asks.
func everyKind() []authz.Subject {
	return []authz.Subject{
		{}, person("dan"), person("sue"), person("nobody"), capped("dan", "record:view.*", "jobs:look"), n1,
		{Kind: authz.System, ID: "sweeper"}, bearer("j1"), everybody, {Kind: 9},
		asUser("sue", "dan"), asRole("dan", "drummer"), asRole("dan", "no such role"),
	}
}

func TestManyQuestionsAtOnceAreTheSameQuestions(t *testing.T) {
	t.Parallel()
	p := compile(t, tokens, reading, alias("jobs:look", "job:read", "job:claim"), member("p1", "dan", "sound_tech"), public("p1", events))
	names := append(p.Names(""), "job:fly", "jobs:look", "")
	for _, who := range everyKind() {
		for _, r := range []authz.Resource{{}, jobOf("dan"), thing("j1"), privately("ada", "c1")} {
			got := p.CheckAll(who, names, r, 0, make([]authz.Decision, 1, 50))
			for i, name := range names {
				want := p.Check(who, name, r, 0)
				if diff := cmp.Diff(want, got[i+1]); diff != "" {
					t.Errorf("%+v %s on %+v: -check +checkall\n%s", who, name, r, diff)
				}
				resolved := p.Resolve(who, name, r)
				if diff := cmp.Diff(want, p.Decide(&resolved, 0)); diff != "" {
					t.Errorf("%+v %s on %+v: -check +decide\n%s", who, name, r, diff)
				}
			}
		}
	}
}

func TestAResolvedQuestionIsLookedUpAnewByAnotherPolicy(t *testing.T) {
	t.Parallel()
	before := compile(t, member("p1", "dan", "production_manager"))
	q := before.Resolve(person("dan"), budget, in("p1"))
	after := world()
	after.Users = after.Users[2:] // other numbers for everybody
	for name, p := range map[string]*authz.Policy{"nobody in p1": compile(t), "other numbers": compiledSource(t, after)} {
		if got := answer(p.Decide(&q, 0)); got != "no R14" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := answer(before.Decide(&q, 0)); got != "yes R12" {
		t.Errorf("where it was looked up: %s", got)
	}
}

func compiledSource(t *testing.T, src authz.Source) *authz.Policy {
	t.Helper()
	src.Teams = nil
	p, err := authz.Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAResolvedQuestionCanBeAskedAtAnyTime(t *testing.T) {
	t.Parallel()
	p := compile(t, during("p1", "dan", authz.Allow, budget, authz.Interval{From: 10, Until: 20}))
	q := p.Resolve(person("dan"), budget, in("p1"))
	for at, want := range map[int64]string{9: "no R14", 10: "yes R11", 19: "yes R11", 20: "no R14"} {
		if got := answer(p.Decide(&q, at)); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestCheckAllAllocatesNothingWhenThereIsRoom(t *testing.T) {
	p := compile(t, member("p1", "dan", "sound_tech"))
	names, room := p.Names(""), make([]authz.Decision, 0, 50)
	if n := testing.AllocsPerRun(100, func() { p.CheckAll(person("dan"), names, jobOf("dan"), 0, room) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whoever asks, and whatever answers, Check needs no memory. (Previews do:
// they are for people who look, not for every request.)
func TestNoKindOfSubjectMakesCheckAllocate(t *testing.T) {
	p := compile(t, tokens, alias("jobs:look", "job:read", "job:claim"), disabled("bob"),
		member("p1", "dan", "sound_tech"), entry("p1", "eve", authz.Deny, authz.ProjectView), public("p2", events),
		during("p1", "ada", authz.Allow, "*", authz.Interval{From: 1}), siteEntry("pam", authz.Deny, "job:*"),
		members("p1", authz.Member{User: "ada", Role: "reader", Collection: "c1"}))
	key := capped("dan", "job:*@own", "jobs:look", editBudget)
	key.Caps.Projects = []string{"p1"}
	subjects := append(everyKind()[:10], key, person("ada"), person("bob"), person("eve"), person("pam"))
	things := []authz.Resource{{}, jobOf("dan"), thing("j1"), privately("ada", "c1"), in("p2"), inputOf(ofType), inputOf(ofPerson)}
	for _, who := range subjects {
		for _, r := range things {
			for _, what := range []string{"job:read", "jobs:look", events, "file:read", editEvents, editBudget, authz.ProjectView, "audit:delete", "job:fly"} {
				q := p.Resolve(who, what, r)
				n := testing.AllocsPerRun(1, func() {
					p.Check(who, what, r, 5)
					p.Decide(&q, 5)
				})
				if n != 0 {
					t.Errorf("%+v %s on %+v: %v allocations", who, what, r, n)
				}
			}
		}
	}
}
