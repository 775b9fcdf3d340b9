package projects

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// NewMember gives a user or a team roles in a project.
type NewMember struct {
	User        string // name, or
	Team        string // name
	Roles       []string
	Collection  remit.CollectionID // only there; "" = the whole project
	From, Until *time.Time         // live while From ≤ now < Until (R17); nil = open
	Why         string
}

// memberRow is a Member as it is stored, by the ids.
type memberRow struct {
	remit.Member
	user remit.UserID // or
	team remit.TeamID
	by   remit.UserID // "" = the program itself
}

// AddMember gives a user or a team roles in a project. One may hold several
// memberships; one that adds nothing is a remit.Conflict. Unknown users, teams
// and roles are remit.Invalid, and so is a collection that is not of this
// project or that the asker may not read.
func (s *Service) AddMember(ctx context.Context, who authz.Subject, slug string, n NewMember) (remit.Member, error) {
	if err := n.check(); err != nil {
		return remit.Member{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Member]{
		Name: "member.create",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			project, err := Locate(tx, slug)
			return strictest(tx, "member.create", project.Resource(), n.Roles), err
		},
		Apply: func(tx *gate.Tx) (remit.Member, error) { return s.addMember(tx, slug, n) },
	})
}

func (n *NewMember) check() error {
	if n.Roles = sortedSet(n.Roles); len(n.Roles) == 0 {
		return invalid("roles", "A member needs at least one role")
	}
	if (n.User == "") == (n.Team == "") {
		return invalid("user", "A member is a user or a team").WithHint("Name one of the two.")
	}
	if err := checkInterval(n.From, n.Until); err != nil {
		return err
	}
	return checkText("why", n.Why)
}

// strictest is on for that one of the roles which the asker may not make
// people, if there is one: what is asked of each is asked of all.
func strictest(tx *gate.Tx, operation string, on authz.Resource, roles []string) authz.Resource {
	for _, role := range roles {
		if on.Run = role; !tx.Can(operation, on).Allowed {
			return on
		}
	}
	return on
}

func (s *Service) addMember(tx *gate.Tx, slug string, n NewMember) (remit.Member, error) {
	row, err := Locate(tx, slug)
	if err == nil {
		err = checkEnd(tx, n.Until)
	}
	if err != nil {
		return remit.Member{}, err
	}
	m := memberRow{Member: remit.Member{ID: remit.NewID[remit.MemberID](tx.Now()), Project: slug, User: n.User, Team: n.Team, Roles: n.Roles, Collection: n.Collection,
		From: storedPtr(n.From), Until: storedPtr(n.Until), Why: n.Why, CreatedAt: stored(tx.Now())}, by: writer(tx)}
	if err := s.resolve(tx, row, &m); err != nil {
		return m.Member, err
	}
	if err := refuseRepeated(tx, row.ID, m); err != nil {
		return m.Member, err
	}
	tx.About(string(m.ID))
	tx.Note("made %s %s of %s%s", m.whom(), strings.Join(m.Roles, ", "), slug, m.limits())
	m.By, m.Permissions = tx.UserName(m.by), memberActions(&tx.Reader, row.ID, m.Member)
	return m.Member, keepManaged(tx, row.ID, func() error { return insert(tx, m, row.ID) })
}

// resolve finds what a membership names.
func (s *Service) resolve(tx *gate.Tx, project Row, m *memberRow) (err error) {
	if m.User != "" {
		m.user, err = recipient(tx, m.User)
	} else {
		m.team, err = knownTeam(tx, m.Team)
	}
	if err != nil {
		return err
	}
	if err := checkRoles(tx, m.Roles); err != nil {
		return err
	}
	return s.KnownCollection(&tx.Reader, project, m.Collection)
}

// KnownCollection refuses a collection that is not of the project, or that the
// asker may not read, in the same words. Whatever is written down about one asks.
func (s *Service) KnownCollection(r *gate.Reader, project Row, id remit.CollectionID) error {
	if err := checkCollection(id); err != nil || id == "" || s.opts.Locate == nil {
		return err
	}
	on, err := s.opts.Locate(r, remit.On{Collection: id})
	if remit.KindOf(err) == remit.NotFound || err == nil && (on.Project != string(project.ID) || !r.Can("collection.read", on).Allowed) {
		return invalid("collection", "There is no collection %s in %s that you may see", id, project.Slug)
	}
	return err
}

// whom names the member in notes and refusals.
func (m *memberRow) whom() string {
	if m.Team != "" {
		return "team " + m.Team
	}
	return m.User
}

// limits says in words where and when a membership counts.
func (m *memberRow) limits() string {
	text := ""
	if m.Collection != "" {
		text += " in collection " + string(m.Collection)
	}
	if m.From != nil {
		text += " from " + m.From.Format(time.RFC3339)
	}
	if m.Until != nil {
		text += " until " + m.Until.Format(time.RFC3339)
	}
	return text
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
	query, id := selectMembersOf, string(m.user)
	if m.team != "" {
		query, id = selectMembersOfTeam, string(m.team)
	}
	held, err := db.Rows(tx, scanMember, query, string(project), id)
	if err == nil {
		err = fillRoles(tx, held)
	}
	if err != nil {
		return err
	}
	for _, h := range held {
		has := func(role string) bool { return slices.Contains(h.Roles, role) }
		if h.ID != m.ID && h.Collection == m.Collection && same(h.From, m.From) && same(h.Until, m.Until) && !slices.ContainsFunc(m.Roles, func(r string) bool { return !has(r) }) {
			return remit.Errorf(remit.Conflict, "%s is already %s of %s", m.whom(), strings.Join(m.Roles, ", "), m.Project)
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

// usersOf are the accounts that rows are about.
func usersOf[R any](rows []R, user func(R) remit.UserID) []remit.UserID {
	ids := make([]remit.UserID, len(rows))
	for i, row := range rows {
		ids[i] = user(row)
	}
	return ids
}

func membersOf(r *gate.Reader, project Row, rows []memberRow) ([]remit.Member, error) {
	if err := fillRoles(r, rows); err != nil {
		return nil, err
	}
	teams, err := namesOfTeams(r, rows)
	if err != nil {
		return nil, err
	}
	gone, err := identity.DeletedAmong(r, usersOf(rows, func(m memberRow) remit.UserID { return m.user }))
	members := make([]remit.Member, len(rows))
	for i := range rows {
		m := &rows[i].Member
		m.Project, m.User, m.Team, m.By = project.Slug, r.UserName(rows[i].user), teams[string(rows[i].team)], r.UserName(rows[i].by)
		m.Deleted = gone[rows[i].user]
		m.Permissions = memberActions(r, project.ID, *m)
		members[i] = *m
	}
	return members, err
}

// namesOfTeams are the names of the teams among the rows, if there are any.
func namesOfTeams(r db.Reader, rows []memberRow) (map[string]string, error) {
	if !slices.ContainsFunc(rows, func(m memberRow) bool { return m.team != "" }) {
		return nil, nil
	}
	return teamsByID(r)
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

// memberActions are what the asker may do with a membership: with all of its roles.
func memberActions(r *gate.Reader, project remit.ProjectID, m remit.Member) []string {
	verbs := []string{"update", "delete"}
	for _, role := range m.Roles {
		may := r.Actions(authz.Resource{Project: string(project), Thing: string(m.ID), Run: role}, "member.update", "member.delete")
		verbs = slices.DeleteFunc(verbs, func(verb string) bool { return !slices.Contains(may, verb) })
	}
	return verbs
}
