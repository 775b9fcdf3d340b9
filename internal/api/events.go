package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

const (
	keepAlive = 15 * time.Second       // how often a silent stream says that it is there
	burst     = 250 * time.Millisecond // what changes within it is told at once, each job once
	maxBurst  = 200                    // more jobs than these are told as "look at everything"
)

// eventRoutes serve the stream of what changes.
func (a *api) eventRoutes() {
	a.plain(on(get, "/api/v1/events", "Jobs as they change, as server-sent events", "event.stream"), a.events)
}

// events streams jobs as they change (server-sent events), each one asked for
// anew with the rights of that moment (R18).
func (a *api) events(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	if err := a.mayStream(r.Context(), who); err != nil {
		return err
	}
	closed, err := a.streams.open(asker(r, who))
	if err != nil {
		return err
	}
	defer closed()
	changes, stop := a.Gate.Subscribe("job")
	defer stop()
	ctx, end := streaming(r.Context())
	defer end()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	t := teller{api: a, ctx: ctx, w: w}
	if t.say(": hello\n\n") == nil {
		t.run(changes)
	}
	return nil
}

// mayStream refuses who can see no job: nothing would ever be told.
func (a *api) mayStream(ctx context.Context, who authz.Subject) error {
	_, err := gate.View(ctx, a.Gate, who, gate.Query[struct{}]{
		Name: "event.stream",
		Read: func(r *gate.Reader) (none struct{}, err error) {
			if r.Scope("job.list").Empty() {
				err = seesNoJob(r)
			}
			return none, err
		},
	})
	return err
}

func seesNoJob(r *gate.Reader) error {
	if r.Who().Kind == authz.Anonymous {
		return remit.Errorf(remit.Unauthenticated, "Sign in first").WithHint("Use `remit login`, an API key, or the login page.")
	}
	decision := r.Holds("job:read", authz.Resource{})
	e := remit.Errorf(remit.Denied, "Insufficient permissions").WithHint("You need job:read in a project.")
	e.Decision = &decision
	return e
}

// teller writes one stream.
type teller struct {
	*api
	ctx     context.Context
	w       http.ResponseWriter
	waiting []remit.JobID // changed since the last word, in order
	reload  bool          // more may have: everything should be looked at
}

// run tells until the client has gone, the server stops, or the credential is
// worth nothing any more.
func (t *teller) run(changes <-chan gate.Event) {
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	var soon <-chan time.Time // set while something waits
	for err := error(nil); err == nil; {
		select {
		case <-t.ctx.Done():
			return
		case <-alive.C:
			err = t.stillHere()
		case e, ok := <-changes:
			if !ok {
				return
			}
			t.note(e)
			if soon == nil {
				soon = time.After(burst)
			}
		case <-soon:
			soon = nil
			err = t.tell()
		}
	}
}

func (t *teller) stillHere() error {
	who, err := identity.CallerNow(t.ctx)
	if err == nil {
		err = t.mayStream(t.ctx, who)
	}
	if err != nil {
		return err
	}
	return t.say(": still here\n\n")
}

// note remembers what an event is about. One without a topic says that some were missed.
func (t *teller) note(e gate.Event) {
	var change struct {
		ID remit.JobID `json:"id"`
	}
	switch {
	case t.reload:
	case e.Topic == "" || len(t.waiting) == maxBurst || json.Unmarshal([]byte(e.Payload), &change) != nil:
		t.reload, t.waiting = true, nil
	case !slices.Contains(t.waiting, change.ID):
		t.waiting = append(t.waiting, change.ID)
	}
}

// tell writes what waits, as far as the caller may see it now. Its error ends
// the stream.
func (t *teller) tell() error {
	who, err := identity.CallerNow(t.ctx)
	if err != nil {
		return err
	}
	jobs, reload := t.waiting, t.reload
	t.waiting, t.reload = nil, false
	if reload {
		return t.say("event: reload\ndata: {}\n\n")
	}
	for _, id := range jobs {
		if err := t.job(who, id); err != nil {
			return err
		}
	}
	return nil
}

func (t *teller) job(who authz.Subject, id remit.JobID) error {
	job, err := t.Jobs.Job(t.ctx, who, id)
	if err != nil {
		return ignoreHidden(err)
	}
	data, err := json.Marshal(job)
	if err != nil {
		return err
	}
	return t.say("event: job\ndata: %s\n\n", data)
}

func (t *teller) say(format string, args ...any) error {
	if _, err := fmt.Fprintf(t.w, format, args...); err != nil {
		return err
	}
	return http.NewResponseController(t.w).Flush()
}

// ignoreHidden leaves out what the caller may not see.
func ignoreHidden(err error) error {
	switch remit.KindOf(err) {
	case remit.NotFound, remit.Denied, remit.Unauthenticated:
		return nil
	}
	return err
}
