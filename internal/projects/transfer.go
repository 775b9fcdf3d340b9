package projects

import (
	"context"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Transfer hands a project over: heir gets the role "owner" without end, and
// the asker loses it, in one step that R24 and R25 look at as a whole. The
// asker's other roles stay. Who does not own the project as a member is a
// remit.Conflict "not_owner"; an unknown heir, and oneself, are remit.Invalid.
func (s *Service) Transfer(ctx context.Context, who authz.Subject, slug, heir string) (remit.Member, error) {
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Member]{
		Name:  "project.transfer",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (remit.Member, error) { return transfer(tx, slug, heir) },
	})
}

func transfer(tx *gate.Tx, slug, heir string) (remit.Member, error) {
	project, err := Locate(tx, slug)
	if err != nil {
		return remit.Member{}, err
	}
	m := memberRow{Member: remit.Member{ID: remit.NewID[remit.MemberID](tx.Now()), Project: slug, User: heir, Roles: []string{ownerRole},
		CreatedAt: stored(tx.Now())}, by: writer(tx)}
	if m.user, err = recipient(tx, heir); err != nil {
		return m.Member, err
	}
	if m.user == m.by {
		return m.Member, invalid("user", "%s is you; a project is handed to somebody else", heir)
	}
	mine, err := ownerships(tx, project.ID, m.by)
	if err == nil && len(mine) == 0 {
		err = remit.Errorf(remit.Conflict, "You do not have the role %s in %s to hand over", ownerRole, slug).WithCode("not_owner").
			WithHint("Add %s as a member instead.", heir)
	}
	if err != nil {
		return m.Member, err
	}
	tx.About(string(m.ID))
	tx.Note("handed %s to %s", slug, heir)
	m.Permissions = memberActions(&tx.Reader, project.ID, m.Member)
	hand := func() error { return handOver(tx, project.ID, mine, m) }
	return m.Member, keepManaged(tx, project.ID, hand)
}

// ownerships are the memberships by which a user is owner of the whole project.
func ownerships(tx *gate.Tx, project remit.ProjectID, user remit.UserID) ([]memberRow, error) {
	rows, err := db.Rows(tx, scanMember, selectMembersOf, string(project), string(user))
	if err == nil {
		err = fillRoles(tx, rows)
	}
	return slices.DeleteFunc(rows, func(m memberRow) bool {
		return m.Collection != "" || !slices.Contains(m.Roles, ownerRole)
	}), err
}

func handOver(tx *gate.Tx, project remit.ProjectID, mine []memberRow, heirs memberRow) error {
	theirs, err := ownerships(tx, project, heirs.user)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(theirs, func(m memberRow) bool { return m.Until == nil && m.From == nil }) {
		if err := insert(tx, heirs, project); err != nil {
			return err
		}
	}
	for _, m := range mine {
		query := deleteMemberRole
		args := []any{string(m.ID), ownerRole}
		if len(m.Roles) == 1 {
			query, args = deleteMember, args[:1]
		}
		if _, err := tx.Exec(query, args...); err != nil {
			return err
		}
	}
	return nil
}
