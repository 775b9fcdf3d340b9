package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/identity"
)

// route is where an operation lives.
type route struct {
	method, path string
	summary      string
	status       int // 0 = 200
	// asks are the rows of the operation table that it asks for; the first
	// one names the route.
	asks []string
	// name tells routes of one operation apart; "" = the first of asks.
	name string
	// most is how many bytes the body may have; 0 = a mebibyte.
	most int64
	// query are the parameters of a plain route.
	query []string
}

// on makes a route.
func on(method, path, summary string, asks ...string) route {
	return route{method: method, path: path, summary: summary, asks: asks}
}

func (r route) answers(status int) route { r.status = status; return r }
func (r route) named(name string) route  { r.name = name; return r }

func (r route) upTo(most int64) route { r.most = most; return r }

func (r route) takes(query ...string) route { r.query = query; return r }

// answer is a JSON body.
type answer[T any] struct {
	Body T
}

// made is the answer to a request that made something.
type made[T any] struct {
	Location string `header:"Location"`
	Body     T
}

// none is the answer without a body.
type none struct{}

// Input is a JSON request.
type Input[T any] struct {
	Body    T
	RawBody []byte // its bytes, for Resolve
}

// handle registers a route whose work is fn: input decoded and valid, caller known.
func handle[I, O any](a *api, r route, fn func(context.Context, authz.Subject, *I) (*O, error)) {
	huma.Register(a.huma, r.operation(), func(ctx context.Context, in *I) (*O, error) {
		who, err := identity.Caller(ctx)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		out, err := fn(ctx, who, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// operation is the route in the words of OpenAPI, with what it requires.
func (r route) operation() huma.Operation {
	name := r.name
	if name == "" {
		name = r.asks[0]
	}
	return huma.Operation{
		OperationID: strings.ReplaceAll(name, ".", "-"), Method: r.method, Path: r.path, Summary: r.summary,
		DefaultStatus: r.status, Tags: []string{strings.Split(name, ".")[0]},
		Extensions:   map[string]any{"x-remit-operations": r.asks, "x-remit-requires": requires(r.asks)},
		MaxBodyBytes: cmp.Or(r.most, 1<<20),
	}
}

// requires is what the operations need: all of the groups, any one of each.
func requires(operations []string) [][]string {
	needed := [][]string{}
	for _, name := range operations {
		for _, row := range remit.Operations() {
			if row.Name != name {
				continue
			}
			for _, group := range row.Groups {
				if !slices.ContainsFunc(needed, func(have []string) bool { return slices.Equal(have, group) }) {
					needed = append(needed, group)
				}
			}
		}
	}
	return needed
}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// Paging is what every list takes.
type Paging struct {
	Limit int    `query:"limit" minimum:"0" maximum:"500" doc:"How many at most; 0 = 50"`
	After string `query:"after" doc:"The cursor of the page before: its next"`
}
