package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// keepAlive is how often a silent stream says that it is there.
const keepAlive = 15 * time.Second

// eventRoutes serve the stream of what changes.
func (a *api) eventRoutes() {
	a.plain(on(get, "/api/v1/events", "Jobs as they change, as server-sent events", "event.stream"), a.events)
}

// events streams jobs as they change (server-sent events), each one asked for
// anew with the rights of that moment (R18).
func (a *api) events(w http.ResponseWriter, r *http.Request, _ authz.Subject) error {
	changes, stop := a.Gate.Subscribe("job")
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w).Flush
	if _, err := fmt.Fprint(w, ": hello\n\n"); err != nil || flush() != nil {
		return nil
	}
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-ticker.C:
			if _, err := identity.CallerNow(r.Context()); err != nil {
				return nil
			}
			_, err := fmt.Fprint(w, ": still here\n\n")
			if err != nil || flush() != nil {
				return nil
			}
		case e, ok := <-changes:
			if !ok || a.event(w, r, e) != nil || flush() != nil {
				return nil
			}
		}
	}
}

// event writes one change if the caller may see it now. Its error ends the stream.
func (a *api) event(w http.ResponseWriter, r *http.Request, e gate.Event) error {
	who, err := identity.CallerNow(r.Context())
	if err != nil {
		return err
	}
	if e.Topic == "" { // events may have been missed
		_, err := fmt.Fprint(w, "event: reload\ndata: {}\n\n")
		return err
	}
	var change struct {
		ID remit.JobID `json:"id"`
	}
	if err := json.Unmarshal([]byte(e.Payload), &change); err != nil {
		return err
	}
	job, err := a.Jobs.Job(r.Context(), who, change.ID)
	if err != nil {
		return ignoreHidden(err)
	}
	data, err := json.Marshal(job)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: job\ndata: %s\n\n", data)
	return err
}

// ignoreHidden leaves out what the caller may not see.
func ignoreHidden(err error) error {
	switch remit.KindOf(err) {
	case remit.NotFound, remit.Denied, remit.Unauthenticated:
		return nil
	}
	return err
}
