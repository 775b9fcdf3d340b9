package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/agent"
	"github.com/remit-server/remit/internal/server"
	"github.com/remit-server/remit/internal/testkit"
)

// lossy loses the first answer that brings a job, after doing lose.
type lossy struct {
	once sync.Once
	lose func()
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/node/claim") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if bytes.Contains(body, []byte(`"lease"`)) {
		l.once.Do(func() { l.lose(); resp, err = nil, errors.New("the line is cut") })
	}
	return resp, err
}

func longLease(o *server.Options, _ map[string][]string) { o.LeaseTTL = time.Hour }

// detection makes a job for a process node.
func (w *world) detection() remit.Job {
	w.t.Helper()
	w.scan("moths")
	file := w.files("moths")["2023-06-12_meadow/trap_001.jpg"]
	job, err := w.as("moths-basic_member").Submit(w.t.Context(), "moths", remit.JobSpec{Type: "ml", On: remit.On{File: file.ID}, Start: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return job
}

// lossyNode is a node that loses an answer, and the client that it has.
func (w *world) lossyNode(lose func()) (*agent.Agent, *client.Client) {
	w.t.Helper()
	w.worker("unlucky", "")
	c, err := client.NewWithTransport(w.url, w.keys["unlucky"], &lossy{lose: lose})
	if err != nil {
		w.t.Fatal(err)
	}
	return agent.New(agent.Options{Client: c, Dir: filepath.Join(w.dir, "unlucky"), Now: time.Now,
		Executors: map[string]agent.Executor{"process": &agent.Process{Grace: time.Second}}}), c
}

func TestAJobWhoseAnswerWasLostIsTakenUpLongBeforeItsLeaseEnds(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, longLease)
		job := w.detection()
		a, _ := w.lossyNode(func() {})
		w.background("node", a.Run)
		if job = w.finished(job.ID); job.State != remit.JobSucceeded {
			t.Errorf("the job %s: %s", job.State, job.Error)
		}
	})
}

func TestANodeThatIsStoppedInAClaimKeepsNothing(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, db string) {
		w := serve(t, db, longLease)
		job := w.detection()
		ctx, stop := context.WithCancel(t.Context())
		a, c := w.lossyNode(stop)
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		held, err := c.Held(t.Context(), "")
		if err != nil || len(held) > 0 {
			t.Errorf("the node holds %v, %v", held, err)
		}
		if job, err = w.as("root").Job(t.Context(), string(job.ID)); err != nil || job.State != remit.JobQueued {
			t.Errorf("the job is %s, %v", job.State, err)
		}
	})
}
