package server_test

import (
	"bytes"
	"encoding/csv"
	"image/png"
	"io"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/testkit"
)

const mothJobs = "/api/v1/projects/moths/jobs"

// What the demo is there to show: one picture is everybody's to process, a
// whole night is not (R26, R27).
func TestAMemberRunsOnePictureAndAManagerTheNight(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		w.node()
		w.scan("moths")
		file, night := w.files("moths")["2023-06-12_meadow/trap_001.jpg"], w.collections("moths")["2023-06-12_meadow"]

		made := w.call("moths-basic_member", "POST", mothJobs, remit.JobSpec{Type: "ml", On: remit.On{File: file.ID}, Start: true})
		job := into[remit.Job](t, made, 201)
		if got, want := made.header.Get("Location"), "/api/v1/jobs/"+string(job.ID); got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
		if job.State != remit.JobQueued && !job.State.Leased() || job.Owner != "moths-basic_member" || job.Runner != job.Owner {
			t.Errorf("the new job is %+v", job)
		}
		w.refuseTheBatch(night)
		w.refuseBoth(file, night)
		w.createWithoutStart(night)

		batch, err := w.as("moths-ml_data_manager").Submit(t.Context(), "moths", remit.JobSpec{Type: "ml", On: remit.On{Collection: night.ID}, Start: true})
		if err != nil {
			t.Fatalf("the manager's batch: %v", err)
		}
		rows := w.checkDetection(w.finished(job.ID))
		w.checkOtherThreshold(job.ID, rows)
		w.checkBatch(w.finished(batch.ID), night.Files)
	})
}

