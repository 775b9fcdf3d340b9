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
	List string // the operation that lists them: "file.list"
	gate.Table
}

// Things lists the ids of those things for which Check says yes, of those that
// the asker may see. kinds are all there are, by the word in permissions.
// Rights of others need access:view where they are asked about (R22).
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
	on, err := s.askedAbout(r, q.Project, nil)
	if err != nil {
		return page, err
	}
	subject, err := s.asked(r, q.User, on)
	if err != nil {
		return page, err
	}
	word, kind, err := kindOf(r.Policy(), q.Permission, kinds)
	if err != nil {
		return page, err
	}
	if q.After != "" && (!strings.HasPrefix(q.After, word+"_") || !remit.IsText(q.After)) {
		return page, invalid("after", "%q is no cursor of this list", q.After).WithHint("Use the `next` of the page before.")
	}
	query, args := selectThings(kind.Table, on.Project, scopes(r, subject, q.Permission, kind.List), q.After, limit+1)
	ids, err := db.Rows(r, func(row db.Scanner, id *string) error { return row.Scan(id) }, query, args...)
	if err != nil {
		return page, fmt.Errorf("listing %ss: %w", word, err)
	}
	page.Items, page.Next = paged(listed(ids), limit, func(id string) string { return id })
	page.Permissions = []string{}
	return page, nil
}

// kindOf is the one kind of things that a permission is about, with its word.
func kindOf(p *authz.Policy, permission string, kinds map[string]Kind) (word string, kind Kind, err error) {
	meant := p.Meant(permission)
	if len(meant) == 0 {
		return "", kind, invalid("permission", "%w", unknown(p, permission))
	}
	for i, one := range meant {
		thing, _, _ := strings.Cut(one.Name, ":")
		if i > 0 && thing != word {
			return "", kind, invalid("permission", "%s stands for permissions on several kinds of things", permission)
		}
		word = thing
	}
	kind, known := kinds[word]
	if !known {
		return "", kind, invalid("permission", "Things that %s is about cannot be listed", permission).
			WithHint("It goes for permissions on files, collections and jobs, like file:read.")
	}
	return word, kind, nil
}

// scopes are what things have to be in, all of them: where the subject has the
// permission, and what the asker sees.
func scopes(r *gate.Reader, subject authz.Subject, permission, list string) []authz.Scope {
	all := []authz.Scope{r.Scope(list)}
	sees, _ := r.Policy().Operation(list)
	for _, one := range r.Policy().Meant(permission) {
		if one.Name != sees.Scope || subject.ID != r.Who().ID {
			all = append(all, r.Policy().Scope(subject, one.Name, r.Now().UnixMicro()))
		}
	}
	return all
}
