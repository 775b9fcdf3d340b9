package jobs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
)

func (w *world) wantControl(who authz.Subject, id remit.JobID, verb, reason string) {
	w.t.Helper()
	all, err := w.Controls(w.t.Context(), who, id)
	w.must(err)
	at := slices.IndexFunc(all, func(c remit.Control) bool { return c.Verb == verb })
	if at < 0 || all[at].Reason != reason || all[at].Allowed != (reason == "") {
		w.t.Errorf("the buttons of %s are %+v, want %s: %q", who.Name, all, verb, reason)
	}
}

func TestOnlyTheLeaseOfAStepReadsWhatItTakesAndNothingElse(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		ctx, n1, n2 := t.Context(), w.node("n1"), w.node("n2")
		job := w.chain(w.max)
		w.makes(n1, job.ID, "find", "a.csv", "b.txt")
		open := func(who authz.Subject, l remit.Lease, step, name, code string) {
			t.Helper()
			_, bytes, err := w.OpenTaken(ctx, who, l, step, name)
			w.want(err, code)
			if err == nil {
				w.must(bytes.Close())
			}
		}
		old := w.claimStep(n1, job.ID, "clean").Lease
		open(n1, old, "find", "a.csv", "")
		open(n1, old, "find", "b.txt", "not_found") // it does not take that one
		for _, bad := range []string{"", "..", "../find/a.csv", "a.csv/", "*.csv", "\x00", "\xff", strings.Repeat("a", 600)} {
			open(n1, old, "find", bad, "not_found")
			open(n1, old, bad, "a.csv", "not_found")
		}
		open(n1, old, "report", "a.csv", "not_found")
		open(n2, old, "find", "a.csv", "not_found") // another node
		open(w.max, old, "find", "a.csv", "not_found")
		open(setup, old, "find", "a.csv", "not_found")
		find := w.step(job.ID, "find")
		open(n1, remit.Lease{Job: find.ID, Attempt: 1, Lease: old.Lease}, "find", "a.csv", "lease_lost") // it made that, and is done
		_, err := w.Job(ctx, n1, find.ID)
		w.want(err, "not_found") // what is lent is the artifact, and not the job
		_, _, err = w.OpenArtifact(ctx, n1, find.ID, 1, "a.csv")
		w.want(err, "not_found")
		_, _, err = w.OpenInput(ctx, n1, old, w.first) // which the other step was on
		w.want(err, "not_found")

		w.clock.advance(leaseTTL)
		w.sweep()
		open(n1, old, "find", "a.csv", "lease_lost")
		w.clock.advance(time.Hour)
		fresh := w.claimStep(n2, job.ID, "clean")
		open(n1, old, "find", "a.csv", "lease_lost")
		open(n1, fresh.Lease, "find", "a.csv", "lease_lost")
		open(n2, remit.Lease{Job: old.Job, Attempt: 1, Lease: fresh.Lease.Lease}, "find", "a.csv", "lease_lost")
		w.wantGiven(n2, fresh, "find/a.csv")
		w.must(w.Cleanup(ctx, n1, old, ""))
		open(n1, old, "find", "a.csv", "lease_lost")
	})
}

func TestAStepIsHeldWhileOwnerOrRunnerMayNotReadWhatItTakes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		sees, runs := " collection:read file:read job:read", "project:view job:create job:run.chain.single job:run.detect.single job:run.pass"
		may := func(yes bool) { w.role("chainer", runs+map[bool]string{true: sees, false: " job:read"}[yes]) }
		may(true)
		sue, node := w.person("sue", "chainer"), w.node("n1")
		job := w.chain(sue)
		w.makes(node, job.ID, "find", "a.csv")
		may(false)
		w.claimNothing(node)
		if held := w.wantState(w.step(job.ID, "clean").ID, remit.JobHeld); held.Held != "sue may not read what it takes of other steps any more" {
			t.Errorf("held: %s", held.Held)
		}
		w.sweep()
		w.wantSteps(job.ID, "find=succeeded clean=held report=waiting")
		id := w.step(job.ID, "clean").ID
		_, err := w.Run(t.Context(), sue, id)
		w.want(err, "not_found")
		shown, err := w.Job(t.Context(), sue, id)
		w.must(err)
		if slices.Contains(shown.Permissions, "run") {
			t.Errorf("sue may %v of a step whose files she may not read", shown.Permissions)
		}
		w.wantControl(sue, id, "run", "You cannot read what the steps of its workflow read")
		w.wantControl(w.max, id, "run", "")
		w.wantControl(w.max, id, "requeue", "It takes what other steps made: requeue its workflow")
		_, err = w.Run(t.Context(), w.max, id) // who may, and its owner may not
		w.must(err)
		w.claimNothing(node)
		may(true)
		w.sweep()
		as := w.claimStep(node, job.ID, "clean")
		w.put(node, as.Lease, "good/one.txt")
		may(false)
		_, _, err = w.OpenTaken(t.Context(), node, as.Lease, "find", "a.csv")
		w.want(err, "not_found")
		_, err = w.Log(t.Context(), sue, id, 0, 0, 0) // R31: its log may show what it took
		w.want(err, "not_found")
		w.finish(node, as.Lease, remit.JobSucceeded)
		_, _, err = w.OpenArtifact(t.Context(), sue, id, 0, "good/one.txt")
		w.want(err, "not_found")
		_, bytes, err := w.OpenArtifact(t.Context(), w.max, id, 0, "good/one.txt")
		w.must(err)
		w.must(bytes.Close())
		w.advance()
		w.wantSteps(job.ID, "find=succeeded clean=succeeded report=held") // which takes of both
	})
}

