// Package api is the HTTP surface under /api/v1: JSON in and out, errors as
// problems (RFC 9457), described by the OpenAPI document that it serves.
//
// Its one invariant: a route decides nothing. It names the operations that it
// asks for, hands the caller to a service, and words what comes back.
//
//	mux := http.NewServeMux()
//	api.Register(mux, api.Services{Identity: people, Jobs: jobs, …}, version)
//	// GET  /api/v1/projects/moths/jobs
//	// GET  /api/openapi.json
package api

import (
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

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

// Services is all that the routes lead to.
type Services struct {
	Log       *slog.Logger // for faults of the program
	Gate      *gate.Gate   // for the event stream's subscription
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

// api registers routes.
type api struct {
	Services
	huma    huma.API
	mux     *http.ServeMux
	streams streams
}

// Register adds every route to mux.
func Register(mux *http.ServeMux, s Services, version string) huma.API {
	a := &api{Services: s, mux: mux, huma: humago.New(mux, config(version))}
	a.identityRoutes()
	a.projectRoutes()
	a.teamRoutes()
	a.siteRoutes()
	a.archiveRoutes()
	a.setRoutes()
	a.jobRoutes()
	a.jobTypeRoutes()
	a.scheduleRoutes()
	a.notifyRoutes()
	a.atOnceRoutes()
	a.nodeRoutes()
	a.accessRoutes()
	a.requestRoutes()
	a.auditRoutes()
	a.policyRoutes()
	a.fileRoutes()
	a.eventRoutes()
	mux.HandleFunc("/api/", a.notFound)
	return a.huma
}

// config is huma's without what would not suit: links to schemas inside
// answers, and a documentation page that loads scripts from elsewhere.
func config(version string) huma.Config {
	c := huma.DefaultConfig("Remit", version)
	ours := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}
	c.Formats = map[string]huma.Format{"application/json": ours, "json": ours}
	c.CreateHooks = nil
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/api/openapi", "", ""
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "Runs a team's jobs and decides who may run what, on which data, on whose machines. " +
		"With the header Remit-Preview, user:NAME or role:NAME, any request that reads is answered as that one would be, as far as the asker may see it too."
	c.OnAddOperation = append(c.OnAddOperation, onlyJSON)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "An API key, remit_…"},
	}
	c.Security = []map[string][]string{{"key": {}}, {}}
	return c
}

// onlyJSON takes out of the document what RawBody brought in: routes with JSON
// take nothing else.
func onlyJSON(_ *huma.OpenAPI, op *huma.Operation) {
	if op.RequestBody != nil {
		delete(op.RequestBody.Content, "application/octet-stream")
	}
}
