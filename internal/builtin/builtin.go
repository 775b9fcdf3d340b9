// Package builtin holds the job types that come with the program, as functions
// over the services. The server's own node runs them.
//
// Its one invariant: a built-in job has no rights of its own. It runs under
// the lease of an ordinary job, does what that job's type lends to its node
// (R28) and stops when the lease is lost.
//
//	run := builtin.New(builtin.Options{Archive: archive, Jobs: jobs, Node: node})
//	for _, t := range builtin.Types() {
//		_, err := jobs.DeclareType(ctx, who, t)
//	}
//	result, err := run.Run(ctx, assignment, progress, log)
package builtin

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/jobs"
)

// Options are the services that the functions work through.
type Options struct {
	Archive *archive.Service
	Jobs    *jobs.Service
	Node    authz.Subject // the node that holds the leases
}

// Functions runs built-in jobs. It is safe for concurrent use.
type Functions struct {
	opts  Options
	types map[string]function
}

// function does the work of one type. Its result is kept beside an error too.
type function func(ctx context.Context, w work) (result any, err error)

// work is one assignment with its ways out.
type work struct {
	remit.Assignment
	progress func(remit.Progress)
	log      io.Writer
}

// params reads the parameters, which the type's schema has checked.
func (w work) params(into any) error {
	if len(w.Params) == 0 {
		return nil
	}
	return json.Unmarshal(w.Params, into)
}

// New makes the functions.
func New(opts Options) *Functions {
	f := &Functions{opts: opts}
	f.types = map[string]function{scanType.Key: f.scan, cleanupType.Key: f.cleanup, exportType.Key: f.export, populateType.Key: f.populate}
	return f
}

// Types are the built-in job types, as they are declared.
func Types() []remit.JobType { return []remit.JobType{scanType, cleanupType, exportType, populateType} }

// Run does the work of an assignment. When progress returns an error the work
// stops with it. The result may hold what was done, beside an error too.
func (f *Functions) Run(ctx context.Context, a remit.Assignment, progress func(remit.Progress) error, log io.Writer) (json.RawMessage, error) {
	run, ok := f.types[a.Type]
	if !ok {
		return nil, remit.Errorf(remit.Invalid, "There is no built-in job type %q", a.Type).
			WithHint("This program has %s.", strings.Join(slices.Sorted(maps.Keys(f.types)), ", "))
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	report := func(p remit.Progress) {
		if err := progress(p); err != nil {
			stop(err)
		}
	}
	result, err := run(ctx, work{a, report, log})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	text, marshalErr := json.Marshal(result)
	if err == nil {
		err = marshalErr
	}
	return text, err
}
