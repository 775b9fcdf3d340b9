package server_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/agent"
	"github.com/remit-server/remit/internal/testkit"
)

// waits is an executor whose jobs go on until they are let go.
type waits struct{ begun, end chan struct{} }

func (e waits) Execute(ctx context.Context, _ agent.Work) agent.Outcome {
	e.begun <- struct{}{}
	select {
	case <-e.end:
		return agent.Outcome{State: remit.JobSucceeded}
	case <-ctx.Done():
		return agent.Failed("stopped")
	}
}

func TestTwoNodesWithOneKeyDoNotTakeEachOthersJobs(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db)
		w.worker("twins", "")
		c, err := client.New(w.url, w.keys["twins"])
		if err != nil {
			t.Fatal(err)
		}
		var said safeBuffer
		work := waits{make(chan struct{}, 10), make(chan struct{})}
		node := func(dir string) *agent.Agent {
			return agent.New(agent.Options{Client: c, Dir: filepath.Join(w.dir, dir), Now: time.Now, Log: slog.New(slog.NewTextHandler(&said, nil)),
				Executors: map[string]agent.Executor{"process": work}})
		}
		job := w.detection()
		w.background("the first", node("first").Run)
		<-work.begun
		w.background("the second", node("second").Run)
		for end := time.Now().Add(patience); !strings.Contains(said.String(), "another program works with this credential"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the second says:\n%s", said.String())
			}
		}
		close(work.end)
		if job = w.finished(job.ID); job.State != remit.JobSucceeded || job.Attempt != 1 || len(work.begun) != 0 {
			t.Errorf("the job %s in attempt %d, begun %d times more: %s", job.State, job.Attempt, len(work.begun), job.Error)
		}
	})
}
