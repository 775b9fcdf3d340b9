package api

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
)

// plain registers a route whose body is bytes or a stream, which huma does not
// serve: its error becomes a problem, and it stands in the document like others.
func (a *api) plain(r route, serve func(http.ResponseWriter, *http.Request, authz.Subject) error) {
	a.huma.OpenAPI().AddOperation(r.plainOperation())
	a.mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, req *http.Request) {
		who, err := identity.Caller(req.Context())
		if err == nil {
			err = r.checkQuery(req)
		}
		if err == nil {
			err = serve(w, req, who)
		}
		if err != nil {
			writeFailure(w, a.problem(req.Context(), err))
		}
	})
}

// checkQuery refuses a mistyped parameter instead of ignoring it.
func (r route) checkQuery(req *http.Request) error {
	for name := range req.URL.Query() {
		if !slices.Contains(r.query, name) {
			return remit.Errorf(remit.Invalid, "unknown query parameter %.40q", name).WithField("query." + name)
		}
	}
	return nil
}

// inPath are the wildcards of a path; {name...} takes slashes too.
var inPath = regexp.MustCompile(`\{(\w+)(\.\.\.)?\}`)

// plainOperation is operation with what huma would find out by itself.
func (r route) plainOperation() *huma.Operation {
	op := r.operation()
	op.Path = strings.ReplaceAll(r.path, "...}", "}")
	text := &huma.Schema{Type: huma.TypeString}
	for _, match := range inPath.FindAllStringSubmatch(r.path, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: match[1], In: "path", Required: true, Schema: text})
	}
	for _, name := range r.query {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "query", Schema: text})
	}
	status := r.status
	if status == 0 {
		status = http.StatusOK
	}
	op.Responses = map[string]*huma.Response{
		strconv.Itoa(status): {Description: http.StatusText(status)},
		"default":            {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {}}},
	}
	return &op
}
