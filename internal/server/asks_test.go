package server_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// verbs of each kind, in the words of the operation table.
var verbs = map[string]map[string]string{
	"collections": {"read": "collection.read", "update": "collection.update", "publish": "collection.publish"},
	"files":       {"read": "file.read", "download": "file.download"},
	"jobs": {"read": "job.read", "update": "job.update", "run": "job.run", "cancel": "job.cancel", "retry": "job.retry",
		"requeue": "job.requeue", "wrest": "job.wrest", "delete": "job.delete", "expire": "job.expire", "extend": "job.extend"},
}

// ask compares `permissions` with what access/check says, operation by operation.
func (w *walk) ask() {
	w.t.Helper()
	for _, x := range w.things {
		shown, visible := w.seen[x.id]
		for verb, operation := range verbs[x.kind] {
			r := w.call(w.name, "POST", "/api/v1/access/check", question(x, operation))
			if !visible {
				if r.status == 200 {
					w.t.Errorf("access/check tells of %s, which %s may not see: %s", x.id, w.name, r.body)
				}
				continue
			}
			allowed := into[client.Verdict](w.t, r, 200).Allowed
			if listed := slices.Contains(shown.Permissions, verb); listed != allowed && !(allowed && isMore(shown, verb)) {
				w.t.Errorf("%s on %s: permissions say %t, access/check says %t", operation, x.id, listed, allowed)
			}
		}
		for _, p := range shown.Permissions {
			if _, known := verbs[x.kind][p]; !known && !strings.HasPrefix(p, "run.") {
				w.t.Errorf("%s has an unknown permission %q", x.id, p)
			}
		}
	}
}

// isMore says whether a verb takes more than rights on the thing: a state of
// it (R16), or for running a job that one may read what it is on (R26).
func isMore(shown item, verb string) bool {
	if verb == "run" || verb == "retry" || verb == "requeue" {
		return shown.Type == "ml" && shown.On.IsZero()
	}
	return verb == "wrest" || verb == "delete" || verb == "expire" || verb == "extend"
}

func question(x thing, operation string) client.Question {
	q := client.Question{Permission: operation}
	switch x.kind {
	case "collections":
		q.On = &remit.On{Collection: remit.CollectionID(x.id)}
	case "files":
		q.On = &remit.On{File: remit.FileID(x.id)}
	default:
		q.Job = remit.JobID(x.id)
	}
	return q
}

var (
	buttonTag = regexp.MustCompile(`<button[^>]*\sdata-action="([^"]+)"[^>]*>`)
	linkTag   = regexp.MustCompile(`<a [^>]*\sdata-action="([^"]+)"[^>]*>`)
)

// pages compares the buttons of the pages with `permissions`. Narrowed keys
// are for programs: they have no pages.
func (w *walk) pages() {
	w.t.Helper()
	if w.capped() {
		return
	}
	for _, x := range w.things {
		path := "/projects/" + x.project + "/" + x.kind + "/" + x.id
		if x.kind == "jobs" {
			path = "/jobs/" + x.id
		}
		r := w.get(path)
		shown, visible := w.seen[x.id]
		if (r.status == 200) != visible {
			w.t.Errorf("%s answered %d; visible over the API: %t", r.asked, r.status, visible)
		}
		if visible && r.status == 200 {
			w.buttons(x, shown, r)
		}
	}
}

func (w *walk) buttons(x thing, shown item, r reply) {
	w.t.Helper()
	works := map[string]bool{}
	for _, tag := range buttonTag.FindAllSubmatch(r.body, -1) {
		works[string(tag[1])] = !strings.Contains(string(tag[0]), " disabled")
	}
	for _, tag := range linkTag.FindAllSubmatch(r.body, -1) {
		works[string(tag[1])] = true
	}
	for action, enabled := range works {
		if action != "log-out" && enabled != slices.Contains(shown.Permissions, action) {
			w.t.Errorf("%s: button %s works: %t; permissions %v", r.asked, action, enabled, shown.Permissions)
		}
	}
	for _, verb := range shown.Permissions {
		if _, there := works[verb]; !there && mustHaveButton(x, shown, verb) {
			w.t.Errorf("%s: no button for %s: %v", r.asked, verb, slices.Sorted(maps.Keys(works)))
		}
	}
}

// mustHaveButton says whether a page offers a permitted verb as things stand.
func mustHaveButton(x thing, shown item, verb string) bool {
	over := remit.JobState(shown.State).Finished()
	switch {
	case x.kind != "jobs":
		return verb == "download" || strings.HasPrefix(verb, "run.")
	case verb == "cancel":
		return !over
	case verb == "run":
		return shown.State == string(remit.JobCreated)
	case verb == "retry":
		return shown.State == string(remit.JobCancelled) || shown.State == string(remit.JobFailed)
	}
	return verb == "requeue" || verb == "wrest" || verb == "delete"
}
