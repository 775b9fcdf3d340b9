package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
)

const (
	logPart = 256 << 10        // bytes of log read at once
	logWait = 10 * time.Second // a follower looks again at the latest after this
)

// log answers with an attempt's log as text. With follow=true it goes on
// until the job has finished, through retries when no attempt is named.
func (a *api) log(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	attempt, err := attemptOf(r)
	if err != nil {
		return err
	}
	t := &tail{api: a, id: remit.JobID(r.PathValue("id")), attempt: attempt, w: w}
	if text := r.URL.Query().Get("follow"); text != "" {
		if t.follow, err = strconv.ParseBool(text); err != nil {
			return remit.Errorf(remit.Invalid, "follow is %q; it is true or false", text).WithField("query.follow")
		}
	}
	if t.follow {
		closed, err := a.streams.open(asker(r, who))
		if err != nil {
			return err
		}
		defer closed()
	}
	ctx, end := streaming(r.Context())
	defer end()
	return t.run(r.WithContext(ctx))
}

// tail copies a log to a client.
type tail struct {
	api     *api
	id      remit.JobID
	attempt int // asked for; 0 = always the latest
	current int // whose log offset counts in
	follow  bool
	w       http.ResponseWriter
	offset  int64
	begun   bool
	open    bool // the last line that was written has no end
}

func (t *tail) run(r *http.Request) error {
	events, stop := t.api.Gate.Subscribe("log", "job")
	defer stop()
	for {
		done, err := t.part(r)
		if err != nil && t.begun {
			return nil // the answer has begun: a revoked reader just hears no more
		}
		if err != nil || done {
			return err
		}
		if done = !t.await(r, events); done {
			return nil
		}
	}
}

// part writes all that there is now; done says that there will be no more.
func (t *tail) part(r *http.Request) (done bool, err error) {
	for {
		part, err := t.next(r)
		if err != nil {
			return false, err
		}
		t.begin()
		if _, err := t.w.Write(part.Data); err != nil {
			return true, nil // the client has gone
		}
		if len(part.Data) == 0 {
			return part.Done || !t.follow, http.NewResponseController(t.w).Flush()
		}
		t.offset, t.open = part.Next, part.Data[len(part.Data)-1] != '\n'
	}
}

// next is the piece after what was written. What an attempt left is told to its
// end before the one after it, which begins with a line that says so.
func (t *tail) next(r *http.Request) (jobs.LogPart, error) {
	who, err := identity.CallerNow(r.Context())
	if err != nil {
		return jobs.LogPart{}, err
	}
	part, err := t.api.Jobs.Log(r.Context(), who, t.id, t.attempt, t.offset, logPart)
	if err != nil || part.Attempt == t.current {
		return part, err
	}
	if t.current == 0 {
		t.current = part.Attempt
		return part, nil
	}
	left, err := t.api.Jobs.Log(r.Context(), who, t.id, t.current, t.offset, logPart)
	if err == nil && len(left.Data) > 0 {
		return left, nil
	}
	if err != nil && remit.KindOf(err) != remit.Gone {
		return left, err
	}
	t.current++
	return jobs.LogPart{Data: t.marker(), Attempt: t.current}, nil
}

// marker is the line between the logs of two attempts.
func (t *tail) marker() []byte {
	line := fmt.Sprintf("[remit: attempt %d begins here]\n", t.current)
	if t.open {
		line = "\n" + line
	}
	return []byte(line)
}

// await returns when there may be more; false when the client has gone.
func (t *tail) await(r *http.Request, events <-chan gate.Event) bool {
	timer := time.NewTimer(logWait)
	defer timer.Stop()
	for {
		select {
		case <-r.Context().Done():
			return false
		case <-timer.C:
			return true
		case e, ok := <-events:
			if !ok || e.Topic == "" || strings.Contains(e.Payload, string(t.id)) {
				return ok
			}
		}
	}
}

func (t *tail) begin() {
	if t.begun {
		return
	}
	t.begun = true
	t.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	t.w.Header().Set("X-Content-Type-Options", "nosniff")
	t.w.Header().Set("Cache-Control", "no-store")
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}

func escapeName(name string) string { return url.PathEscape(name) }
