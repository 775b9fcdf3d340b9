package jobs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

// filesOf is what a step takes of another one.
func filesOf(step string, names ...string) (inputs []remit.StepInput) {
	for _, name := range append(names, "")[:max(len(names), 1)] {
		inputs = append(inputs, remit.StepInput{From: "steps." + step + ".artifacts", Name: name})
	}
	return inputs
}

var chain = remit.JobType{
	Key: "chain", Title: "Chain", On: []string{"file", "collection"}, Runner: "workflow",
	Steps: []remit.Step{
		{Name: "find", Type: "detect"},
		{Name: "clean", Type: "pass", On: "none", Inputs: filesOf("find", "*.csv")},
		{Name: "report", Type: "pass", On: "none", Inputs: append(filesOf("find"), filesOf("clean", "good/one.txt")...)},
	},
}

// chains adds the types of a workflow whose steps take files of each other.
func (w *world) chains(change ...func(*remit.JobType)) {
	w.t.Helper()
	kind := copyOf(chain)
	for _, c := range change {
		c(&kind)
	}
	for _, t := range []remit.JobType{
		{Key: "detect", Title: "Detect", On: []string{"file", "collection"}, Runner: "process", Command: []string{"true"}, ArtifactDays: 3},
		{Key: "pass", Title: "Pass on", On: []string{"none", "collection"}, Runner: "process", Command: []string{"cat", "{inputs}"}, MaxAttempts: 3},
		kind,
	} {
		w.must(w.DeclareType(w.t.Context(), setup, t))
	}
}

func (w *world) chain(who authz.Subject) remit.Job {
	w.t.Helper()
	job := w.submit(who, remit.JobSpec{Type: "chain", On: remit.On{File: w.first}, Start: true})
	w.advance()
	return job
}

// makes works on a step that leaves files, each with its name as content.
func (w *world) makes(node authz.Subject, id remit.JobID, step string, names ...string) {
	w.t.Helper()
	as := w.claimStep(node, id, step)
	w.put(node, as.Lease, names...)
	w.finish(node, as.Lease, remit.JobSucceeded)
	w.advance()
}

func (w *world) put(node authz.Subject, l remit.Lease, names ...string) {
	w.t.Helper()
	for _, name := range names {
		_, err := w.PutArtifact(w.t.Context(), node, l, name, strings.NewReader(name))
		w.must(err)
	}
}

// given are the paths of what an attempt takes, whose bytes must be those promised.
func (w *world) given(node authz.Subject, as remit.Assignment) (names []string) {
	w.t.Helper()
	for _, in := range as.Inputs {
		name, ok := strings.CutPrefix(in.Name, in.Step+"/")
		if !ok || in.File != "" || in.Param != "" || !strings.HasPrefix(in.URL, "/api/v1/node/jobs/"+string(as.Job)+"/inputs/"+in.Step+"/") {
			w.t.Errorf("the input is %+v", in)
		}
		a, bytes, err := w.OpenTaken(w.t.Context(), node, as.Lease, in.Step, name)
		w.must(err)
		if text := w.read(bytes); text != name || a.Size != in.Size || int(in.Size) != len(name) || a.SHA256 != in.SHA256 || len(in.SHA256) != 64 {
			w.t.Errorf("%s reads %q, and is %+v", in.Name, text, in)
		}
		names = append(names, in.Name)
	}
	return names
}

func (w *world) wantGiven(node authz.Subject, as remit.Assignment, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.given(node, as)); diff != "" {
		w.t.Errorf("the step is given (-want +got):\n%s", diff)
	}
}

func TestAStepGetsTheArtifactsOfOtherStepsAsFiles(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		node := w.node("n1")
		job := w.chain(w.max)
		w.wantSteps(job.ID, "find=queued clean=waiting report=waiting")
		w.makes(node, job.ID, "find", "b.csv", "a.csv", "plots/a.csv", "was it 50%?.txt")
		clean := w.claimStep(node, job.ID, "clean")
		w.wantGiven(node, clean, "find/a.csv", "find/b.csv")
		w.put(node, clean.Lease, "good/one.txt", "bad/one.txt")
		w.finish(node, clean.Lease, remit.JobSucceeded)
		w.advance()
		report := w.claimStep(node, job.ID, "report")
		w.wantGiven(node, report, "find/a.csv", "find/b.csv", "find/plots/a.csv", "find/was it 50%?.txt", "clean/good/one.txt")
		if url := report.Inputs[3].URL; !strings.Contains(url, "/inputs/find/was%20it%2050%25%3F.txt?attempt=1&lease=") {
			t.Errorf("it lies at %s", url)
		}
		w.finish(node, report.Lease, remit.JobSucceeded)
		w.advance()
		w.wantState(job.ID, remit.JobSucceeded)
	})
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

