package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	vocabulary "github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// lookAtEveryPage sees that no page has to be scrolled sideways. With
// REMIT_SCREENSHOTS=DIR it leaves a picture of each there, for people to look at.
func lookAtEveryPage(t *testing.T, d *demo) {
	pages := d.pages(t)
	b := openBrowser(t)
	b.look(d.URL+"/login", "login")
	b.logIn(d, "moths-basic_member")
	for name, path := range pages {
		b.look(d.URL+path, name)
	}
	b.quiet()
	d.declareCounted(t, "insects")
	super := openBrowser(t)
	super.logIn(d, "root")
	super.look(d.URL+"/projects/moths/run/insects", "form")
	super.do(chromedp.Navigate(d.URL+"/projects/moths/run/insects"), chromedp.Evaluate(`document.querySelector('form.fields').noValidate = true`, nil))
	super.follow(`form.fields button.primary`, `[aria-invalid="true"]`)
	super.lookHere("refused")
	season := d.workflow(t)
	super.look(d.URL+"/jobs/"+string(season.ID), "workflow")
	super.look(d.URL+"/jobs/"+string(season.Steps[0].Job), "step")
	super.look(d.URL+"/jobs/"+string(d.insects(t))+"/again", "requeue")
	d.plan(t)
	super.look(d.URL+"/projects/moths/schedules", "schedules")
	super.look(d.URL+"/projects/moths/schedule/export", "plan")
	super.look(d.URL+"/projects/moths", "maintenance")
	b.look(d.URL+"/projects/nowhere", "absent") // of a 404 the console does speak
}

// workflow is one that is at work, with a step that waits.
func (d *demo) workflow(t *testing.T) vocabulary.Job {
	t.Helper()
	root := d.as(t, "root")
	none, given := []string{"none"}, map[string]any{"species": "moths", "limit": 2}
	_, err := root.ApplyJobTypes(t.Context(), client.JobTypes{Types: []vocabulary.JobType{
		{Key: "rest", Title: "Rest", On: none, Runner: "process", Command: []string{"sleep", "60"}, MaxAttempts: 1},
		{Key: "season", Title: "Season", On: none, Runner: "workflow", MaxAttempts: 1, Steps: []vocabulary.Step{
			{Name: "count", Type: "insects", Params: given}, {Name: "rest", Type: "rest", Needs: []string{"count"}},
			{Name: "again", Type: "insects", Params: given, Needs: []string{"count", "rest"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	job, err := root.Submit(t.Context(), "moths", vocabulary.JobSpec{Type: "season", Start: true})
	until(t, "a step of the workflow is at work", func() bool {
		if err == nil {
			job, err = root.Job(t.Context(), string(job.ID))
		}
		if err != nil {
			t.Fatal(err)
		}
		return job.Steps[1].State == vocabulary.JobRunning
	})
	return job
}

// insects is a job with parameters of each kind, of which one is a secret.
func (d *demo) insects(t *testing.T) vocabulary.JobID {
	t.Helper()
	params := `{"species":"moths","limit":2,"mode":"fast","token":"of the field guide"}`
	job, err := d.as(t, "root").Submit(t.Context(), "moths", vocabulary.JobSpec{Type: "insects", Params: json.RawMessage(params)})
	if err != nil {
		t.Fatal(err)
	}
	return job.ID
}

// plan makes two schedules, of which one has fired.
func (d *demo) plan(t *testing.T) {
	t.Helper()
	root := d.as(t, "root")
	for _, n := range []client.NewSchedule{
		{Title: "Every night", Cron: "30 2 * * *", Zone: "Europe/Berlin", Job: vocabulary.JobSpec{Type: "export", Params: json.RawMessage(`{"what":"jobs"}`)}},
		{Cron: "@weekly", Job: vocabulary.JobSpec{Type: "rest"}, Paused: true},
	} {
		s, err := root.CreateSchedule(t.Context(), "moths", n)
		if err == nil && !n.Paused {
			_, err = root.RunSchedule(t.Context(), s.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// pages are the addresses of one page of each kind.
func (d *demo) pages(t *testing.T) map[string]string {
	t.Helper()
	member := d.as(t, "moths-basic_member")
	var job, image, night string
	until(t, "a job on an image has succeeded", func() bool {
		jobs, err := member.Jobs(t.Context(), client.Query{"project": "moths", "type": "ml", "state": "succeeded", "owner": "me"})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range jobs.Items {
			job, image = string(j.ID), string(j.On.File)
		}
		return job != ""
	})
	files, err := member.Files(t.Context(), client.Query{"project": "moths", "limit": "1"})
	if err != nil {
		t.Fatal(err)
	}
	night = string(files.Items[0].Collection)
	return map[string]string{
		"home": "/", "projects": "/projects", "project": "/projects/moths", "jobs": "/projects/moths/jobs", "members": "/projects/moths/members",
		"notifications": "/notifications", "run": "/projects/moths/run/ml?file=" + image,
		"collection": "/projects/moths/collections/" + night, "file": "/projects/moths/files/" + image, "job": "/jobs/" + job,
	}
}

// lookHere is look at the page that is open.
func (b *browser) lookHere(name string) {
	b.t.Helper()
	b.look("", name)
}

// look shows a page in light and dark, wide and narrow; "" is the one that is open.
func (b *browser) look(url, name string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390} {
			b.do(chromedp.EmulateViewport(width, 900),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
			if url != "" {
				b.do(chromedp.Navigate(url), chromedp.WaitVisible("main", chromedp.ByQuery))
			}
			if over := ask[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				b.t.Errorf("%s is %d pixels wider than a screen of %d", name, over, width)
			}
			b.photograph(fmt.Sprintf("%s-%s-%d.png", name, scheme, width))
		}
	}
}

func (b *browser) photograph(name string) {
	b.t.Helper()
	dir := os.Getenv("REMIT_SCREENSHOTS")
	if dir == "" {
		return
	}
	var picture []byte
	b.do(chromedp.FullScreenshot(&picture, 100))
	if err := os.WriteFile(filepath.Join(dir, name), picture, 0o644); err != nil {
		b.t.Error(err)
	}
}
