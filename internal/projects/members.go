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

// NewMember gives a user roles in a project.
type NewMember struct {
	User        string // name
	Roles       []string
	From, Until *time.Time // live while From ≤ now < Until (R17); nil = open
}

// memberRow is a Member as it is stored, by the ids.
type memberRow struct {
	remit.Member
	user remit.UserID // or
	team remit.TeamID
	by   remit.UserID // "" = the program itself
}

// AddMember gives a user roles in a project. A user may hold several
// memberships; one that adds nothing is a remit.Conflict. Unknown users and
// roles are remit.Invalid.
func (s *Service) AddMember(ctx context.Context, who authz.Subject, slug string, n NewMember) (remit.Member, error) {
	if n.Roles = sortedSet(n.Roles); len(n.Roles) == 0 {
		return remit.Member{}, invalid("roles", "A member needs at least one role")
	}
	if err := checkInterval(n.From, n.Until); err != nil {
		return remit.Member{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Member]{
		Name:  "member.create",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (remit.Member, error) { return addMember(tx, slug, n) },
	})
}

func addMember(tx *gate.Tx, slug string, n NewMember) (remit.Member, error) {
	row, err := Locate(tx, slug)
	if err != nil {
		return remit.Member{}, err
	}
	m := memberRow{Member: remit.Member{ID: remit.NewID[remit.MemberID](tx.Now()), Project: slug, User: n.User, Roles: n.Roles,
		From: storedPtr(n.From), Until: storedPtr(n.Until), CreatedAt: stored(tx.Now())}, by: writer(tx)}
	if m.user, err = knownUser(tx, n.User); err != nil {
		return m.Member, err
	}
	if err := checkRoles(tx, n.Roles); err != nil {
		return m.Member, err
	}
	if err := refuseRepeated(tx, row.ID, m); err != nil {
		return m.Member, err
	}
	tx.About(string(m.ID))
	tx.Note("made %s %s of %s%s", m.User, strings.Join(m.Roles, ", "), slug, duringText(m.From, m.Until))
	m.Permissions = memberActions(&tx.Reader, row.ID, m.ID)
	given := gift{Interval: interval(m.From, m.Until), collection: string(m.Collection), roles: m.Roles}
	return m.Member, keepManaged(tx, row.ID, func() error { return insert(tx, m, row.ID) }, given)
}

// writer is the account that changes something; "" = the program itself.
func writer(tx *gate.Tx) remit.UserID {
	if tx.Who().Kind != authz.Person {
		return ""
	}
	return remit.UserID(tx.Who().ID)
}

func insert(tx *gate.Tx, m memberRow, project remit.ProjectID) error {
	_, err := tx.Exec(insertMember, string(m.ID), string(project), db.NullText(string(m.user)), db.NullText(string(m.team)), string(m.Collection),
		db.MicrosPtr(m.From), db.MicrosPtr(m.Until), m.Why, string(m.by), db.Micros(m.CreatedAt))
	for _, role := range m.Roles {
		if err == nil {
			_, err = tx.Exec(insertMemberRole, string(m.ID), role)
		}
	}
	return err
}

// refuseRepeated refuses a membership that another one already covers.
func refuseRepeated(tx *gate.Tx, project remit.ProjectID, m memberRow) error {
	held, err := db.Rows(tx, scanMember, selectMembersOf, string(project), string(m.user))
	if err == nil {
		err = fillRoles(tx, held)
	}
	if err != nil {
		return err
	}
	for _, h := range held {
		has := func(role string) bool { return slices.Contains(h.Roles, role) }
		if h.Collection == m.Collection && same(h.From, m.From) && same(h.Until, m.Until) && !slices.ContainsFunc(m.Roles, func(r string) bool { return !has(r) }) {
			return remit.Errorf(remit.Conflict, "%s is already %s of %s", m.User, strings.Join(m.Roles, ", "), m.Project)
		}
	}
	return nil
}

