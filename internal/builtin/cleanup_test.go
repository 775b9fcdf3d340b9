package builtin_test

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/builtin"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

var worker = authz.Subject{Kind: authz.Node, ID: "node_06g00000000000000000000001", Name: "worker", Site: true}

const (
	day   = 24 * time.Hour
	mates = "project:view job:read job:create job:run.* job:expire job:delete"
)

// cleaners adds the project of the site, eve who cleans up there, and mia who
// does so in "sky", where jobs of the type "kept" are kept for three days.
func (w *world) cleaners() (eve, mia authz.Subject) {
	w.Helper()
	for range 2 {
		w.must(w.rooms.MakeSite(w.Context(), setup))
	}
	w.must(w.jobs.DeclareType(w.Context(), setup, remit.JobType{Key: "kept", Title: "Kept", On: []string{"none"}, Runner: "process",
		Command: []string{"true"}, ArtifactDays: 3}))
	w.role("mate", mates)
	w.role("cleaner", "project:view job:read job:create job:run.cleanup")
	_, err := w.rooms.Create(w.Context(), setup, projects.NewProject{Slug: "sea"})
	w.must(err)
	return w.person("eve", "site", "cleaner"), w.person("mia", "sky", "mate")
}

// made is a job of "kept" that ended with one artifact and a line of log.
func (w *world) made(slug, text string) remit.JobID {
	w.Helper()
	job, err := w.jobs.Submit(w.Context(), setup, slug, remit.JobSpec{Type: "kept", Start: true})
	w.must(err)
	l := w.taken("kept")
	w.must(w.jobs.AppendLog(w.Context(), worker, l, jobs.LogChunk{Stream: "stdout", Data: []byte("hello\n")}))
	_, err = w.jobs.PutArtifact(w.Context(), worker, l, "a.txt", strings.NewReader(text))
	w.must(err)
	w.must(w.jobs.Finish(w.Context(), worker, l, jobs.Outcome{State: remit.JobSucceeded}))
	return job.ID
}

// taken is what the worker gets of a type, begun.
func (w *world) taken(kind string) remit.Lease {
	w.Helper()
	claimed, err := gate.Do(w.Context(), w.gate, worker, gate.Op[jobs.Claimed]{Name: "job.claim", Apply: func(tx *gate.Tx) (jobs.Claimed, error) {
		return w.jobs.Claim(tx, []jobs.NodeInfo{{ID: remit.NodeID(worker.ID), Name: worker.Name, Site: true}}, jobs.Want{Types: []string{kind}})
	}})
	w.must(err)
	l := claimed.Assignments[0].Lease
	w.must(w.jobs.Start(w.Context(), worker, l))
	return l
}

// clean runs a cleanup to its end.
func (w *world) clean(who authz.Subject, slug, params string) (c builtin.Cleanup) {
	w.Helper()
	a := w.started(who, slug, remit.JobSpec{Type: "cleanup", Params: json.RawMessage(params)})
	w.must(w.jobs.Start(w.Context(), node, a.Lease))
	result, err := w.run.Run(w.Context(), a, nothing, io.Discard)
	w.must(err)
	w.must(json.Unmarshal(result, &c))
	w.must(w.jobs.Finish(w.Context(), node, a.Lease, jobs.Outcome{State: remit.JobSucceeded, Result: result}))
	return c
}

// settle makes all blobs old, and counts them.
func (w *world) settle() (blobs int) {
	w.Helper()
	w.must(fs.WalkDir(os.DirFS(w.blobs), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		w.must(err)
		blobs++
		old := info.ModTime().Add(-day)
		return os.Chtimes(filepath.Join(w.blobs, path), old, old)
	}))
	return blobs
}

// opens wants the code of opening the artifact of a job.
func (w *world) opens(id remit.JobID, code string) {
	w.Helper()
	_, body, err := w.jobs.OpenArtifact(w.Context(), setup, id, 0, "a.txt")
	if remit.CodeOf(err) != code {
		w.Errorf("opening gives %v, want the code %q", err, code)
	}
	if err == nil {
		w.must(body.Close())
	}
}

