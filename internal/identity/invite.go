package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// InvitePrefix begins the secret of an invitation.
const InvitePrefix = "remit_invite_"

// inviteTTL is how long an invitation can be accepted.
const inviteTTL = 7 * 24 * time.Hour

// NewInvitation is who is invited.
type NewInvitation struct {
	Name     string // of the account to be
	FullName string
	Email    string
}

// Invite makes an invitation for seven days. The answer is the only one that
// has its Secret: whoever has that makes the account, with a password of their
// own. It takes the right to make accounts, and makes no superuser. A name that
// is taken, or invited already, is Conflict.
func (s *Service) Invite(ctx context.Context, who authz.Subject, n NewInvitation) (remit.Invitation, error) {
	if err := firstOf(checkName(n.Name), checkText("full_name", n.FullName), checkEmail(n.Email)); err != nil {
		return remit.Invitation{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Invitation]{
		Name:  "user.invite",
		Apply: func(tx *gate.Tx) (remit.Invitation, error) { return invite(tx, n) },
	})
}

func invite(tx *gate.Tx, n NewInvitation) (remit.Invitation, error) {
	if err := nameIsFree(tx, n.Name); err != nil {
		return remit.Invitation{}, err
	}
	secret, hash := NewSecret(InvitePrefix)
	i := remit.Invitation{ID: remit.NewID[remit.InviteID](tx.Now()), Name: n.Name, FullName: n.FullName, Email: n.Email,
		CreatedAt: stored(tx.Now()), ExpiresAt: stored(tx.Now().Add(inviteTTL))}
	by := inviter(tx.Who())
	if err := storeInvitation(tx, i, by, hash); err != nil {
		return i, err
	}
	tx.About(string(i.ID))
	tx.Note("%s invited", n.Name)
	i = invited{i, by}.shown(&tx.Reader)
	i.Secret = secret
	return i, nil
}

// inviter is who invites: an account, a part of the program by its own name, or
// "" for nobody, where authentication is off (R32).
func inviter(who authz.Subject) remit.UserID {
	if who.Kind == authz.Person || who.Kind == authz.System {
		return remit.UserID(who.ID)
	}
	return ""
}

func storeInvitation(tx *gate.Tx, i remit.Invitation, by remit.UserID, hash string) error {
	_, err := tx.Exec(endInvitations, db.Micros(tx.Now()), i.Name)
	if err == nil {
		_, err = tx.Exec(insertInvitation, i.ID, hash, i.Name, i.FullName, i.Email, by, db.Micros(i.CreatedAt), db.Micros(i.ExpiresAt))
	}
	if db.IsUnique(err) { // by somebody else just now
		return invitedAlready(i.Name)
	}
	if err != nil {
		return fmt.Errorf("inviting %s: %w", i.Name, err)
	}
	return nil
}

func invitedAlready(name string) error {
	return remit.Errorf(remit.Conflict, "%s is invited already", name).WithField("name").WithHint("Withdraw that invitation first.")
}

func nameIsFree(r *gate.Tx, name string) error {
	if _, err := IDOf(r, name); remit.KindOf(err) != remit.NotFound {
		if err == nil {
			err = nameTaken(name)
		}
		return err
	}
	_, err := db.One(r, scanInvited, selectInvitationByName, db.Micros(r.Now()), name)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for invitations of %s: %w", name, err)
	}
	return invitedAlready(name)
}

func nameTaken(name string) *remit.Error {
	return remit.Errorf(remit.Conflict, "There is an account named %s already", name).WithField("name")
}

// Invitations lists those that can still be accepted, oldest first.
func (s *Service) Invitations(ctx context.Context, who authz.Subject, limit int, after string) (remit.Page[remit.Invitation], error) {
	limit, err := remit.Limit(limit)
	if err == nil && after != "" && !remit.IsID[remit.InviteID](after) {
		err = remit.Errorf(remit.Invalid, "%q is not where a page ended", after).WithField("after")
	}
	if err != nil {
		return remit.Page[remit.Invitation]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Invitation]]{
		Name: "invitation.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Invitation], error) { return listInvitations(r, limit, after) },
	})
}

func listInvitations(r *gate.Reader, limit int, after string) (remit.Page[remit.Invitation], error) {
	page := remit.Page[remit.Invitation]{Items: []remit.Invitation{}, Permissions: []string{}}
	if r.Can("user.invite", authz.Resource{}).Allowed {
		page.Permissions = []string{"create"}
	}
	rows, err := db.Rows(r, scanInvited, selectInvitations, db.Micros(r.Now()), after, limit+1)
	if err != nil {
		return page, fmt.Errorf("listing invitations: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = string(rows[limit-1].ID)
	}
	for _, row := range rows {
		page.Items = append(page.Items, row.shown(r))
	}
	return page, nil
}

// Withdraw ends an invitation that nobody has accepted.
func (s *Service) Withdraw(ctx context.Context, who authz.Subject, id remit.InviteID) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "invitation.delete",
		Apply: func(tx *gate.Tx) (struct{}, error) {
			i, err := db.One(tx, scanInvited, selectInvitationByID, db.Micros(tx.Now()), id)
			if errors.Is(err, db.ErrNoRows) || !remit.IsID[remit.InviteID](string(id)) {
				return struct{}{}, gate.NotFound("invitations")
			}
			if err != nil {
				return struct{}{}, fmt.Errorf("finding invitation %s: %w", id, err)
			}
			tx.About(string(id))
			tx.Note("invitation of %s withdrawn", i.Name)
			_, err = tx.Exec(withdrawInvitation, id, db.Micros(tx.Now()))
			return struct{}{}, err
		},
	})
	return err
}

// invited is an invitation as it is stored.
type invited struct {
	remit.Invitation
	by remit.UserID // see inviter
}

func (i invited) byAccount() bool { return remit.IsID[remit.UserID](string(i.by)) }

// shown is the invitation as r's asker sees it: who invited, to those who may
// know of that account.
func (i invited) shown(r *gate.Reader) remit.Invitation {
	i.Permissions = verbs(r, authz.Resource{}, "invitation.delete")
	if i.byAccount() && r.Holds("user:read", ofUser(i.by)).Allowed {
		i.By = r.UserName(i.by)
	}
	return i.Invitation
}

func scanInvited(s db.Scanner, i *invited) error {
	return s.Scan(&i.ID, &i.Name, &i.FullName, &i.Email, &i.by, db.Time(&i.CreatedAt), db.Time(&i.ExpiresAt))
}
