package server_test

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// universe is everything that there is.
type universe struct {
	slugs  []string
	things []thing
}

// thing is one that has a detail address and is listed in a project.
type thing struct{ kind, id, project string }

func (x thing) address() string { return "/api/v1/" + x.kind + "/" + x.id }

// item is the part of an answer that the walk compares.
type item struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	On          remit.On `json:"on"`
	ID          string   `json:"id"`
	Slug        string   `json:"slug"`
	Project     string   `json:"project"`
	Collection  string   `json:"collection"`
	State       string   `json:"state"`
	Files       int      `json:"files"`
	Permissions []string `json:"permissions"`
}

// universe fills the demo with people, jobs and visibilities of every sort.
func (w *world) universe() universe {
	w.t.Helper()
	w.scan("moths")
	w.scan("observatory")
	w.strangers()
	w.visibilities()
	w.someJobs()
	u := universe{}
	for _, p := range listOf(w, "root", "/api/v1/projects").Items {
		u.slugs = append(u.slugs, p.Slug)
		for _, kind := range []string{"collections", "files", "jobs"} {
			for _, x := range listOf(w, "root", "/api/v1/projects/"+p.Slug+"/"+kind).Items {
				u.things = append(u.things, thing{kind, x.ID, p.Slug})
			}
		}
	}
	return u
}

func (w *world) strangers() {
	w.t.Helper()
	w.account("stranger")
	w.account("banned")
	w.keys["capped"] = w.key("moths-ml_data_manager", client.NewKey{Title: "reads jobs", Scopes: []string{"job:read"}}).Secret
	w.keys["narrow"] = w.key("root", client.NewKey{Title: "one project", Projects: []string{"observatory"}}).Secret
	at := "/api/v1/projects/moths"
	into[remit.Member](w.t, w.call("moths-project_manager", "POST", at+"/members", client.NewMember{User: "banned", Roles: []string{"basic_member"}}), 201)
	into[remit.Entry](w.t, w.call("moths-project_manager", "POST", at+"/entries", client.NewEntry{User: "banned", Permission: "project:view", Effect: "deny"}), 201)
	own := remit.Override{Role: "researcher", Permission: "job:read@others", Effect: "deny"}
	into[remit.Override](w.t, w.call("moths-project_manager", "PUT", at+"/overrides", own), 200)
}

func (w *world) visibilities() {
	w.t.Helper()
	for id, v := range map[remit.CollectionID]string{
		w.collections("moths")["2023-06-13_forest-edge"].ID:   remit.VisibilityPublic,
		w.collections("observatory")["2024-03-12_NGC2392"].ID: remit.VisibilityPrivate,
	} {
		into[item](w.t, w.call("root", "PATCH", "/api/v1/collections/"+string(id), client.CollectionPatch{Visibility: v}), 200)
	}
}

// someJobs makes nine besides the scans, of several owners and in several states.
func (w *world) someJobs() {
	w.t.Helper()
	submit := func(name, slug string, on remit.On, start bool) item {
		return into[item](w.t, w.call(name, "POST", "/api/v1/projects/"+slug+"/jobs", remit.JobSpec{Type: "ml", On: on, Start: start}), 201)
	}
	meadow, edge := w.collections("moths")["2023-06-12_meadow"], w.collections("moths")["2023-06-13_forest-edge"]
	m67, hidden := w.collections("observatory")["2024-03-11_M67"], w.collections("observatory")["2024-03-12_NGC2392"]
	in := map[remit.CollectionID]remit.FileID{}
	for _, slug := range []string{"moths", "observatory"} {
		for _, f := range w.files(slug) {
			in[f.Collection] = f.ID
		}
	}
	submit("moths-ml_data_manager", "moths", remit.On{Collection: meadow.ID}, true)
	claim(w.t, w.worker("worker", "")) // somebody works on that one
	submit("moths-basic_member", "moths", remit.On{Collection: meadow.ID}, false)
	submit("moths-basic_member", "moths", remit.On{File: in[meadow.ID]}, true)
	submit("moths-researcher", "moths", remit.On{File: in[edge.ID]}, true)
	submit("root", "moths", remit.On{File: in[edge.ID]}, false)
	over := submit("moths-identifier", "moths", remit.On{File: in[meadow.ID]}, true)
	into[item](w.t, w.call("moths-identifier", "POST", "/api/v1/jobs/"+over.ID+"/cancel", nil), 200)
	submit("observatory-student", "observatory", remit.On{File: in[m67.ID]}, true)
	submit("observatory-supervisor", "observatory", remit.On{Collection: hidden.ID}, true)
	submit("root", "observatory", remit.On{File: in[hidden.ID]}, false)
}