func TestCleanupLetsGoWhatHasExpiredAndKeepsTheRecord(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		eve, mia := w.cleaners()
		first, shared, far := w.made("sky", "first"), w.made("sky", "shared"), w.made("sea", "far")
		longer := w.made("sky", "longer")
		_, err := w.jobs.Extend(t.Context(), setup, longer, w.clock.now().Add(9*day))
		w.must(err)
		w.clock.advance(4 * day)
		young := w.made("sky", "shared") // the same bytes again
		want := func(got builtin.Cleanup, artifacts, blobs jobs.Cleaned) {
			t.Helper()
			if diff := cmp.Diff(builtin.Cleanup{DryRun: got.DryRun, Artifacts: artifacts, Blobs: blobs}, got); diff != "" {
				t.Errorf("cleaned (-want +got):\n%s", diff)
			}
		}
		if n := w.settle(); n != 4 {
			t.Errorf("there are %d blobs", n)
		}
		want(w.clean(mia, "sky", `{"dry_run":true}`), jobs.Cleaned{Jobs: 2, Items: 2, Bytes: 11}, jobs.Cleaned{})
		want(w.clean(eve, "site", `{"dry_run":true}`), jobs.Cleaned{Jobs: 3, Items: 3, Bytes: 14}, jobs.Cleaned{})
		want(w.clean(mia, "sky", ``), jobs.Cleaned{Jobs: 2, Items: 2, Bytes: 11}, jobs.Cleaned{})
		want(w.clean(mia, "sky", ``), jobs.Cleaned{}, jobs.Cleaned{})
		if n := w.settle(); n != 4 {
			t.Errorf("a project's cleanup left %d blobs", n)
		}
		want(w.clean(eve, "site", ``), jobs.Cleaned{Jobs: 1, Items: 1, Bytes: 3}, jobs.Cleaned{Items: 2, Bytes: 8})
		if n := w.settle(); n != 2 {
			t.Errorf("%d blobs are left, want those of %s and %s", n, longer, young)
		}
		for id, code := range map[remit.JobID]string{first: "expired", shared: "expired", far: "expired", longer: "", young: ""} {
			w.opens(id, code)
		}
		all, err := w.jobs.Artifacts(t.Context(), setup, first, 0)
		if err != nil || len(all) != 1 || all[0].Size != 5 || all[0].RemovedAt == nil {
			t.Errorf("the record is %+v, %v", all, err)
		}
		history, err := w.jobs.History(t.Context(), setup, first)
		w.must(err)
		if last := history[len(history)-1]; last.By != "node server" || !strings.Contains(last.Detail, "removed") {
			t.Errorf("its history ends with %+v", last)
		}
	})
}

func TestWhatWasRemovedStaysGoneHoweverLongItWouldBeKept(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, mia := w.cleaners()
		id := w.made("sky", "first")
		w.clock.advance(4 * day)
		w.clean(mia, "sky", ``)
		w.must(w.jobs.DeclareType(t.Context(), setup, remit.JobType{Key: "kept", Title: "Kept", On: []string{"none"}, Runner: "process", Command: []string{"true"}}))
		w.opens(id, "expired")
		z, err := w.jobs.Zip(t.Context(), setup, id, 0)
		w.must(err)
		var text strings.Builder
		w.must(z.Write(t.Context(), &text))
		if !strings.Contains(text.String(), "MISSING.txt") {
			t.Error("the ZIP does not say what is missing")
		}
	})
}

func TestBlobsOfDeletedJobsGoWithACleanupOfTheSite(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		eve, _ := w.cleaners()
		id := w.made("sky", "first")
		w.must(w.jobs.Delete(t.Context(), setup, id))
		if c := w.clean(eve, "site", ``); c.Blobs.Items != 0 {
			t.Errorf("a blob that was just put is removed: %+v", c)
		}
		w.settle()
		if c := w.clean(eve, "site", `{"dry_run":true}`); c.Blobs.Items != 1 || w.settle() != 1 {
			t.Errorf("dry run: %+v", c)
		}
		if c := w.clean(eve, "site", ``); c.Blobs.Items != 1 || w.settle() != 0 {
			t.Errorf("cleaned %+v", c)
		}
	})
}

func TestLogsGoOnlyWhereOwnerAndRunnerMayDeleteTheJob(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, mia := w.cleaners()
		tim := w.person("tim", "sky", "cleaner")
		id := w.made("sky", "first")
		w.clock.advance(2*day - time.Second)
		for _, who := range []authz.Subject{mia, tim} {
			if c := w.clean(who, "sky", `{"logs_older_than_days":2}`); c.Logs.Jobs != 0 {
				t.Errorf("%s removed %+v too early", who.Name, c)
			}
		}
		w.clock.advance(time.Second)
		for _, dry := range []string{`true`, `false`} {
			if c := w.clean(tim, "sky", `{"logs_older_than_days":2,"dry_run":`+dry+`}`); c.Logs.Jobs != 0 {
				t.Errorf("tim, who may delete no job, removed %+v", c)
			}
		}
		part, err := w.jobs.Log(t.Context(), setup, id, 0, 0, 0)
		if err != nil || string(part.Data) != "hello\n" {
			t.Errorf("the log is %q, %v", part.Data, err)
		}
		if c := w.clean(mia, "sky", `{"logs_older_than_days":2}`); c.Logs != (jobs.Cleaned{Jobs: 1, Items: 1, Bytes: 6}) {
			t.Errorf("mia removed %+v", c)
		}
		if _, err := w.jobs.Log(t.Context(), setup, id, 0, 0, 0); remit.CodeOf(err) != "log_removed" {
			t.Errorf("the log is %v", err)
		}
		w.opens(id, "")
	})
}