// Members lists a project's memberships, ended ones too, oldest first.
func (s *Service) Members(ctx context.Context, who authz.Subject, slug string, limit int, after string) (remit.Page[remit.Member], error) {
	limit, err := remit.Limit(limit)
	if err == nil {
		err = checkCursor[remit.MemberID](after)
	}
	if err != nil {
		return remit.Page[remit.Member]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Member]]{
		Name: "member.list",
		On:   onProject(slug),
		Read: func(r *gate.Reader) (remit.Page[remit.Member], error) { return listMembers(r, slug, limit, after) },
	})
}

func listMembers(r *gate.Reader, slug string, limit int, after string) (page remit.Page[remit.Member], err error) {
	project, err := Locate(r, slug)
	if err != nil {
		return page, err
	}
	rows, err := db.Rows(r, scanMember, selectMembers, string(project.ID), after, limit+1)
	if err != nil {
		return page, err
	}
	rows, page.Next = paged(rows, limit, func(m memberRow) string { return string(m.ID) })
	page.Items, err = membersOf(r, project, rows)
	page.Permissions = listed(r.Actions(project.Resource(), "member.create"))
	return page, err
}

func membersOf(r *gate.Reader, project Row, rows []memberRow) ([]remit.Member, error) {
	if err := fillRoles(r, rows); err != nil {
		return nil, err
	}
	members := make([]remit.Member, len(rows))
	for i, m := range rows {
		members[i] = m.Member
		members[i].Project, members[i].User = project.Slug, r.UserName(m.user)
		members[i].Permissions = memberActions(r, project.ID, m.ID)
	}
	return members, nil
}

func fillRoles(r db.Reader, rows []memberRow) error {
	ids := make([]any, len(rows))
	at := make(map[string]int, len(rows))
	for i, m := range rows {
		ids[i], at[string(m.ID)] = string(m.ID), i
	}
	pairs, err := db.Rows(r, scanPair, selectMemberRoles(len(ids)), ids...)
	for _, p := range pairs {
		m := &rows[at[p.key]]
		m.Roles = append(m.Roles, p.value)
	}
	for i := range rows {
		slices.Sort(rows[i].Roles)
	}
	return err
}

func memberActions(r *gate.Reader, project remit.ProjectID, id remit.MemberID) []string {
	return listed(r.Actions(authz.Resource{Project: string(project), Thing: string(id)}, "member.delete"))
}

// RemoveMember ends a membership. The last one that lets somebody give access
// now, or would later, stays: remit.Conflict (R25).
func (s *Service) RemoveMember(ctx context.Context, who authz.Subject, slug string, id remit.MemberID) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "member.delete",
		On:    func(tx *gate.Tx) (authz.Resource, error) { return locateMember(tx, slug, id) },
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, removeMember(tx, slug, id) },
	})
	return err
}

// locateMember says "no such member" of an absent project too, as the gate
// does of a hidden one: nothing tells them apart (R21).
func locateMember(tx *gate.Tx, slug string, id remit.MemberID) (authz.Resource, error) {
	project, err := Locate(tx, slug)
	if remit.KindOf(err) == remit.NotFound || !remit.IsID[remit.MemberID](string(id)) {
		return authz.Resource{}, gate.NotFound("members")
	}
	if err != nil {
		return authz.Resource{}, err
	}
	_, err = db.One(tx, scanMember, selectMember, string(project.ID), string(id))
	if errors.Is(err, db.ErrNoRows) {
		return authz.Resource{}, gate.NotFound("members")
	}
	on := project.Resource()
	on.Thing = string(id)
	return on, err
}

func removeMember(tx *gate.Tx, slug string, id remit.MemberID) error {
	project, err := Locate(tx, slug)
	if err != nil {
		return err
	}
	m, err := db.One(tx, scanMember, selectMember, string(project.ID), string(id))
	if err != nil {
		return err
	}
	members, err := membersOf(&tx.Reader, project, []memberRow{m})
	if err != nil {
		return err
	}
	tx.Note("took %s from %s in %s", strings.Join(members[0].Roles, ", "), members[0].User, slug)
	return keepManaged(tx, project.ID, func() error {
		_, err := tx.Exec(deleteMember, string(id))
		return err
	})
}
