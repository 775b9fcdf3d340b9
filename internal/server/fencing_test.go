package server_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// worker registers a node and returns a client with its credential; the node
// is an account like others for call.
func (w *world) worker(name, project string) *client.Client {
	w.t.Helper()
	made, err := w.as("root").Register(w.t.Context(), client.NewNode{Name: name, Project: project, Slots: 1})
	if err != nil {
		w.t.Fatalf("registering node %s: %v", name, err)
	}
	w.keys[name] = made.Secret
	return w.as(name)
}

// claim takes the next process job, waiting for it.
func claim(t *testing.T, node *client.Client) remit.Assignment {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	for {
		got, err := node.Claim(ctx, client.Want{Runners: []string{"process"}, Slots: 1, Wait: "5s"})
		if err != nil {
			t.Fatalf("claiming: %v", err)
		}
		if len(got) == 1 {
			return got[0]
		}
	}
}

func shortLease(o *server.Options, _ map[string][]string) {
	o.LeaseTTL, o.Heartbeat = time.Second, 200*time.Millisecond
}

// Row 25: what a node that lost its lease still says is refused, but for clean-up.
func TestAnOldLeaseIsRefusedOverHTTP(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, shortLease)
		w.scan("moths")
		file := w.files("moths")["2023-06-12_meadow/trap_001.jpg"]
		n1, n2 := w.worker("n1", ""), w.worker("n2", "moths")
		job, err := w.as("moths-basic_member").Submit(t.Context(), "moths", remit.JobSpec{Type: "ml", On: remit.On{File: file.ID}, Start: true})
		if err != nil {
			t.Fatal(err)
		}
		old := claim(t, n1)
		if old.Job != job.ID || old.Attempt != 1 || len(old.Inputs) != 1 {
			t.Fatalf("claimed %+v", old)
		}
		if err := n1.Start(t.Context(), old.Lease); err != nil {
			t.Fatalf("starting: %v", err)
		}
		if _, err := n1.PutArtifact(t.Context(), old.Lease, "sources.csv", strings.NewReader("id\nfrom n1\n")); err != nil {
			t.Fatalf("an output: %v", err)
		}
		now := claim(t, n2) // waits until the lease of n1 has ended
		if now.Job != job.ID || now.Attempt != 2 {
			t.Fatalf("claimed %+v, want attempt 2 of %s", now, job.ID)
		}
		stop := w.beat(n2, now.Lease)
		w.refuseOldLease(n1, old)
		w.refuseForgery(n2, now)
		if err := n1.Cleanup(t.Context(), old.Lease, "last words of n1\n"); err != nil {
			t.Errorf("clean-up of the lost attempt: %v", err)
		}
		w.finishSecond(n2, now)
		stop()
		w.checkSecondCounts(job.ID)
	})
}

// beat renews a lease until the returned function is called.
func (w *world) beat(node *client.Client, l remit.Lease) (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_, _ = node.Heartbeat(ctx, l) // its loss shows in what the test does next
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (w *world) refuseOldLease(node *client.Client, old remit.Assignment) {
	w.t.Helper()
	ctx, l := w.t.Context(), old.Lease
	for what, say := range map[string]func() error{
		"start":     func() error { return node.Start(ctx, l) },
		"heartbeat": func() error { _, err := node.Heartbeat(ctx, l); return err },
		"progress":  func() error { return node.Progress(ctx, l, remit.Progress{Fraction: 0.9}) },
		"log":       func() error { return node.AppendLog(ctx, l, "stdout", 0, "late\n") },
		"output": func() error {
			_, err := node.PutArtifact(ctx, l, "sources.csv", strings.NewReader("late"))
			return err
		},
		"finish":  func() error { return node.Finish(ctx, l, client.Finish{State: remit.JobSucceeded}) },
		"release": func() error { return node.Release(ctx, l) },
	} {
		if err := say(); remit.KindOf(err) != remit.Conflict || remit.CodeOf(err) != "lease_lost" {
			w.t.Errorf("%s with the old lease: %v (%s)", what, err, remit.CodeOf(err))
		}
	}
	if body, err := node.Open(ctx, old.Inputs[0].URL); err == nil {
		body.Close()
		w.t.Error("the old lease still opens the input")
	}
}

// refuseForgery tries the right node with a wrong lease or attempt.
func (w *world) refuseForgery(node *client.Client, now remit.Assignment) {
	w.t.Helper()
	for _, l := range []remit.Lease{
		{Job: now.Job, Attempt: now.Attempt, Lease: "guess"}, {Job: now.Job, Attempt: now.Attempt, Lease: ""},
		{Job: now.Job, Attempt: 1, Lease: now.Lease.Lease}, {Job: now.Job, Attempt: 3, Lease: now.Lease.Lease},
	} {
		err := node.Finish(w.t.Context(), l, client.Finish{State: remit.JobSucceeded})
		if remit.KindOf(err) != remit.Conflict && remit.KindOf(err) != remit.Invalid {
			w.t.Errorf("finish with %+v: %v", l, err)
		}
	}
}

func (w *world) finishSecond(node *client.Client, now remit.Assignment) {
	w.t.Helper()
	ctx := w.t.Context()
	if err := node.Start(ctx, now.Lease); err != nil {
		w.t.Fatalf("starting the second attempt: %v", err)
	}
	if err := node.AppendLog(ctx, now.Lease, "stdout", 0, "from n2\n"); err != nil {
		w.t.Errorf("log: %v", err)
	}
	if _, err := node.PutArtifact(ctx, now.Lease, "sources.csv", strings.NewReader("id\nfrom n2\n")); err != nil {
		w.t.Errorf("output: %v", err)
	}
	if err := node.Finish(ctx, now.Lease, client.Finish{State: remit.JobSucceeded}); err != nil {
		w.t.Fatalf("finish: %v", err)
	}
}

func (w *world) checkSecondCounts(id remit.JobID) {
	w.t.Helper()
	job := w.finished(id)
	if job.State != remit.JobSucceeded || job.Attempt != 2 {
		w.t.Errorf("the job %s at attempt %d: %s", job.State, job.Attempt, job.Error)
	}
	if got := string(w.artifact(id, "sources.csv")); got != "id\nfrom n2\n" {
		w.t.Errorf("the result is %q", got)
	}
	if got := w.log(id); got != "from n2\n" {
		w.t.Errorf("the log of the latest attempt is %q", got)
	}
	page, err := w.as("moths-basic_member").Attempts(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	states := map[int]string{}
	for _, a := range page.Items {
		states[a.Number] = a.Node + " " + a.State
	}
	if diff := cmp.Diff(map[int]string{1: "n1 lost", 2: "n2 succeeded"}, states); diff != "" {
		w.t.Errorf("attempts (-want +got):\n%s", diff)
	}
	first, err := w.as("root").Log(w.t.Context(), id, 1, false)
	if err != nil {
		w.t.Fatal(err)
	}
	defer first.Close()
	if words, err := io.ReadAll(first); err != nil || !strings.Contains(string(words), "last words of n1") || strings.Contains(string(words), "late") {
		w.t.Errorf("the log of the lost attempt: %q, %v", words, err)
	}
}

// R6: to itself a node is a node. What else it may do, and people may not, is in the golden table.
func TestANodeIsToldThatItIsOne(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	w.worker("n1", "")
	if me := into[client.Me](t, w.call("n1", "GET", "/api/v1/me", nil), 200); me.Node == nil || me.Node.Name != "n1" || me.User != nil {
		t.Errorf("the node is %+v", me)
	}
}
