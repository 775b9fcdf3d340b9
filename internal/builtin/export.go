package builtin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

// exportType lends nothing: an export holds what its owner and runner see.
var exportType = remit.JobType{
	Key:         jobs.ExportKey,
	Title:       "Export a list",
	Description: "Writes the jobs, files or collections of the project that owner and runner see into a file, as CSV or as lines of JSON.",
	On:          []string{"none"},
	Params: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["what"],"properties":{
		"what":{"enum":["jobs","files","collections"],"title":"What to list"},
		"format":{"enum":["csv","jsonl"],"default":"csv","title":"CSV, or lines of JSON"},
		"filter":{"type":"object","additionalProperties":{"type":"string"},"title":"As the filters of the list"}},
		"allOf":[
		{"if":{"properties":{"what":{"const":"jobs"}}},"then":{"properties":{"filter":{"propertyNames":{"enum":["owner","state","type","file","collection"]},
			"properties":{"state":{"enum":["created","queued","held","claimed","running","cancelling","cancelled","succeeded","failed"]}}}}}},
		{"if":{"properties":{"what":{"const":"files"}}},"then":{"properties":{"filter":{"propertyNames":{"enum":["collection","state","file_type","name"]},
			"properties":{"state":{"enum":["present","missing","unreadable"]}}}}}},
		{"if":{"properties":{"what":{"const":"collections"}}},"then":{"properties":{"filter":{"maxProperties":0}}}}]}`),
	Runner:      "builtin",
	MaxAttempts: 3,
	BackoffS:    10,
	Permissions: []string{},
}

// Export is the result of an export. How many lines there are stands in its
// log, which only those may read who may read all of them.
type Export struct {
	Artifact string `json:"artifact"`
}

// exportParams are the parameters of an export.
type exportParams struct {
	What, Format string
	Filter       map[string]string
}

// export writes the list as it reads it, page by page, into the artifact.
func (f *Functions) export(ctx context.Context, w work) (any, error) {
	p := exportParams{Format: "csv"}
	if err := w.params(&p); err != nil {
		return nil, err
	}
	list, err := f.listOf(w.Project, p)
	if err != nil {
		return nil, err
	}
	name := p.What + "." + p.Format
	in, out := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := f.writeList(ctx, w, list, newLines(p.Format, out, list.columns))
		out.CloseWithError(err) // nil is the end
		written <- err
	}()
	_, err = f.opts.Jobs.PutArtifact(ctx, f.opts.Node, w.Lease, name, in)
	in.CloseWithError(io.ErrClosedPipe) // the writer shall not wait
	if failed := <-written; failed != nil && err != nil {
		err = failed
	}
	return Export{name}, err
}

// list is a list that can be exported: what one person sees of it.
type list struct {
	columns []string
	page    func(ctx context.Context, who authz.Subject, after string) (lines []line, next string, err error)
	one     func(ctx context.Context, who authz.Subject, l line) (line, error)
}

// line is one thing, with a value for each column; nil for none.
type line struct {
	jobs.Listed
	values []any
}

func (f *Functions) writeList(ctx context.Context, w work, from list, to lines) error {
	rows, after := 0, ""
	for {
		readers, err := f.opts.Jobs.Readers(ctx, f.opts.Node, w.Lease)
		if err != nil {
			return err
		}
		found, next, err := from.page(ctx, readers[0], after)
		if err != nil {
			return err
		}
		for _, who := range readers[1:] {
			if found, err = from.seenBy(ctx, who, found); err != nil {
				return err
			}
		}
		n, err := f.hold(ctx, w, found, to)
		if err != nil {
			return err
		}
		rows += n
		w.progress(remit.Progress{Stages: []remit.Stage{{Label: "Writing"}}})
		if after = next; after == "" {
			fmt.Fprintf(w.log, "%d lines\n", rows)
			return to.end()
		}
	}
}

// seenBy leaves what somebody else sees as well, of each line and of its values.
func (from list) seenBy(ctx context.Context, who authz.Subject, found []line) (both []line, err error) {
	for _, l := range found {
		other, err := from.one(ctx, who, l)
		if kind := remit.KindOf(err); kind == remit.NotFound || kind == remit.Denied {
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range l.values {
			if !reflect.DeepEqual(l.values[i], other.values[i]) {
				l.values[i] = nil
			}
		}
		if l.On != other.On {
			l.On = remit.On{} // hidden from one of them
		}
		both = append(both, l)
	}
	return both, nil
}

// hold notes what the lines are of, and then writes them.
func (f *Functions) hold(ctx context.Context, w work, found []line, to lines) (n int, err error) {
	if len(found) == 0 {
		return 0, to.flush()
	}
	things := make([]jobs.Listed, len(found))
	for i, l := range found {
		things[i] = l.Listed
	}
	noted, err := f.opts.Jobs.NoteExported(ctx, f.opts.Node, w.Lease, things)
	if err != nil {
		return 0, err
	}
	for _, l := range found {
		if !noted[l.Listed] {
			continue // it is gone since
		}
		if err := to.write(l.values); err != nil {
			return n, err
		}
		n++
	}
	return n, to.flush()
}
