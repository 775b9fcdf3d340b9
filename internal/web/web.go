// Package web is the pages: HTML made on the server, which works without
// JavaScript; htmx freshens what lives.
//
// Its one invariant: a page decides nothing. Buttons show what the services
// say that the asker may do, and every form is posted to a service that asks
// the permission engine itself.
//
//	mux := http.NewServeMux()
//	web.Register(mux, web.Services{Identity: people, Jobs: jobs, …}, version)
//	// GET  /projects/moths
//	// POST /projects/moths/jobs → 303 /jobs/job_…
package web

import (
	"log/slog"
	"net/http"

	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/auditor"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/nodes"
	"github.com/remit-server/remit/internal/notify"
	"github.com/remit-server/remit/internal/policyfile"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/schedules"
)

// Services is all that the pages lead to: field by field that of the API.
type Services struct {
	Log       *slog.Logger // for faults of the program
	Gate      *gate.Gate   // for what is linked only when somebody may see it
	Identity  *identity.Service
	Projects  *projects.Service
	Policy    *policyfile.Service
	Archive   *archive.Service
	Jobs      *jobs.Service
	Schedules *schedules.Service
	Notify    *notify.Service
	Nodes     *nodes.Service
	Audit     *auditor.Service
	SignIn    string // what the identity provider is called, "" when there is none
}

// site is all pages together.
type site struct {
	Services
	mux     *http.ServeMux
	pages   pages
	files   static
	version string
}

// Register adds every page to mux, and a page for addresses that nothing has.
func Register(mux *http.ServeMux, s Services, version string) {
	files := loadStatic()
	w := &site{Services: s, mux: mux, files: files, pages: parsePages(files), version: version}
	mux.HandleFunc("GET /static/{path...}", files.serve)
	w.signInPages()
	w.previewPages()
	w.page("GET /{$}", w.home)
	w.page("GET /projects", w.projects)
	w.page("GET /projects/{slug}", w.project)
	w.page("GET /projects/{slug}/jobs", w.projectJobs)
	w.page("GET /projects/{slug}/collections/{id}", w.collection)
	w.page("GET /projects/{slug}/files/{id}", w.file)
	w.page("GET /projects/{slug}/members", w.members)
	w.page("GET /nodes", w.nodes)
	w.jobPages()
	w.runPages()
	w.schedulePages()
	w.notificationPages()
	w.page("/", func(v *visit) error { return noPage() })
}
