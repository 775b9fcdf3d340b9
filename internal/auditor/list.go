package auditor

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// Filter narrows a list of entries; zero fields do not.
type Filter struct {
	Actor       string // name at the time, or id
	Operation   string
	Project     string // slug
	Thing       string // id
	Request     string
	From, Until time.Time // from ≤ at < until
	Allowed     *bool
	Limit       int
	After       string // the cursor of the page before
}

// List is one page of the entries that the asker may read, newest first.
// Somebody who may read none at all is refused.
func (s *Service) List(ctx context.Context, who authz.Subject, f Filter) (remit.Page[remit.AuditEntry], error) {
	limit, err := remit.Limit(f.Limit)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return remit.Page[remit.AuditEntry]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.AuditEntry]]{
		Name: "audit.list",
		Read: func(r *gate.Reader) (remit.Page[remit.AuditEntry], error) { return f.page(r, limit) },
	})
}

// cursor is the id of an entry.
var cursor = regexp.MustCompile(`^[0-9a-f]{40}$`)

func (f *Filter) check() error {
	if f.After != "" && !cursor.MatchString(f.After) {
		return remit.Errorf(remit.Invalid, "%.80q is no cursor of this list", f.After).WithField("after").WithHint("Use the `next` of the page before.")
	}
	if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
		return remit.Errorf(remit.Invalid, "until is not after from").WithField("until")
	}
	return nil
}

func (f *Filter) page(r *gate.Reader, limit int) (page remit.Page[remit.AuditEntry], err error) {
	c, err := f.conditions(r)
	if err != nil {
		return page, err
	}
	if f.After != "" {
		c.add(whereBefore, f.After)
	}
	entries, err := c.entries(r, newestFirst, limit+1)
	if err != nil {
		return page, err
	}
	if len(entries) > limit {
		entries = entries[:limit]
		page.Next = entries[limit-1].ID
	}
	page.Permissions = []string{}
	page.Items, err = shown(r, entries)
	return page, err
}

// conditions are the filter's and those of what the asker may read.
func (f *Filter) conditions(r *gate.Reader) (*conditions, error) {
	c := &conditions{}
	visible, args := gate.Where(r.Scope("audit.list"), gate.Columns{Project: "project_id"}, 1)
	c.texts, c.args = []string{visible}, args
	if visible == "FALSE" && f.Project == "" {
		return c, r.Require("audit.read", authz.Resource{})
	}
	if f.Project != "" {
		project, err := projects.Locate(r, f.Project)
		if err != nil {
			return c, err
		}
		if err := r.Require("audit.read", project.Resource()); err != nil {
			return c, err
		}
		c.add(whereProject, string(project.ID))
	}
	f.narrow(c)
	return c, nil
}

func (f *Filter) narrow(c *conditions) {
	for _, w := range []struct{ condition, value string }{{whereActor, f.Actor}, {whereOperation, f.Operation}, {whereThing, f.Thing}, {whereRequest, f.Request}} {
		if w.value != "" {
			c.add(w.condition, w.value)
		}
	}
	if !f.From.IsZero() {
		c.add(whereFrom, f.From.UnixMicro())
		c.add(whereIDFrom, audit.FirstID(f.From))
	}
	if !f.Until.IsZero() {
		c.add(whereUntil, f.Until.UnixMicro())
		c.add(whereBefore, audit.FirstID(f.Until))
	}
	if f.Allowed != nil {
		c.add(whereAllowed, *f.Allowed)
	}
}

// shown is entries with the slugs of their projects, as far as these are there.
func shown(r *gate.Reader, entries []audit.Entry) ([]remit.AuditEntry, error) {
	var in []remit.ProjectID
	for _, e := range entries {
		if e.Project != "" {
			in = append(in, remit.ProjectID(e.Project))
		}
	}
	slugs, err := projects.Slugs(r, in...)
	if err != nil {
		return nil, fmt.Errorf("looking up the projects of audit entries: %w", err)
	}
	items := make([]remit.AuditEntry, len(entries))
	for i := range entries {
		items[i] = entries[i].Wire()
		items[i].Project = slugs[items[i].ProjectID]
	}
	return items, nil
}

func (c *conditions) entries(r *gate.Reader, order string, limit int) ([]audit.Entry, error) {
	entries, err := db.Rows(r, audit.ScanEntry, c.query(order), append(c.args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("listing audit entries: %w", err)
	}
	return entries, nil
}