func (w *world) refuseTheBatch(night remit.Collection) {
	w.t.Helper()
	before := w.jobIDs()
	p := refused(w.t, w.call("moths-basic_member", "POST", mothJobs, remit.JobSpec{Type: "ml", On: remit.On{Collection: night.ID}, Start: true}), 403, "denied")
	want := client.Problem{Title: "Forbidden", Status: 403, Code: "denied", Kind: remit.Denied, Rule: "R14", Detail: "Insufficient permissions",
		Permission: "job:run.ml", WhoCanGrant: []string{"moths-project_manager"}, Hint: p.Hint, RequestID: p.RequestID}
	if p.Explanation == nil || p.Explanation.Permission != "job:run.ml" || p.Explanation.Project != "moths" {
		w.t.Errorf("the refusal of the batch is explained by %+v", p.Explanation)
	}
	p.Explanation = nil
	p.WhoCanGrant = slices.DeleteFunc(p.WhoCanGrant, func(name string) bool { return name == "root" })
	if diff := cmp.Diff(want, p); diff != "" {
		w.t.Errorf("refusal of the batch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, w.jobIDs()); diff != "" {
		w.t.Errorf("a refused submit left a job (-before +after):\n%s", diff)
	}
}

func (w *world) refuseBoth(file remit.File, night remit.Collection) {
	w.t.Helper()
	before := w.jobIDs()
	both := remit.JobSpec{Type: "ml", On: remit.On{File: file.ID, Collection: night.ID}, Start: true}
	for _, name := range []string{"moths-basic_member", "moths-ml_data_manager", "root"} {
		refused(w.t, w.call(name, "POST", mothJobs, both), 422, "invalid")
	}
	if diff := cmp.Diff(before, w.jobIDs()); diff != "" {
		w.t.Errorf("an invalid submit left a job (-before +after):\n%s", diff)
	}
}

// Row 34: who may not run a batch may still create one, for somebody who may.
func (w *world) createWithoutStart(night remit.Collection) {
	w.t.Helper()
	batch := into[remit.Job](w.t, w.call("moths-basic_member", "POST", mothJobs, remit.JobSpec{Type: "ml", On: remit.On{Collection: night.ID}}), 201)
	if batch.State != remit.JobCreated || batch.Runner != "" || slices.Contains(batch.Permissions, "run") {
		w.t.Errorf("created without start: %+v", batch)
	}
	p := refused(w.t, w.call("moths-basic_member", "POST", "/api/v1/jobs/"+string(batch.ID)+"/run", nil), 403, "denied")
	if p.Permission != "job:run.ml" {
		w.t.Errorf("running one's own batch is refused for %q, want job:run.ml", p.Permission)
	}
}

// jobIDs are all jobs of moths.
func (w *world) jobIDs() []remit.JobID {
	w.t.Helper()
	page, err := w.as("root").Jobs(w.t.Context(), client.Query{"project": "moths", "limit": "500"})
	if err != nil {
		w.t.Fatal(err)
	}
	ids := make([]remit.JobID, len(page.Items))
	for i, job := range page.Items {
		ids[i] = job.ID
	}
	return ids
}

// checkDetection looks at what a job on one picture made, as its owner.
func (w *world) checkDetection(job remit.Job) [][]string {
	w.t.Helper()
	if job.State != remit.JobSucceeded {
		w.t.Fatalf("the job %s: %s\n%s", job.State, job.Error, w.log(job.ID))
	}
	if job.Attempt != 1 || job.Progress.Fraction != 1 {
		w.t.Errorf("attempt %d, progress %v, want 1 and 1", job.Attempt, job.Progress.Fraction)
	}
	picture, err := png.Decode(bytes.NewReader(w.artifact(job.ID, "annotated.png")))
	if err != nil {
		w.t.Fatalf("annotated.png: %v", err)
	}
	rows, err := csv.NewReader(bytes.NewReader(w.artifact(job.ID, "sources.csv"))).ReadAll()
	if err != nil {
		w.t.Fatalf("sources.csv: %v", err)
	}
	if diff := cmp.Diff([]string{"id", "x", "y", "flux", "peak", "pixels", "snr"}, rows[0]); diff != "" {
		w.t.Errorf("columns (-want +got):\n%s", diff)
	}
	if len(rows) < 5 {
		w.t.Errorf("only %d sources were found", len(rows)-1)
	}
	size := picture.Bounds().Size()
	for _, row := range rows[1:] {
		checkSource(w.t, row, float64(size.X), float64(size.Y))
	}
	return rows
}

func checkSource(t *testing.T, row []string, width, height float64) {
	t.Helper()
	n := make([]float64, len(row))
	for i, text := range row {
		var err error
		if n[i], err = strconv.ParseFloat(text, 64); err != nil {
			t.Fatalf("row %v: %v", row, err)
		}
	}
	if n[1] < 0 || n[1] > width || n[2] < 0 || n[2] > height || n[3] <= 0 || n[4] <= 0 || n[5] < 1 || n[6] <= 0 {
		t.Errorf("not a plausible source in a picture of %v×%v: %v", width, height, row)
	}
}

// checkOtherThreshold requeues with arguments, which must show in the result.
func (w *world) checkOtherThreshold(id remit.JobID, before [][]string) {
	w.t.Helper()
	again, err := w.as("moths-basic_member").Requeue(w.t.Context(), id, client.Requeue{Args: &[]string{"--threshold", "7"}})
	if err != nil {
		w.t.Fatalf("requeue: %v", err)
	}
	if again.RequeuedFrom != id || again.ID == id || !slices.Equal(again.Args, []string{"--threshold", "7"}) {
		w.t.Errorf("requeued %+v", again)
	}
	rows := w.checkRows(w.finished(again.ID))
	if slices.EqualFunc(before, rows, slices.Equal) {
		w.t.Error("another threshold found the same sources")
	}
}

func (w *world) checkRows(job remit.Job) [][]string {
	w.t.Helper()
	if job.State != remit.JobSucceeded {
		w.t.Fatalf("the job %s: %s\n%s", job.State, job.Error, w.log(job.ID))
	}
	rows, err := csv.NewReader(bytes.NewReader(w.artifact(job.ID, "sources.csv"))).ReadAll()
	if err != nil {
		w.t.Fatalf("sources.csv: %v", err)
	}
	return rows
}

func (w *world) checkBatch(job remit.Job, files int) {
	w.t.Helper()
	if rows := w.checkRows(job); len(rows) < 3*files {
		w.t.Errorf("the batch found %d sources in %d files", len(rows)-1, files)
	}
	page, err := w.as("moths-basic_member").Artifacts(w.t.Context(), job.ID, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	pictures := 0
	for _, a := range page.Items {
		if a.MediaType == "image/png" {
			pictures++
		}
	}
	if pictures != files {
		w.t.Errorf("%d annotated pictures of %d files: %+v", pictures, files, page.Items)
	}
}

// artifact reads one as a fellow member.
func (w *world) artifact(id remit.JobID, name string) []byte {
	w.t.Helper()
	body, err := w.as("moths-basic_member").OpenArtifact(w.t.Context(), id, 0, name)
	if err != nil {
		w.t.Fatalf("artifact %s: %v", name, err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		w.t.Fatalf("artifact %s: %v", name, err)
	}
	return data
}

// log is what a job printed.
func (w *world) log(id remit.JobID) string {
	w.t.Helper()
	body, err := w.as("root").Log(w.t.Context(), id, 0, true)
	if err != nil {
		w.t.Fatalf("log of %s: %v", id, err)
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		w.t.Fatalf("log of %s: %v", id, err)
	}
	return string(data)
}
