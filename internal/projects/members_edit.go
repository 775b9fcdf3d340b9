package projects

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// MemberPatch changes of a membership what is not nil. Whose it is and where
// it counts stay.
type MemberPatch struct {
	Roles       []string
	From, Until *Bound
	Why         *string
}

// Bound is an end of an interval (R17); without At it is open.
type Bound struct{ At *time.Time }

// UpdateMember changes a membership. What it gives then is given anew (R24).
func (s *Service) UpdateMember(ctx context.Context, who authz.Subject, slug string, id remit.MemberID, change MemberPatch) (remit.Member, error) {
	if change.Roles != nil {
		if change.Roles = sortedSet(change.Roles); len(change.Roles) == 0 {
			return remit.Member{}, invalid("roles", "A member needs at least one role").WithHint("Remove the member instead.")
		}
	}
	if change.Why != nil {
		if err := checkText("why", *change.Why); err != nil {
			return remit.Member{}, err
		}
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Member]{
		Name: "member.update",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			return locateMember(tx, "member.update", slug, id, change.Roles)
		},
		Apply: func(tx *gate.Tx) (remit.Member, error) { return updateMember(tx, slug, id, change) },
	})
}

func applyPatch(tx *gate.Tx, slug string, id remit.MemberID, change MemberPatch) (project Row, was, m memberRow, err error) {
	if project, err = Locate(tx, slug); err != nil {
		return project, was, m, err
	}
	if was, err = oneMember(&tx.Reader, project, id); err != nil {
		return project, was, m, err
	}
	m = was
	if change.Roles != nil {
		m.Roles = change.Roles
	}
	if change.From != nil {
		m.From = storedPtr(change.From.At)
	}
	if change.Until != nil {
		m.Until = storedPtr(change.Until.At)
	}
	replace(&m.Why, change.Why)
	return project, was, m, checkInterval(m.From, m.Until)
}

func updateMember(tx *gate.Tx, slug string, id remit.MemberID, change MemberPatch) (remit.Member, error) {
	project, was, m, err := applyPatch(tx, slug, id, change)
	if err == nil {
		err = checkRoles(tx, m.Roles)
	}
	if err == nil {
		err = refuseRepeated(tx, project.ID, m)
	}
	if err != nil {
		return m.Member, err
	}
	m.by = writer(tx)
	m.By, m.Permissions = tx.UserName(m.by), memberActions(&tx.Reader, project.ID, m.Member)
	tx.Note("%s, %s of %s%s, is now %s%s", m.whom(), strings.Join(was.Roles, ", "), slug, was.limits(), strings.Join(m.Roles, ", "), m.limits())
	return m.Member, keepManaged(tx, project.ID, func() error { return storeMember(tx, m) })
}

// storeMember writes a changed membership, of which it is said who wrote it last.
func storeMember(tx *gate.Tx, m memberRow) error {
	_, err := tx.Exec(updateMemberRow, string(m.ID), db.MicrosPtr(m.From), db.MicrosPtr(m.Until), m.Why, string(m.by))
	if err == nil {
		_, err = tx.Exec(deleteMemberRoles, string(m.ID))
	}
	for _, role := range m.Roles {
		if err == nil {
			_, err = tx.Exec(insertMemberRole, string(m.ID), role)
		}
	}
	return err
}

// RemoveMember ends a membership. The last one that lets somebody give access
// now, or would later, stays: remit.Conflict (R25).
func (s *Service) RemoveMember(ctx context.Context, who authz.Subject, slug string, id remit.MemberID) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "member.delete",
		On:    func(tx *gate.Tx) (authz.Resource, error) { return locateMember(tx, "member.delete", slug, id, nil) },
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, removeMember(tx, slug, id) },
	})
	return err
}

// locateMember says "no such member" of an absent project too, as the gate
// does of a hidden one: nothing tells them apart (R21). more are roles that are
// asked for besides the member's.
func locateMember(tx *gate.Tx, operation, slug string, id remit.MemberID, more []string) (authz.Resource, error) {
	project, err := Locate(tx, slug)
	if remit.KindOf(err) == remit.NotFound || !remit.IsID[remit.MemberID](string(id)) {
		return authz.Resource{}, gate.NotFound("members")
	}
	if err != nil {
		return authz.Resource{}, err
	}
	m, err := db.One(tx, scanMember, selectMember, string(project.ID), string(id))
	if errors.Is(err, db.ErrNoRows) {
		return authz.Resource{}, gate.NotFound("members")
	}
	if err != nil {
		return authz.Resource{}, err
	}
	rows := []memberRow{m}
	err = fillRoles(tx, rows)
	on := project.Resource()
	on.Thing = string(id)
	return strictest(tx, operation, on, append(rows[0].Roles, more...)), err
}

// oneMember is a membership as it is listed.
func oneMember(r *gate.Reader, project Row, id remit.MemberID) (memberRow, error) {
	m, err := db.One(r, scanMember, selectMember, string(project.ID), string(id))
	if err != nil {
		return m, err
	}
	rows := []memberRow{m}
	_, err = membersOf(r, project, rows)
	return rows[0], err
}

func removeMember(tx *gate.Tx, slug string, id remit.MemberID) error {
	project, err := Locate(tx, slug)
	if err != nil {
		return err
	}
	m, err := oneMember(&tx.Reader, project, id)
	if err != nil {
		return err
	}
	tx.Note("took %s from %s in %s", strings.Join(m.Roles, ", "), m.whom(), slug)
	return keepManaged(tx, project.ID, func() error {
		_, err := tx.Exec(deleteMember, string(id))
		return err
	})
}

// LeaveProject ends all memberships that the asker holds directly in a project. It
// needs no right; it may give the asker nothing (R24), nor leave the project
// without anybody to give access (R25): remit.Conflict. What one holds by a
// team is the team's to give up.
func (s *Service) LeaveProject(ctx context.Context, who authz.Subject, slug string) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "member.leave",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, depart(tx, slug) },
	})
	return err
}

func depart(tx *gate.Tx, slug string) error {
	project, err := Locate(tx, slug)
	if err != nil {
		return err
	}
	if err := tx.Require("project.read", project.Resource()); err != nil {
		return err
	}
	if tx.Who().Kind == authz.Anonymous {
		return remit.Errorf(remit.Unauthenticated, "Sign in first")
	}
	rows, err := db.Rows(tx, scanMember, selectMembersOf, string(project.ID), tx.Who().ID)
	if err == nil && len(rows) == 0 {
		err = notToLeave(tx, project)
	}
	if err != nil {
		return err
	}
	tx.About(string(project.ID))
	tx.Note("%s left %s", tx.Who().Name, slug)
	return keepManaged(tx, project.ID, func() error {
		for _, m := range rows {
			if _, err := tx.Exec(deleteMember, string(m.ID)); err != nil {
				return err
			}
		}
		return nil
	})
}

// notToLeave tells whoever is no direct member what one is.
func notToLeave(tx *gate.Tx, project Row) error {
	teams, err := db.Rows(tx, db.Value[string], selectMyTeamsIn, string(project.ID), tx.Who().ID)
	if err != nil {
		return err
	}
	slices.Sort(teams)
	if len(teams) > 0 {
		return remit.Errorf(remit.Conflict, "You are in %s by team %s, and a team cannot be left here", project.Slug, strings.Join(teams, " and team ")).
			WithCode("by_team").WithHint("Ask somebody who may change the team to take you out of it.")
	}
	return remit.Errorf(remit.Conflict, "You are no member of %s", project.Slug).WithCode("not_a_member")
}
