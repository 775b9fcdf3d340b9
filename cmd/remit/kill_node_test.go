package main_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	vocabulary "github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func TestAKilledNodesJobRunsAgainOnce(t *testing.T) {
	t.Parallel()
	i := install(t, "5s")
	first := i.node("first")
	id := i.submit("--delay", "1s")
	i.inTheMiddle(id, 1)
	held, err := first.client.Held(t.Context(), "")
	if err != nil || len(held) != 1 {
		t.Fatalf("the leases of the node: %v %v", held, err)
	}
	first.kill()
	i.node("second")
	job := i.ended(id)
	if job.State != vocabulary.JobSucceeded || job.Attempt != 2 {
		t.Errorf("the job %s in attempt %d: %s", job.State, job.Attempt, job.Error)
	}
	i.tookTwoAttempts(id)
	i.refusesTheOldAttempt(first.client, held[0])
	i.tookTwoAttempts(id)
	if diff := cmp.Diff(job, i.job(id)); diff != "" {
		t.Errorf("the late words changed the job:\n%s", diff)
	}
}

// tookTwoAttempts says that the first left a log, and the second everything else.
func (i *installation) tookTwoAttempts(id vocabulary.JobID) {
	i.t.Helper()
	if diff := cmp.Diff([]string{"lost on first", "succeeded on second"}, i.attempts(id)); diff != "" {
		i.t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(i.log(id, 1), "::progress 0.05") {
		i.t.Errorf("the log of the lost attempt: %q", i.log(id, 1))
	}
	if lost := i.artifacts(id, 1); len(lost) > 0 {
		i.t.Errorf("the lost attempt has artifacts: %+v", lost)
	}
	var names []string
	for _, a := range i.artifacts(id, 0) {
		names = append(names, a.Name)
		if a.Attempt != 2 {
			i.t.Errorf("%s is of attempt %d", a.Name, a.Attempt)
		}
	}
	if diff := cmp.Diff([]string{"annotated.png", "sources.csv"}, names); diff != "" {
		i.t.Errorf("artifacts (-want +got):\n%s", diff)
	}
}

// refusesTheOldAttempt says all that the killed node might still have said.
func (i *installation) refusesTheOldAttempt(late *client.Client, old vocabulary.Lease) {
	i.t.Helper()
	ctx := i.t.Context()
	_, beat := late.Heartbeat(ctx, old)
	_, put := late.PutArtifact(ctx, old, "sources.csv", strings.NewReader("late"))
	said := map[string]error{
		"start":     late.Start(ctx, old),
		"heartbeat": beat,
		"progress":  late.Progress(ctx, old, vocabulary.Progress{Fraction: 0.9}),
		"log":       late.AppendLog(ctx, old, "stdout", 0, "late\n"),
		"artifact":  put,
		"success":   late.Finish(ctx, old, client.Finish{State: vocabulary.JobSucceeded}),
		"failure":   late.Finish(ctx, old, client.Finish{State: vocabulary.JobFailed, Error: "late"}),
		"release":   late.Release(ctx, old),
	}
	for what, err := range said {
		if vocabulary.CodeOf(err) != "lease_lost" {
			i.t.Errorf("%s of the old attempt: %v", what, err)
		}
	}
	if err := late.Cleanup(ctx, old, "last words\n"); err != nil {
		i.t.Errorf("clean-up of the old attempt: %v", err)
	}
}

func TestANodeThatComesBackEndsWhatItLeftRunning(t *testing.T) {
	t.Parallel()
	i := install(t, "1m")
	n := i.node("bench")
	id := i.submit("--delay", "1m")
	i.inTheMiddle(id, 1)
	orphan := i.program(n, id, 1)
	n.kill()
	if !alive(orphan) {
		t.Fatal("the program did not outlive its node, so there is nothing to see here")
	}
	i.work(n)
	n.says(t, `ending a process of an earlier run" pid=`+strconv.Itoa(orphan))
	until(t, "the orphan has ended", func() bool { return !alive(orphan) })
	i.inTheMiddle(id, 2) // given back at once, long before the lease's end
	again := i.program(n, id, 2)
	if _, err := i.admin.Act(t.Context(), id, "cancel"); err != nil {
		t.Fatal(err)
	}
	if job := i.ended(id); job.State != vocabulary.JobCancelled {
		t.Errorf("the job is %s", job.State)
	}
	if diff := cmp.Diff([]string{"released on bench", "cancelled on bench"}, i.attempts(id)); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	until(t, "the cancelled program has ended", func() bool { return !alive(again) })
	if err := n.interrupt(); err != nil {
		t.Errorf("the node ended with %v", err)
	}
	if left, err := filepath.Glob(i.path("bench", "job_*")); err != nil || len(left) > 0 {
		t.Errorf("the node left %v behind (%v)", left, err)
	}
}

// program is the process that the node started for an attempt.
func (i *installation) program(n *node, id vocabulary.JobID, attempt int) int {
	i.t.Helper()
	text, err := os.ReadFile(i.path(n.name, string(id)+"-"+strconv.Itoa(attempt), ".pid"))
	i.check(err)
	pid, err := strconv.Atoi(string(text))
	i.check(err)
	i.t.Cleanup(func() {
		if p, err := os.FindProcess(pid); err == nil && alive(pid) && i.t.Failed() {
			_ = p.Kill() // it is ours, and nobody else will end it
		}
	})
	return pid
}