// max may delete every job of "sky", and cleans up the site.
func TestACleanupLeavesProjectsAloneThatAreNotOpen(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.cleaners()
		max := w.person("max", "site", "cleaner")
		_, err := w.rooms.AddMember(t.Context(), setup, "sky", projects.NewMember{User: "max", Roles: []string{"mate"}})
		w.must(err)
		id, none := w.made("sky", "first"), builtin.Cleanup{}
		w.clock.advance(4 * day)
		closed := func(how string) {
			t.Helper()
			for _, dry := range []string{`true`, `false`} {
				c := w.clean(max, "site", `{"logs_older_than_days":1,"dry_run":`+dry+`}`)
				if c.Logs != none.Logs || c.Artifacts != none.Artifacts {
					t.Errorf("%s: %+v was removed", how, c)
				}
			}
		}
		_, err = w.rooms.Archive(t.Context(), setup, "sky", true)
		w.must(err)
		closed("archived")
		_, err = w.rooms.Archive(t.Context(), setup, "sky", false)
		w.must(err)
		gone, err := w.rooms.Delete(t.Context(), setup, "sky")
		w.must(err)
		closed("deleted")
		_, err = w.rooms.Restore(t.Context(), setup, gone.ID, "")
		w.must(err)
		if part, err := w.jobs.Log(t.Context(), setup, id, 0, 0, 0); err != nil || string(part.Data) != "hello\n" {
			t.Errorf("the log is %q, %v", part.Data, err)
		}
		if c := w.clean(max, "site", `{"logs_older_than_days":1}`); c.Logs.Jobs != 1 || c.Artifacts.Jobs != 1 {
			t.Errorf("open again: %+v was removed", c)
		}
	})
}

func TestNobodyCleansWithoutALeaseOfACleanup(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		eve, mia := w.cleaners()
		w.made("sky", "first")
		w.clock.advance(4 * day)
		w.settle()
		tries := func(who authz.Subject, l remit.Lease) error {
			_, err := w.jobs.CleanArtifacts(t.Context(), jobs.Cleaning{Who: who, Lease: l}, func(jobs.Cleaned) {})
			return err
		}
		scan := w.claim() // its type lends something else
		if err := tries(node, scan.Lease); remit.KindOf(err) != remit.NotFound {
			t.Errorf("under the lease of a scan: %v", err)
		}
		a := w.started(mia, "sky", remit.JobSpec{Type: "cleanup"})
		forged := a.Lease
		forged.Lease = "guessed"
		for _, c := range []struct {
			who  authz.Subject
			l    remit.Lease
			code string
		}{{node, forged, "lease_lost"}, {worker, a.Lease, "not_found"}, {mia, a.Lease, "not_found"}, {eve, a.Lease, "not_found"}} {
			if err := tries(c.who, c.l); remit.CodeOf(err) != c.code {
				t.Errorf("%s: %v, want %s", c.who.Name, err, c.code)
			}
		}
		_, err := w.jobs.Wrest(t.Context(), setup, a.Job)
		w.must(err)
		if err := tries(node, a.Lease); remit.CodeOf(err) != "lease_lost" {
			t.Errorf("after the lease: %v", err)
		}
		for _, who := range []authz.Subject{w.ada, eve} { // neither may run a cleanup in sky
			if _, err := w.jobs.Submit(t.Context(), who, "sky", remit.JobSpec{Type: "cleanup", Start: true}); err == nil {
				t.Errorf("%s may run a cleanup", who.Name)
			}
		}
		capped := mia
		capped.Caps = &authz.Caps{Scopes: []string{"job:create", "job:run.scan"}}
		if _, err := w.jobs.Submit(t.Context(), capped, "sky", remit.JobSpec{Type: "cleanup", Start: true}); remit.KindOf(err) != remit.Denied {
			t.Errorf("a key without the scope: %v", err)
		}
	})
}

func TestAProjectThatGetsTheSitesNameIsNotIt(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, err := w.rooms.Create(t.Context(), setup, projects.NewProject{Slug: "site"})
		w.must(err)
		w.cleaners()
		w.role("all", "*")
		zoe := w.person("zoe", "site", "all")
		w.made("sky", "first")
		w.clock.advance(4 * day)
		if c := w.clean(zoe, "site", ``); c.Artifacts.Jobs != 0 || c.Blobs.Items != 0 {
			t.Errorf("a project called site cleans others: %+v", c)
		}
		if _, err := w.rooms.Project(t.Context(), setup, "site-2"); err != nil {
			t.Errorf("the project of the site: %v", err)
		}
	})
}

func TestCleanupThatIsCancelledKeepsWhatItDid(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, mia := w.cleaners()
		id := w.made("sky", "first")
		w.clock.advance(4 * day)
		a := w.started(mia, "sky", remit.JobSpec{Type: "cleanup"})
		w.must(w.jobs.Start(t.Context(), node, a.Lease))
		result, err := w.run.Run(t.Context(), a, func(remit.Progress) error { return context.Canceled }, io.Discard)
		var c builtin.Cleanup
		w.must(json.Unmarshal(result, &c))
		if err == nil || c.Artifacts.Jobs != 1 {
			t.Errorf("it did %+v, and ended with %v", c, err)
		}
		w.opens(id, "expired")
	})
}