func TestTheJobThatFilesAreTakenOfMustBeReadableAsWell(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		node := w.node("n1")
		w.role("chainer", basic+" job:run.chain.single job:run.detect.single job:run.pass")
		job := w.chain(w.person("sue", "chainer"))
		w.makes(node, job.ID, "find", "a.csv")
		deny, err := w.projects.AddEntry(t.Context(), setup, "moths", remit.Entry{User: "sue", Permission: "job:read", Effect: "deny", Collection: w.night})
		w.must(err) // which the other step was about, and this one is not
		w.claimNothing(node)
		w.wantSteps(job.ID, "find=succeeded clean=held report=waiting")
		w.must(w.projects.RemoveEntry(t.Context(), setup, "moths", deny.ID))
		w.sweep()
		w.wantGiven(node, w.claimStep(node, job.ID, "clean"), "find/a.csv")
	})
}

func TestAStepThatTakesFilesIsRequeuedWithItsWorkflowOnly(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		node := w.node("n1")
		job := w.chain(w.max)
		w.makes(node, job.ID, "find", "a.csv")
		clean, find := w.step(job.ID, "clean"), w.step(job.ID, "find")
		if slices.Contains(clean.Permissions, "requeue") || !slices.Contains(find.Permissions, "requeue") {
			t.Errorf("of the steps one may %v and %v", clean.Permissions, find.Permissions)
		}
		_, err := w.Requeue(t.Context(), w.max, clean.ID, jobs.Requeue{})
		w.want(err, "takes_files")
		_, err = w.Requeue(t.Context(), w.ada, clean.ID, jobs.Requeue{})
		w.want(err, "denied")
		_, err = w.Requeue(t.Context(), w.max, find.ID, jobs.Requeue{})
		w.must(err)
		_, err = w.Requeue(t.Context(), w.max, job.ID, jobs.Requeue{})
		w.must(err)
	})
}

// Who may not read what the first step read gets nothing of it through the others.
func TestRightsAreAskedThroughHoweverManySteps(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains(func(k *remit.JobType) { k.Steps[2].Inputs = filesOf("clean") })
		runs := "project:view job:read job:create job:run.chain.single job:run.detect.single job:run.pass"
		w.role("chainer", runs+" collection:read file:read")
		w.role("watcher", "project:view job:read job:run.pass")
		sue, tom, node := w.person("sue", "chainer"), w.person("tom", "watcher"), w.node("n1")
		job := w.chain(sue)
		w.makes(node, job.ID, "find", "a.csv")
		w.makes(node, job.ID, "clean", "b.csv")
		w.role("chainer", runs)
		w.claimNothing(node)
		w.wantSteps(job.ID, "find=succeeded clean=succeeded report=held")
		id := w.step(job.ID, "report").ID
		w.wantControl(tom, id, "run", "You cannot read what the steps of its workflow read")
		_, err := w.Run(t.Context(), tom, id)
		w.want(err, "not_found")
		w.role("chainer", runs+" collection:read file:read")
		w.sweep()
		as := w.claimStep(node, job.ID, "report")
		w.must(w.say(node, as.Lease, 0, "what it read"))
		w.put(node, as.Lease, "c.csv")
		w.finish(node, as.Lease, remit.JobSucceeded)
		_, err = w.Log(t.Context(), tom, id, 0, 0, 0)
		w.want(err, "not_found")
		_, err = w.Artifacts(t.Context(), tom, id, 0)
		w.want(err, "not_found")
		_, err = w.Zip(t.Context(), tom, id, 0)
		w.want(err, "not_found")
		if got := w.log(id, 0); got != "what it read" {
			t.Errorf("to who may, the log reads %q", got)
		}
	})
}

func TestAStepIsHeldWhileOwnerOrRunnerMayNotReadWhatItsParametersCameFrom(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.surveys()
		runs := "project:view job:read job:create job:run.survey.single job:run.detect.single job:run.tally job:run.once"
		w.role("surveyor", runs+" collection:read file:read")
		sue, node := w.person("sue", "surveyor"), w.node("n1")
		job := w.survey(sue)
		w.does(node, job.ID, "find", ok(`{"found":3}`))
		w.role("surveyor", runs)
		want := nodes.Want{Want: jobs.Want{Types: []string{"tally"}}}
		if given, err := w.nodes.Claim(t.Context(), node, want); err != nil || len(given) != 0 {
			t.Errorf("the node was given %v, %v", given, err)
		}
		id := w.step(job.ID, "count").ID
		if held := w.wantState(id, remit.JobHeld); held.Held != "sue may not read what it takes of other steps any more" {
			t.Errorf("held: %s", held.Held)
		}
		_, err := w.Run(t.Context(), sue, id)
		w.want(err, "not_found")
		w.wantControl(sue, id, "run", "You cannot read what the steps of its workflow read")
		w.wantControl(w.max, id, "requeue", "It takes what other steps made: requeue its workflow")
		w.does(node, job.ID, "check", ok(`null`)) // which takes nothing
		w.role("surveyor", runs+" collection:read file:read")
		w.sweep()
		w.does(node, job.ID, "count", ok(`null`))
	})
}
