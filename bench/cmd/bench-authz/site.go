package main

import (
	"context"
	"fmt"
	"time"

	engine "github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/figures"
)

// large is a site of a million memberships and its policy.
type large struct {
	model       authz.Model // to draw changes from; let go while memory is measured
	questions   []authz.Question
	src         engine.Source
	policy      *engine.Policy
	memberships int

	source, both, peak     int64 // bytes in use: of the source, with the policy, at most while compiling
	compile, role, project []float64
	names, ids             *runner   // questions at random
	few                    []*runner // a small site's worth of them, over and over: by names, with ids
	floors                 []*runner // at random: by names, with integers
}

// largeSite measures a site of a million memberships.
func largeSite(ctx context.Context, b *bench) (figures.Result, error) {
	l := &large{memberships: b.large.Users * b.large.Memberships}
	steps := []func(*bench) error{l.write, l.weigh, l.compileOften, l.check, l.changeProjects, l.changeRoles, l.checkFloors}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return figures.Result{}, err
		}
		if err := step(b); err != nil {
			return figures.Result{}, err
		}
	}
	return l.result(), nil
}

// write makes the source and questions, and measures what the source takes.
func (l *large) write(b *bench) error {
	l.model = authz.NewModel(b.large)
	l.questions = l.model.Questions(8 * b.questions)
	before := live()
	l.src = authz.Source(l.model)
	l.source = live() - before
	return nil
}

// weigh measures what the policy takes beside its source. The names belong to
// the model, which is there before and after.
func (l *large) weigh(*bench) (err error) {
	before := live()
	l.peak = peak(func() { l.policy, err = engine.Compile(l.src) }) - before + l.source
	l.both = live() - before + l.source
	return err
}

// compileOften measures compiling, which is never started with garbage around.
func (l *large) compileOften(b *bench) (err error) {
	for range min(b.rounds, 7) {
		l.policy = nil
		live()
		begun := time.Now()
		l.policy, err = engine.Compile(l.src)
		if err != nil {
			return err
		}
		l.compile = append(l.compile, since(begun))
	}
	return nil
}

func (l *large) check(b *bench) error {
	names := &authz.Remit{Policy: l.policy}
	ids := &authz.Remit{Policy: l.policy, Resolved: true}
	l.names = &runner{name: "names", ask: asker(names, l.questions)}
	l.ids = &runner{name: "ids", ask: asker(ids, l.questions)}
	some := l.questions[:b.questions]
	l.few = []*runner{{name: "few names", ask: asker(names, some)}, {name: "few ids", ask: asker(ids, some)}}
	return race(b.plan, []*runner{l.names, l.ids, l.few[0], l.few[1]})
}

// checkFloors asks the floors the same at random. They come last, for they
// take more memory than the policy.
func (l *large) checkFloors(b *bench) error {
	for _, floor := range []*authz.Floor{{ByName: true}, {}} {
		if err := floor.Load(l.model); err != nil {
			return err
		}
		l.floors = append(l.floors, &runner{name: floor.Name(), ask: asker(floor, l.questions)})
	}
	return race(b.plan, l.floors)
}

func (l *large) result() figures.Result {
	r := figures.Result{Columns: []string{"a site of " + figures.Thousands(l.memberships) + " memberships", "measured"}}
	row := func(name, figure string) { r.Rows = append(r.Rows, []string{name, figure}) }
	each := func(bytes int64) string { return fmt.Sprintf("%d B", bytes/int64(l.memberships)) }
	row("compile", figures.Dur(figures.Median(l.compile)))
	row("source, in use", figures.Size(l.source))
	row("policy, in use", figures.Size(l.both-l.source))
	row("source and policy, in use", figures.Size(l.both))
	row("at most while compiling, source and garbage included", figures.Size(l.peak))
	row("of the source, each membership", each(l.source))
	row("of the policy, each membership", each(l.both-l.source))
	row("check with names, questions at random", figures.Dur(l.names.median()))
	row("check with resolved ids, questions at random", figures.Dur(l.ids.median()))
	row("the same of `floor-names`", figures.Dur(l.floors[0].median()))
	row("the same of `floor-integers`", figures.Dur(l.floors[1].median()))
	row("check with names, the same few questions over and over", figures.Dur(l.few[0].median()))
	row("check with resolved ids, the same few questions over and over", figures.Dur(l.few[1].median()))
	row("a change in one project, to its first check", figures.Dur(figures.Median(l.project)))
	row("a change of a role template, to its first check", figures.Dur(figures.Median(l.role)))
	r.Targets = l.targets()
	r.Figures = map[string]string{"source": each(l.source), "policy": each(l.both - l.source)}
	return r
}

func (l *large) targets() []figures.Target {
	compile := func() error { _, err := engine.Compile(l.src); return err }
	change := func() error { return l.changeProject(0) }
	return []figures.Target{
		explained(within("compile", 2*time.Second, figures.Median(l.compile)), new(string), compile),
		{Text: "source and policy, in use", Want: "≤ 200 MB", Measured: figures.Size(l.both), Met: l.both <= 200e6},
		l.names.explain(within("a check with names, questions at random", 150, l.names.median())),
		l.ids.explain(within("a check with resolved ids, questions at random", 150, l.ids.median())),
		l.few[0].explain(within("a check with names, the same few over and over", 150, l.few[0].median())),
		l.few[1].explain(within("a check with resolved ids, the same few over and over", 150, l.few[1].median())),
		explained(within("a change in one project is visible", 5*time.Millisecond, figures.Median(l.project)), new(string), change),
		explained(within("a change of a role template is visible", 50*time.Millisecond, figures.Median(l.role)), new(string), l.changeRole),
	}
}

// within is a target of at most some time.
func within(text string, most time.Duration, ns float64) figures.Target {
	return figures.Target{Text: text, Want: figures.Limit("≤", figures.Dur(float64(most))), Measured: figures.Dur(ns), Met: ns <= float64(most)}
}
