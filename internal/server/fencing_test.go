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

// R6 and row 19: nodes' routes are for nodes, and nodes have no others.
func TestPeopleAreNoNodesAndNodesAreNoPeople(t *testing.T) {
	t.Parallel()
	w := serve(t, testkit.SQLite(t))
	w.scan("moths")
	file := w.files("moths")["2023-06-12_meadow/trap_001.jpg"]
	job := into[remit.Job](t, w.call("moths-basic_member", "POST", mothJobs, remit.JobSpec{Type: "ml", On: remit.On{File: file.ID}}), 201)
	w.worker("n1", "")
	w.peopleAtNodeRoutes(job.ID)
	w.nodeAtPeoplesRoutes(job, file)
}

func (w *world) peopleAtNodeRoutes(id remit.JobID) {
	w.t.Helper()
	at := "/api/v1/node/jobs/" + string(id)
	lease := client.LeaseOf{Attempt: 1, Lease: "x"}
	for path, body := range map[string]any{
		"/api/v1/node/claim": client.Want{}, at + "/start": lease, at + "/heartbeat": lease, at + "/release": lease,
		at + "/progress": client.ProgressReport{LeaseOf: lease}, at + "/log": client.LogChunk{LeaseOf: lease, Stream: "stdout", Data: "x"},
		at + "/finish": client.Finish{LeaseOf: lease, State: remit.JobSucceeded}, at + "/cleanup": client.Cleanup{LeaseOf: lease},
	} {
		if p := problemOf(w.t, w.call("root", "POST", path, body)); p.Status != 409 {
			w.t.Errorf("root POST %s: %d %s, want a guard's 409", path, p.Status, p.Detail)
		}
		if p := problemOf(w.t, w.call("moths-project_manager", "POST", path, body)); p.Status != 403 && p.Status != 404 {
			w.t.Errorf("the manager POST %s: %d %s, want a refusal", path, p.Status, p.Detail)
		}
		if p := problemOf(w.t, w.call("anonymous", "POST", path, body)); p.Status != 401 && p.Status != 404 {
			w.t.Errorf("anonymous POST %s: %d %s", path, p.Status, p.Detail)
		}
	}
	refused(w.t, w.call("root", "PUT", at+"/artifacts/x?attempt=1&lease=x", "bytes"), 409, "lease_lost")
	refused(w.t, w.call("moths-project_manager", "PUT", at+"/artifacts/x?attempt=1&lease=x", "bytes"), 403, "denied")
}

func (w *world) nodeAtPeoplesRoutes(job remit.Job, file remit.File) {
	w.t.Helper()
	at := "/api/v1/jobs/" + string(job.ID)
	for _, ask := range [][2]string{
		{"GET", at}, {"GET", at + "/log"}, {"POST", at + "/run"}, {"POST", at + "/cancel"}, {"DELETE", at}, {"POST", at + "/wrest"},
		{"GET", "/api/v1/files/" + string(file.ID)}, {"GET", "/api/v1/files/" + string(file.ID) + "/content"},
		{"GET", "/api/v1/collections/" + string(file.Collection)}, {"GET", "/api/v1/projects/moths"},
	} {
		if p := problemOf(w.t, w.call("n1", ask[0], ask[1], nil)); p.Status != 404 && p.Status != 403 {
			w.t.Errorf("a node's %s %s: %d %s", ask[0], ask[1], p.Status, p.Detail)
		}
	}
	for path, body := range map[string]any{
		mothJobs: remit.JobSpec{Type: "ml", On: job.On}, "/api/v1/users": client.NewUser{Name: "x", Password: "correct horse"},
		"/api/v1/keys": client.NewKey{Title: "x"}, "/api/v1/nodes": client.NewNode{Name: "x"}, "/api/v1/projects": client.NewProject{Slug: "x"},
	} {
		if p := problemOf(w.t, w.call("n1", "POST", path, body)); p.Status != 404 && p.Status != 403 {
			w.t.Errorf("a node's POST %s: %d %s", path, p.Status, p.Detail)
		}
	}
	for _, path := range []string{"/api/v1/projects", "/api/v1/jobs", "/api/v1/users"} {
		page := into[remit.Page[any]](w.t, w.call("n1", "GET", path, nil), 200)
		if len(page.Items) > 0 {
			w.t.Errorf("a node sees %v at %s", page.Items, path)
		}
	}
	if me := into[client.Me](w.t, w.call("n1", "GET", "/api/v1/me", nil), 200); me.Node == nil || me.Node.Name != "n1" || me.User != nil {
		w.t.Errorf("the node is %+v", me)
	}
}
