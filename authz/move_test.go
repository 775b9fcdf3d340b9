package authz_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/authz"
)

// moving takes a job elsewhere: cancel it here, create and run it there.
func moving(src *authz.Source) {
	src.Catalog.Operations = append(src.Catalog.Operations, authz.Operation{
		Name: "job.move", Groups: groups("job:cancel"), Read: "job:read", Verb: "move",
		To: [][]string{{"job:create"}, {"job:run.{run}", "job:cancel"}}, Guards: []authz.Guard{authz.GuardFinished},
	})
}

// CanMove by dan, from p1 to p2.
func TestMovingIsAskedAtBothPlaces(t *testing.T) {
	t.Parallel()
	here := []change{moving, member("p1", "dan", "sound_tech")}
	finished := with(jobOf("dan"), authz.IsFinished)
	there := authz.Resource{Project: "p2", Owner: "dan", Run: "render"}
	maker := []change{entry("p2", "dan", authz.Allow, "job:create"), entry("p2", "dan", authz.Allow, "job:run.render")}
	for _, c := range []struct {
		name     string
		given    []change
		from, to authz.Resource
		want     authz.Decision
	}{
		{"both let it", append(here, maker...), finished, there, authz.Decision{Allowed: true, Rule: 12, Permission: "job:cancel"}},
		{"this place does not", append(here, maker...), with(jobOf("eve"), authz.IsFinished), there,
			authz.Decision{Rule: 14, Permission: "job:cancel", OwnOnly: true}},
		{"the other place is hidden", here, finished, there,
			authz.Decision{Rule: 14, Permission: "job:create", ProjectHidden: true}},
		{"the other place lets only one of two", append(here, maker[0]), finished, there,
			authz.Decision{Rule: 14, Permission: "job:run.render"}},
		{"any of a group is enough", append(here, maker[0], entry("p2", "dan", authz.Allow, "job:cancel")), finished, there,
			authz.Decision{Allowed: true, Rule: 12, Permission: "job:cancel"}},
		{"a deny of one of a group leaves the other", append(here, maker[0], entry("p2", "dan", authz.Deny, "job:run.render"),
			entry("p2", "dan", authz.Allow, "job:cancel")), finished, there, authz.Decision{Allowed: true, Rule: 12, Permission: "job:cancel"}},
		{"the run right is that of the place it goes to", append(here, maker...), run(finished, "ml"), run(there, "ml"),
			authz.Decision{Rule: 14, Permission: "job:run.ml"}},
		{"a run without a right", append(here, maker...), finished, run(there, ""),
			authz.Decision{Rule: 14, Permission: "job:cancel"}},
		{"it has not ended", append(here, maker...), jobOf("dan"), there,
			authz.Decision{Rule: 16, Guard: authz.GuardFinished, Permission: "job:cancel"}},
		{"it has not ended, and the other place does not let it", here, jobOf("dan"), there,
			authz.Decision{Rule: 14, Permission: "job:create", ProjectHidden: true}},
	} {
		got := compile(t, c.given...).CanMove(person("dan"), "job.move", c.from, c.to, 0)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

func TestAKeyLimitsWhereThingsGo(t *testing.T) {
	t.Parallel()
	p := compile(t, moving)
	key := capped("sue", "*")
	key.Caps.Projects = []string{"p1"}
	finished := with(jobOf("dan"), authz.IsFinished)
	want := authz.Decision{Rule: 5, Permission: "job:create"}
	if diff := cmp.Diff(want, p.CanMove(key, "job.move", finished, in("p2"), 0)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if d := p.CanMove(key, "job.move", finished, run(in("p1"), "ml"), 0); !d.Allowed {
		t.Errorf("inside its project: %+v", d)
	}
}

func TestNobodyMovesWithoutAnAccountOrAnOperation(t *testing.T) {
	t.Parallel()
	p := compile(t, moving)
	for _, c := range []struct {
		who  string
		op   string
		want authz.Decision
	}{
		{"nobody", "job.move", authz.Decision{Rule: 1, Permission: "job.move"}},
		{"sue", "job.carry", authz.Decision{Rule: 2, Permission: "job.carry"}},
	} {
		if diff := cmp.Diff(c.want, p.CanMove(person(c.who), c.op, jobOf("dan"), in("p2"), 0)); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.who, diff)
		}
	}
}

func TestCanAsksNothingOfWhereThingsGo(t *testing.T) {
	t.Parallel()
	p := compile(t, moving, member("p1", "dan", "sound_tech"))
	if d := p.Can(person("dan"), "job.move", with(jobOf("dan"), authz.IsFinished), 0); !d.Allowed {
		t.Errorf("%+v", d)
	}
}

func TestAnOperationWithoutGroupsAsksOnlyTheOtherPlaceAndTheRead(t *testing.T) {
	t.Parallel()
	p := compile(t, member("p1", "dan", "sound_tech"), operated(authz.Operation{Name: "job.look", Read: "job:read"}),
		operated(authz.Operation{Name: "nothing"}))
	for _, c := range []struct {
		op   string
		on   authz.Resource
		want authz.Decision
	}{
		{"job.look", jobOf("eve"), authz.Decision{Allowed: true, Rule: 12, Permission: "job:read"}},
		{"job.look", in("p2"), authz.Decision{Rule: 14, Permission: "job:read", ProjectHidden: true, ThingHidden: true}},
		{"nothing", in("p2"), authz.Decision{Allowed: true}},
	} {
		if diff := cmp.Diff(c.want, p.Can(person("dan"), c.op, c.on, 0)); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.op, diff)
		}
	}
}

// A primary that is reserved refuses; one that merely requires something
// reserved leaves the other permissions of its group.
func TestAReservedPrimaryRefuses(t *testing.T) {
	t.Parallel()
	given := []change{member("p1", "ada", "owner"), operated(authz.Operation{
		Name: "x", Groups: groups(editBudget, "job:create"), Primary: editBudget,
	})}
	reserve := func(name string) change { return func(src *authz.Source) { src.Reserved = []string{name} } }
	wantAnswers(t, compile(t, append(given, reserve(editBudget))...), asked{who: person("ada"), what: "x", on: in("p1"), want: "403"})
	wantAnswers(t, compile(t, append(given, reserve(budget))...), asked{who: person("ada"), what: "x", on: in("p1"), want: "yes"})
}
