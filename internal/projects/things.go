package projects

import (
	"context"
	"fmt"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Things is "on which things may USER do PERMISSION?".
type Things struct {
	User       string // name; "" = the asker
	Permission string // of a kind of things: "file:read" is about files
	Project    string // slug; "" = in all projects
	Limit      int    // as of any list
	After      string // Next of the page before
}

// Kind is a kind of things that lie in projects.
type Kind struct {
	List string               // the operation that lists them: "file.list"
	IsID func(id string) bool // whether a cursor can be one of theirs
	gate.Table
}

// Things lists, in their order, the ids of those things for which Check says
// yes, of those that the asker may see. What a node may by its job and a bearer
// by its token is in no list. kinds are all there are, by the word in
// permissions.
//
// Rights of others need access:view, on the site when no project is named, and
// wherever there is something to list (R22). Errors: Invalid for what cannot be
// listed, Denied for others' rights, NotFound for projects that are hidden.
func (s *Service) Things(ctx context.Context, who authz.Subject, q Things, kinds map[string]Kind) (remit.Page[string], error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[string]]{
		Name: "access.check",
		Read: func(r *gate.Reader) (remit.Page[string], error) { return s.things(r, q, kinds) },
	})
}

func (s *Service) things(r *gate.Reader, q Things, kinds map[string]Kind) (page remit.Page[string], err error) {
	limit, err := remit.Limit(q.Limit)
	if err != nil {
		return page, err
	}
	kind, err := kindOf(r.Policy(), q.Permission, kinds)
	if err != nil {
		return page, err
	}
	if q.After != "" && !kind.IsID(q.After) {
		return page, invalid("after", "%q is no cursor of this list", q.After).WithHint("Use the `next` of the page before.")
	}
	var in Row
	if q.Project != "" {
		if in, err = s.visible(r, q.Project); err != nil { // hidden reads like absent (R21)
			return page, err
		}
	}
	subject, err := s.asked(r, q.User, in.Resource())
	if err != nil {
		return page, err
	}
	query, args := selectThings(kind.Table, string(in.ID), scopes(r, subject, q.Permission, kind.List), q.After, limit+1)
	ids, err := db.Rows(r, func(row db.Scanner, id *string) error { return row.Scan(id) }, query, args...)
	if err != nil {
		return page, fmt.Errorf("listing things: %w", err)
	}
	page.Items, page.Next = paged(listed(ids), limit, func(id string) string { return id })
	page.Permissions = []string{}
	return page, nil
}

// kindOf is the one kind of things that a permission is about.
func kindOf(p *authz.Policy, permission string, kinds map[string]Kind) (kind Kind, err error) {
	meant := p.Meant(permission)
	if len(meant) == 0 {
		return kind, notOne(p, permission)
	}
	words := map[string]bool{}
	for _, one := range meant {
		word, _, _ := strings.Cut(one.Name, ":")
		words[word], kind = true, kinds[word]
	}
	if len(words) > 1 {
		return kind, invalid("permission", "%s stands for permissions on several kinds of things", permission)
	}
	if kind.List == "" {
		return kind, invalid("permission", "Things that %s is about cannot be listed", permission).
			WithHint("It goes for permissions on files, collections and jobs, like file:read.")
	}
	return kind, nil
}

// notOne says why a text is not the name of a permission.
func notOne(p *authz.Policy, text string) error {
	if _, known := p.Operation(text); known {
		return invalid("permission", "%s is an operation, not a permission", text).WithHint("`remit policy operations` shows what it needs.")
	}
	if err := p.Fault(text); err != nil {
		return invalid("permission", "%w", err)
	}
	return invalid("permission", "%q is not one permission", text).WithHint("Name it in full, without a star and without a selector.")
}

// scopes are what things have to be in, all of them: what the asker sees, where
// the subject has the permission, and, of others, where the asker may ask.
func scopes(r *gate.Reader, subject authz.Subject, permission, list string) []authz.Scope {
	all := []authz.Scope{r.Scope(list)}
	self := isAsker(r, subject)
	sees, _ := r.Policy().Operation(list)
	for _, one := range r.Policy().Meant(permission) {
		if !self || one.Name != sees.Scope {
			all = append(all, r.Policy().Scope(subject, one.Name, r.Now().UnixMicro()))
		}
	}
	if !self {
		asked := r.Scope("access.read")
		asked.Collections = nil // it is asked of projects
		all = append(all, asked)
	}
	return all
}
