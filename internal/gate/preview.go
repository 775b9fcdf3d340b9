package gate

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// Who looks as another (R23) needs access:view wherever they look: in the
// project of what is asked about, or on the site. Lists leave out the projects
// where they lack it.
const (
	lookRight   = "access:view"
	previewRule = 23
)

// Viewer is who asks, without the preview: whose right it is to look at all.
func (r *Reader) Viewer() authz.Subject {
	who := r.who
	who.Preview = nil
	return who
}

// Self is the account whose things are own to the asker: that of whom a
// preview shows, else their own. It is "" for what is no person.
func (r *Reader) Self() string { return SelfOf(r.who) }

// SelfOf is Self of any subject.
func SelfOf(who authz.Subject) string {
	switch {
	case who.Kind != authz.Person:
		return ""
	case who.Preview != nil && who.Preview.User != "":
		return who.Preview.User
	}
	return who.ID
}

// decide is the policy's decision, after whether who previews may look there.
func (r *Reader) decide(who authz.Subject, row authz.Operation, on authz.Resource) authz.Decision {
	if who.Preview != nil {
		if d := r.looks(who, row.Name, on); !d.Allowed {
			return d
		}
	}
	return r.snapshot.stated(row, on, r.snapshot.policy.Can(who, row.Name, on, r.now.UnixMicro()))
}

// looks says whether who previews may look where the operation asks. An
// operation that asks for nothing shows what scopes and further questions let
// through. Whoever is refused learns no more than without the preview.
func (r *Reader) looks(who authz.Subject, operation string, on authz.Resource) authz.Decision {
	row, err := r.operation(operation)
	if err == nil && on.Project == "" && len(row.Groups) == 0 && row.Read == "" {
		return authz.Decision{Allowed: true}
	}
	look := r.viewerHolds(who, on.Project)
	if look.Allowed {
		return look
	}
	viewer := who
	viewer.Preview = nil
	if own := r.snapshot.policy.Can(viewer, operation, on, r.now.UnixMicro()); !own.Allowed && own.Guard == "" {
		return own
	}
	return look
}

func (r *Reader) viewerHolds(who authz.Subject, project string) authz.Decision {
	who.Preview = nil
	return r.snapshot.policy.Check(who, lookRight, authz.Resource{Project: project}, r.now.UnixMicro())
}

// mayLookAt says whether the asker may look at a project, or at the site for "".
func (r *Reader) mayLookAt(project string) bool {
	return r.who.Preview == nil || r.viewerHolds(r.who, project).Allowed
}

// seenIn is a scope without the projects where who previews may not look.
func (r *Reader) seenIn(s authz.Scope) authz.Scope {
	if r.who.Preview == nil {
		return s
	}
	look := r.snapshot.policy.Scope(r.Viewer(), lookRight, r.now.UnixMicro())
	in := func(project string, c authz.Cells) authz.Cells {
		if !look.Has(authz.Resource{Project: project}) {
			return 0
		}
		return c
	}
	cut := authz.Scope{Subject: s.Subject, Projects: map[string]authz.Cells{}, Collections: map[authz.CollectionKey]authz.Cells{}}
	if look.Default.Has(false, authz.ProjectWide) {
		cut.Default = s.Default
	}
	for project := range look.Projects {
		cut.Projects[project] = in(project, s.Default)
	}
	for project, c := range s.Projects {
		cut.Projects[project] = in(project, c)
	}
	for key, c := range s.Collections {
		cut.Collections[key] = in(key.Project, c)
	}
	return cut
}

// changes says whether an operation does more than look.
func changes(row authz.Operation) bool { return row.Audit == authz.AuditChange || row.ChangesPolicy }

func changesNothing() *remit.Error {
	return denied(authz.Decision{Rule: previewRule}, "A preview changes nothing", "End the preview to do this as yourself.").WithCode("preview_read_only")
}

// refusePreview refuses a change before it is tried, whatever it is about, and
// writes that down as the viewer's (R23).
func (g *Gate) refusePreview(ctx context.Context, who authz.Subject, operation string) error {
	refusal := changesNothing()
	return errOr(refusal, g.db.Write(ctx, db.Shared, func(dtx *db.Tx) error {
		r, err := g.reader(dtx, who)
		if err != nil {
			return err
		}
		row, err := r.row(operation)
		if err != nil {
			return err
		}
		tx := &Tx{Reader: r, tx: dtx, row: row, request: RequestID(dtx.Context())}
		tx.describe(authz.Resource{}, *refusal.Decision)
		tx.entry.Detail = "while looking as " + tx.lookedAt()
		return tx.writeRefusal()
	}))
}

func errOr(refusal, err error) error {
	if err != nil {
		return err
	}
	return refusal
}

// lookedAt names whom the preview shows: "user bob", "role reader"; "" for no preview.
func (r *Reader) lookedAt() string {
	switch {
	case r.who.Preview == nil:
		return ""
	case r.who.Preview.Role != "":
		return "role " + r.who.Preview.Role
	}
	return "user " + r.UserName(remit.UserID(r.who.Preview.User))
}
