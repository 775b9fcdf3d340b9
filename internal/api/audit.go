package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/auditor"
	"github.com/remit-server/remit/internal/identity"
)

func (a *api) auditRoutes() {
	const log = "/api/v1/audit"
	handle(a, on(get, log, "List the audit log, newest first", "audit.list", "audit.read"), a.auditList)
	handle(a, on(get, log+"/head", "The end of the chain of seals, to be kept elsewhere", "audit.verify").named("audit.head"), a.auditHead)
	handle(a, on(post, log+"/archive", "Move what was sealed before a time into archive files", "audit.archive"), a.auditArchive)
	a.plain(on(get, log+"/verify", "Verify the audit log against its seals", "audit.verify").takes("head"), a.auditVerify)
	a.plain(on(get, log+"/export", "The audit log as JSON lines, oldest first; with chain all of it, and the seals", "audit.list", "audit.read", "audit.verify").
		named("audit.export").takes("actor", "operation", "project", "thing", "request", "from", "until", "allowed", "chain"), a.auditExport)
}

// AuditQuery is what the audit log can be asked.
type AuditQuery struct {
	Actor     string    `query:"actor" doc:"A name, as it was at the time, or an id"`
	Operation string    `query:"operation" doc:"job.cancel"`
	Project   string    `query:"project"`
	Thing     string    `query:"thing" doc:"The id of what was changed"`
	Request   string    `query:"request"`
	From      time.Time `query:"from"`
	Until     time.Time `query:"until" doc:"Before this"`
	Allowed   string    `query:"allowed" enum:"true,false" doc:"Changes, or refusals"`
}

func (q AuditQuery) filter() auditor.Filter {
	f := auditor.Filter{Actor: q.Actor, Operation: q.Operation, Project: q.Project, Thing: q.Thing, Request: q.Request, From: q.From, Until: q.Until}
	if q.Allowed != "" {
		allowed := q.Allowed == "true"
		f.Allowed = &allowed
	}
	return f
}

func (a *api) auditList(ctx context.Context, who authz.Subject, in *struct {
	AuditQuery
	Paging
}) (*answer[remit.Page[remit.AuditEntry]], error) {
	f := in.filter()
	f.Limit, f.After = in.Limit, in.After
	page, err := a.Audit.List(ctx, who, f)
	return &answer[remit.Page[remit.AuditEntry]]{page}, err
}

func (a *api) auditHead(ctx context.Context, who authz.Subject, _ *struct{}) (*answer[remit.AuditHead], error) {
	head, err := a.Audit.Head(ctx, who)
	return &answer[remit.AuditHead]{head}, err
}

func (a *api) auditArchive(ctx context.Context, who authz.Subject, in *Input[client.AuditBefore]) (*answer[remit.Page[remit.AuditSeal]], error) {
	made, err := a.Audit.Archive(ctx, who, in.Body.Before)
	return &answer[remit.Page[remit.AuditSeal]]{whole(made)}, err
}

// auditVerify answers with one document, written as the work goes on: an array
// of findings, then the verdict. What has no verdict was cut short.
func (a *api) auditVerify(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	out, done, err := a.begin(w, r, who, "application/json")
	if err != nil {
		return err
	}
	defer done()
	separator := `{"findings":[`
	verdict, err := a.Audit.Verify(out.ctx, identity.CallerNow, r.URL.Query().Get("head"), func(found []remit.AuditFinding) error {
		for i := range found {
			out.text(separator)
			out.json(&found[i])
			separator = ","
		}
		return out.flush()
	})
	if err != nil && out.begun {
		return nil // without a verdict the document is not whole, and so not taken for one
	}
	if err != nil {
		return err
	}
	if separator != "," {
		out.text(separator)
	}
	out.text(`],"verdict":`)
	out.json(verdict)
	out.text("}")
	return out.flush()
}

// auditExport answers with a line per entry. When it fails on the way its last
// line is {"error": …}.
func (a *api) auditExport(w http.ResponseWriter, r *http.Request, who authz.Subject) error {
	f, chain, err := exportQuery(r)
	if err != nil {
		return err
	}
	out, done, err := a.begin(w, r, who, "application/jsonl")
	if err != nil {
		return err
	}
	defer done()
	if chain {
		err = a.Audit.Chain(out.ctx, identity.CallerNow, each[auditor.Line](out))
	} else {
		err = a.Audit.Export(out.ctx, identity.CallerNow, f, each[remit.AuditEntry](out))
	}
	if err != nil && out.begun {
		out.json(map[string]any{"error": Problem(err)})
		_ = out.flush() // who has gone hears nothing
		return nil
	}
	return err
}

// each writes parts of an export.
func each[T any](out *stream) func([]T) error {
	return func(items []T) error {
		for i := range items {
			out.json(&items[i])
		}
		return out.flush()
	}
}

// exportQuery reads the query of a plain route as huma reads that of the list.
func exportQuery(r *http.Request) (f auditor.Filter, chain bool, err error) {
	q := r.URL.Query()
	in := AuditQuery{Actor: q.Get("actor"), Operation: q.Get("operation"), Project: q.Get("project"), Thing: q.Get("thing"), Request: q.Get("request"), Allowed: q.Get("allowed")}
	for name, into := range map[string]*time.Time{"from": &in.From, "until": &in.Until} {
		if text := q.Get(name); text != "" {
			if *into, err = time.Parse(time.RFC3339Nano, text); err != nil {
				return f, false, remit.Errorf(remit.Invalid, "%s is %.40q; it is a time like 2026-03-01T12:00:00Z", name, text).WithField("query." + name)
			}
		}
	}
	for _, name := range []string{"allowed", "chain"} {
		if text := q.Get(name); text != "" && text != "true" && text != "false" {
			return f, false, remit.Errorf(remit.Invalid, "%s is %.40q; it is true or false", name, text).WithField("query." + name)
		}
	}
	if chain = q.Get("chain") == "true"; chain && len(q) > 1 {
		return f, chain, remit.Errorf(remit.Invalid, "A log with its seals is all of it, and takes no filters").WithField("query.chain")
	}
	return in.filter(), chain, nil
}

// stream is an answer that is written as it comes about.
type stream struct {
	ctx       context.Context
	w         http.ResponseWriter
	buf       *bufio.Writer
	mediaType string
	begun     bool // something was written: there is no other status any more
}

// begin takes one of the places for streams; nothing is sent yet.
func (a *api) begin(w http.ResponseWriter, r *http.Request, who authz.Subject, mediaType string) (*stream, func(), error) {
	closed, err := a.streams.open(asker(r, who))
	if err != nil {
		return nil, nil, err
	}
	ctx, end := streaming(r.Context())
	return &stream{ctx: ctx, w: w, buf: bufio.NewWriterSize(w, 64<<10), mediaType: mediaType}, func() { end(); closed() }, nil
}

func (s *stream) text(t string) {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", s.mediaType)
		s.w.Header().Set("Cache-Control", "no-store")
	}
	_, _ = s.buf.WriteString(t) // flush tells
}

// json writes a value and a line end.
func (s *stream) json(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // these are all plain structs
	}
	s.text(string(b))
	s.text("\n")
}

// flush sends what was written; an error says that the client has gone.
func (s *stream) flush() error {
	if !s.begun {
		return nil
	}
	if err := s.buf.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}
