package jobs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
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

// Whatever is said of a job or its type since, what a cleanup removed stays gone.
func TestWhatWasRemovedIsTakenByNoStep(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.chains()
		node := w.node("n1")
		job := w.chain(w.max)
		w.makes(node, job.ID, "find", "a.csv", "b.txt")
		remove := func(name string) {
			w.must(d.Write(t.Context(), db.Shared, func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE artifacts SET removed_at = 1 WHERE name = $1`, name)
				return err
			}))
		}
		remove("b.txt") // which the next step does not take
		as := w.claimStep(node, job.ID, "clean")
		w.wantGiven(node, as, "find/a.csv")
		remove("a.csv")
		_, _, err := w.OpenTaken(t.Context(), node, as.Lease, "find", "a.csv")
		w.want(err, "expired")
		w.must(w.Release(t.Context(), node, as.Lease))
		w.claimNothing(node)
		w.advance()
		w.wantSteps(job.ID, "find=succeeded clean=failed report=not_made")
	})
}

func TestAStepTakesManyFiles(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.chains()
		node := w.node("n1")
		job := w.chain(w.max)
		var names, want []string
		for i := range 203 {
			names = append(names, fmt.Sprintf("%03d.csv", i))
			want = append(want, "find/"+names[i])
		}
		w.makes(node, job.ID, "find", names...)
		w.wantGiven(node, w.claimStep(node, job.ID, "clean"), want...)
	})
}

// Neither can happen while steps are handled from the top.
func TestFilesOfAnotherAttemptAreNeverTakenInstead(t *testing.T) {
	withDB(t, func(t *testing.T, w *world, d *db.DB) {
		w.chains()
		node := w.node("n1")
		for change, want := range map[string]string{
			`UPDATE jobs SET attempt = 2 WHERE step = 'find'`:      "step find, whose files it takes, has run again since",
			`UPDATE jobs SET state = 'failed' WHERE step = 'find'`: "step find, whose files it takes, has run again since",
			`UPDATE step_inputs SET source_id = 'gone'`:            "step find, whose files it takes, is not there any more",
		} {
			job := w.chain(w.max)
			w.makes(node, job.ID, "find", "a.csv")
			clean := w.step(job.ID, "clean").ID
			w.must(d.Write(t.Context(), db.Shared, func(tx *db.Tx) error { _, err := tx.Exec(change); return err }))
			w.claimNothing(node)
			if failed := w.wantState(clean, remit.JobFailed); failed.Error != want {
				t.Errorf("it failed with %q, want %q", failed.Error, want)
			}
		}
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
		w.write("night/Find/b.csv", "of the night")
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
		if held := w.step(job.ID, "clean").Held; held != "what it is on holds files in find, where those of step find would lie" {
			t.Errorf("held: %s", held)
		}
		w.hide("night/Find/b.csv")
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
