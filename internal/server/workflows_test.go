package server_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

func TestAWorkflowRunsOnARealServerAndIsHandledFromTheTop(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		w := serve(t, url)
		for _, kind := range []remit.JobType{
			{Key: "say", Title: "Say", On: []string{"none"}, Runner: "process", Command: []string{"echo", "said"}},
			{Key: "chain", Title: "Chain", On: []string{"none"}, Runner: "workflow", Steps: []remit.Step{
				{Name: "first", Type: "say"}, {Name: "second", Type: "say", Needs: []string{"first"}}, {Name: "third", Type: "say", Needs: []string{"second"}}}},
		} {
			if err := w.server.Jobs.DeclareType(t.Context(), server.Setup, kind); err != nil {
				t.Fatal(err)
			}
		}
		root := w.as("root")
		job, err := root.Submit(t.Context(), "moths", remit.JobSpec{Type: "chain", Start: true})
		if err != nil {
			t.Fatal(err)
		}
		after, err := root.Submit(t.Context(), "moths", remit.JobSpec{Type: "say", Start: true, Needs: []remit.JobID{job.ID}})
		if err != nil || after.State != remit.JobHeld {
			t.Fatalf("the job that needs the workflow is %s: %v", after.State, err)
		}
		var step remit.Job
		w.until("the first step is there", func() (bool, error) {
			page, err := root.Jobs(t.Context(), client.Query{"parent": string(job.ID)})
			if len(page.Items) > 0 {
				step = page.Items[0]
			}
			return step.ID != "", err
		})
		for _, act := range [][2]string{{"POST", "/cancel"}, {"POST", "/retry"}, {"DELETE", ""}} {
			if r := w.call("root", act[0], "/api/v1/jobs/"+string(step.ID)+act[1], nil); r.status != 409 || !strings.Contains(string(r.body), "not_top_level") {
				t.Errorf("%s %s of a step: %d %s", act[0], act[1], r.status, r.body)
			}
		}
		w.node()
		if job = w.finished(job.ID); job.State != remit.JobSucceeded || len(job.Steps) != 3 || job.Progress.Fraction != 1 {
			t.Errorf("the workflow is %s (%s) with %+v", job.State, job.Error, job.Steps)
		}
		if after = w.finished(after.ID); after.State != remit.JobSucceeded {
			t.Errorf("the job that needed it is %s: %s", after.State, after.Error)
		}
	})
}