func TestWhatExpiredIsTakenByNoStep(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		node := w.node("n1")
		expire := func(job remit.Job) {
			t.Helper()
			_, err := w.Expire(t.Context(), w.max, w.step(job.ID, "find").ID)
			w.must(err)
		}
		const words = "the files that it takes of step find have expired"

		job := w.chain(w.max) // before the step is made
		find := w.claimStep(node, job.ID, "find")
		w.put(node, find.Lease, "a.csv")
		w.finish(node, find.Lease, remit.JobSucceeded)
		expire(job)
		w.advance()
		w.wantSteps(job.ID, "find=succeeded clean=refused report=not_made")
		if failed := w.wantState(job.ID, remit.JobFailed); failed.Steps[1].Error != words {
			t.Errorf("refused: %+v", failed.Steps)
		}

		job = w.chain(w.max) // before it is claimed
		w.makes(node, job.ID, "find", "a.csv")
		expire(job)
		w.claimNothing(node)
		w.advance()
		w.wantSteps(job.ID, "find=succeeded clean=failed report=not_made")
		if failed := w.wantState(job.ID, remit.JobFailed); failed.Steps[1].Error != words {
			t.Errorf("failed: %+v", failed.Steps)
		}
		_, err := w.Retry(t.Context(), w.max, job.ID) // which brings nothing back
		w.must(err)
		w.advance()
		w.wantSteps(job.ID, "find=succeeded clean=failed report=not_made")

		job = w.chain(w.max) // while it is held
		w.makes(node, job.ID, "find", "a.csv")
		_, err = w.Switch(t.Context(), w.max, "moths", "pass", false)
		w.must(err)
		w.claimNothing(node)
		expire(job)
		_, err = w.Switch(t.Context(), w.max, "moths", "pass", true)
		w.must(err)
		w.sweep()
		w.advance()
		w.wantSteps(job.ID, "find=succeeded clean=failed report=not_made")

		job = w.chain(w.max) // while it is read
		w.makes(node, job.ID, "find", "a.csv")
		l := w.claimStep(node, job.ID, "clean").Lease
		_, bytes, err := w.OpenTaken(t.Context(), node, l, "find", "a.csv")
		w.must(err)
		w.clock.advance(3 * 24 * time.Hour)
		if got := w.read(bytes); got != "a.csv" { // what was open stays so
			t.Errorf("it reads %q", got)
		}
		_, _, err = w.OpenTaken(t.Context(), node, l, "find", "a.csv")
		w.want(err, "expired")
	})
}

func TestWhatAStepTakesMustBeThere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		node := w.node("n1")
		for _, c := range []struct {
			made []string
			want string
		}{
			{nil, "it takes *.csv of step find, which made no such file"},
			{[]string{"deep/a.csv"}, "it takes *.csv of step find, which made no such file"},
			{[]string{"a.csv", "a.csv/b"}, ""}, // of which it takes one
		} {
			job := w.chain(w.max)
			w.makes(node, job.ID, "find", c.made...)
			shown, err := w.Job(t.Context(), w.max, job.ID)
			w.must(err)
			if got := shown.Steps[1]; got.Error != c.want || (got.State == remit.StepRefused) != (c.want != "") {
				t.Errorf("with %v the step is %s: %q", c.made, got.State, got.Error)
			}
			if c.want == "" {
				w.makes(node, job.ID, "clean", "good/one.txt")
				w.wantSteps(job.ID, "find=succeeded clean=succeeded report=refused") // which takes both
			}
		}
		w.chains(func(k *remit.JobType) { k.Steps[1].Inputs[0].Name = "" })
		job := w.chain(w.max) // all of nothing is nothing
		w.makes(node, job.ID, "find")
		w.wantGiven(node, w.claimStep(node, job.ID, "clean"))
	})
}

func TestAFileOfTheCollectionIsNeverFoundForOneOfAStep(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains(func(k *remit.JobType) { k.On, k.Steps[1].On = []string{"collection"}, "" })
		node := w.node("n1")
		w.write("night/find/a.csv", "of the night")
		w.scan()
		job := w.submit(w.max, remit.JobSpec{Type: "chain", On: remit.On{Collection: w.night}, Start: true})
		w.advance()
		if as := w.claimStep(node, job.ID, "find"); len(as.Inputs) != 3 {
			t.Fatalf("the collection has the files %+v", as.Inputs)
		} else {
			w.put(node, as.Lease, "a.csv")
			w.finish(node, as.Lease, remit.JobSucceeded)
		}
		w.advance()
		w.wantSteps(job.ID, "find=succeeded clean=held report=waiting")
		if held := w.step(job.ID, "clean").Held; held != "what it is on holds a file where one of another step would lie" {
			t.Errorf("held: %s", held)
		}
		w.hide("night/find/a.csv")
		w.sweep()
		as := w.claimStep(node, job.ID, "clean")
		if got := []string{as.Inputs[0].Name, as.Inputs[1].Name, as.Inputs[2].Name}; !slices.Equal(got, []string{"one.txt", "two.txt", "find/a.csv"}) {
			t.Errorf("it is given %v", got)
		}
	})
}

func TestAStepThatIsDoneAgainTakesTheSameFiles(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		node := w.node("n1")
		job := w.chain(w.max)
		first := w.claimStep(node, job.ID, "find").Lease
		w.put(node, first, "lost.csv")
		w.clock.advance(leaseTTL)
		w.sweep()
		w.advance()
		w.wantSteps(job.ID, "find=failed clean=not_made report=not_made") // it had one try
		_, err := w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.advance()
		w.makes(node, job.ID, "find", "a.csv")
		for range 3 {
			as := w.claimStep(node, job.ID, "clean")
			w.wantGiven(node, as, "find/a.csv") // never what a lost attempt made
			w.finish(node, as.Lease, remit.JobFailed)
		}
		w.advance()
		w.wantState(job.ID, remit.JobFailed)
		_, err = w.Retry(t.Context(), w.max, job.ID)
		w.must(err)
		w.advance()
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
