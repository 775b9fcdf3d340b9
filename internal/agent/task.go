package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// Executor runs assignments of one kind of job type.
type Executor interface {
	// Execute works in dir and returns how it went. When ctx ends it stops
	// promptly; what it then returns does not matter.
	Execute(ctx context.Context, w Work) Outcome
}

// Work is what an executor gets.
type Work struct {
	remit.Assignment
	Dir      string // inputs/ is filled, outputs/ is empty
	Stdout   io.Writer
	Stderr   io.Writer
	Progress func(remit.Progress)
}

// Outcome is how an attempt went.
type Outcome struct {
	State    remit.JobState // succeeded or failed
	ExitCode *int
	Error    string
	Result   json.RawMessage
}

// Failed is the outcome of work that could not be done.
func Failed(format string, args ...any) Outcome {
	return Outcome{State: remit.JobFailed, Error: fmt.Sprintf(format, args...)}
}

// Why a task's context ends.
var (
	errLeaseLost = errors.New("the lease is lost")
	errCancelled = errors.New("the job was cancelled")
)

// saying is how long the last words of a stopped attempt may take.
const saying = 10 * time.Second

// task is one attempt on this node.
type task struct {
	remit.Assignment
	client   *client.Client
	executor Executor
	dir      string
	log      *slog.Logger
	now      func() time.Time
	took     time.Duration // how long the claim took
}

// run works on the assignment: heartbeats go on from before the start until
// the result, uploads included, is told.
func (t *task) run(parent context.Context) error {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	defer cancel(nil)
	stop := context.AfterFunc(parent, func() { cancel(parent.Err()) })
	defer stop()
	defer os.RemoveAll(t.dir)
	beats := t.keepLease(ctx, cancel)
	defer beats.end()

	speaking, silence := context.WithCancel(context.WithoutCancel(ctx))
	defer silence()
	context.AfterFunc(ctx, func() { lastWords(context.Cause(ctx), silence) })
	logs := newLogs(speaking, t)
	outcome, err := t.attempt(ctx, logs)
	logs.close()
	return t.conclude(ctx, outcome, err, logs.unsent())
}

// lastWords lets a stopped program say why it ends, unless the lease is gone.
func lastWords(cause error, silence context.CancelFunc) {
	if errors.Is(cause, errLeaseLost) {
		silence()
		return
	}
	time.AfterFunc(saying, silence)
}

// attempt prepares, executes and uploads.
func (t *task) attempt(ctx context.Context, logs *logs) (Outcome, error) {
	if t.executor == nil {
		return Failed("this node has no %q executor", t.Runner), nil
	}
	if err := t.prepare(ctx); err != nil {
		return Outcome{}, err
	}
	if err := t.persist(ctx, func() error { return t.client.Start(ctx, t.Lease) }); err != nil {
		return Outcome{}, err
	}
	reports := newReports(ctx, t)
	outcome := t.executor.Execute(ctx, Work{Assignment: t.Assignment, Dir: t.dir,
		Stdout: stream{logs, "stdout"}, Stderr: stream{logs, "stderr"}, Progress: func(p remit.Progress) { reports.report(t.mask().Progress(p)) }})
	reports.close()
	if ctx.Err() != nil {
		return Outcome{}, context.Cause(ctx)
	}
	return outcome, t.upload(ctx, stream{logs, "stderr"})
}

// conclude tells the server how the attempt ended, in the way that the end allows.
func (t *task) conclude(ctx context.Context, outcome Outcome, err error, unsent string) error {
	last, done := context.WithTimeout(context.WithoutCancel(ctx), saying)
	defer done()
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errLeaseLost) || remit.CodeOf(err) == "lease_lost":
		return errors.Join(errLeaseLost, t.client.Cleanup(last, t.Lease, unsent))
	case errors.Is(cause, errCancelled):
		return t.client.Finish(last, t.Lease, client.Finish{State: remit.JobCancelled})
	case cause != nil: // the node itself stops
		return t.client.Release(last, t.Lease)
	case err != nil:
		outcome = Failed("%v", err)
	}
	mask := t.mask()
	finish := client.Finish{State: outcome.State, ExitCode: outcome.ExitCode, Error: mask.Text(outcome.Error), Result: mask.JSON(outcome.Result)}
	err = t.persist(ctx, func() error { return t.client.Finish(ctx, t.Lease, finish) })
	if remit.KindOf(err) == remit.Invalid { // a result that cannot be kept shall not leave the attempt open
		refused := client.Finish{State: remit.JobFailed, ExitCode: outcome.ExitCode, Error: "its result was refused: " + err.Error()}
		return t.persist(ctx, func() error { return t.client.Finish(ctx, t.Lease, refused) })
	}
	return err
}

// mask hides the secret parameters in all that the node tells.
func (t *task) mask() *remit.Mask {
	if len(t.Secrets) == 0 {
		return nil
	}
	texts, err := paramTexts(t.Params)
	if err != nil {
		return nil // then no program gets them
	}
	secrets := make([]string, len(t.Secrets))
	for i, name := range t.Secrets {
		secrets[i] = texts[name]
	}
	return remit.NewMask(secrets...)
}

// persist repeats a call while the server cannot be reached. The lease's end
// ends ctx, so it does not go on for ever.
func (t *task) persist(ctx context.Context, call func() error) error {
	pause := firstPause
	for {
		err := call()
		if remit.KindOf(err) != remit.Unavailable {
			return err
		}
		t.log.Warn("the server does not answer; trying again", "error", err)
		sleep(ctx, pause)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		pause = min(2*pause, longPause)
	}
}
