package projects

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// Teams are groups of accounts. A team is a member of projects and of the site
// as an account is; whoever is in it holds what it holds there.

// NewTeam is a team to make. Nobody is in it yet.
type NewTeam struct {
	Name  string // as the names of accounts are
	Title string
}

// TeamPatch changes what is not nil.
type TeamPatch struct{ Name, Title *string }

var teamNames = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

func checkTeam(name, title string) error {
	if !teamNames.MatchString(name) {
		return invalid("name", "%.80q cannot be the name of a team", name).
			WithHint("Use 1 to 63 lower-case letters, digits, “.”, “_” and “-”; begin with a letter or digit.")
	}
	return checkText("title", title)
}

// CreateTeam makes a team. A name that is taken is a remit.Conflict.
func (s *Service) CreateTeam(ctx context.Context, who authz.Subject, n NewTeam) (remit.Team, error) {
	if err := checkTeam(n.Name, n.Title); err != nil {
		return remit.Team{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Team]{
		Name:  "team.create",
		Apply: func(tx *gate.Tx) (remit.Team, error) { return createTeam(tx, n) },
	})
}

func createTeam(tx *gate.Tx, n NewTeam) (remit.Team, error) {
	t := remit.Team{ID: remit.NewID[remit.TeamID](tx.Now()), Name: n.Name, Title: n.Title, Users: []string{}, CreatedAt: stored(tx.Now())}
	_, err := tx.Exec(insertTeam, string(t.ID), t.Name, t.Title, db.Micros(t.CreatedAt))
	if db.IsUnique(err) {
		return t, teamTaken(n.Name)
	}
	tx.Changed(gate.Teams)
	tx.About(string(t.ID))
	tx.Note("made team %s", t.Name)
	t.Permissions = teamActions(&tx.Reader, t.ID)
	return t, err
}

func teamTaken(name string) error {
	return remit.Errorf(remit.Conflict, "There is already a team %s", name).WithField("name").WithHint("Choose another name.")
}

// Teams lists all teams, oldest first, up to limit (see remit.Limit) after the cursor.
func (s *Service) Teams(ctx context.Context, who authz.Subject, limit int, after string) (remit.Page[remit.Team], error) {
	limit, err := remit.Limit(limit)
	if err == nil {
		err = checkCursor[remit.TeamID](after)
	}
	if err != nil {
		return remit.Page[remit.Team]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Team]]{
		Name: "team.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Team], error) { return listTeams(r, limit, after) },
	})
}

func listTeams(r *gate.Reader, limit int, after string) (page remit.Page[remit.Team], err error) {
	page.Permissions = listed(r.Actions(authz.Resource{}, "team.create"))
	rows, err := db.Rows(r, scanTeam, selectTeams, after, limit+1)
	if err != nil {
		return page, err
	}
	page.Items, page.Next = paged(rows, limit, func(t remit.Team) string { return string(t.ID) })
	return page, dressTeams(r, page.Items)
}

// Team shows one; remit.NotFound when it is absent or hidden.
func (s *Service) Team(ctx context.Context, who authz.Subject, name string) (remit.Team, error) {
	var t remit.Team
	return gate.View(ctx, s.gate, who, gate.Query[remit.Team]{
		Name: "team.read",
		On:   func(r *gate.Reader) (authz.Resource, error) { return locateTeam(r, name, &t) },
		Read: func(r *gate.Reader) (remit.Team, error) { return shownTeam(r, t) },
	})
}

// locateTeam reads the team into t. One that is not there stays zero and is
// asked about all the same, so that no refusal depends on whether it is there.
func locateTeam(r db.Reader, name string, t *remit.Team) (authz.Resource, error) {
	*t = remit.Team{}
	if !teamNames.MatchString(name) {
		return authz.Resource{}, nil
	}
	found, err := db.One(r, scanTeam, selectTeamByName, name)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return authz.Resource{}, err
	}
	*t = found
	return authz.Resource{Thing: string(t.ID)}, nil
}

// shownTeam is t as it goes out, or remit.NotFound when locateTeam found none.
func shownTeam(r *gate.Reader, t remit.Team) (remit.Team, error) {
	if t.ID == "" {
		return t, gate.NotFound("teams")
	}
	one := []remit.Team{t}
	err := dressTeams(r, one)
	return one[0], err
}

// dressTeams fills in who is in the teams, and what the asker may do with them.
func dressTeams(r *gate.Reader, teams []remit.Team) error {
	ids := make([]any, len(teams))
	at := make(map[string]*remit.Team, len(teams))
	for i := range teams {
		t := &teams[i]
		ids[i], at[string(t.ID)] = string(t.ID), t
		t.Users, t.Permissions = []string{}, teamActions(r, t.ID)
	}
	rows, err := db.Rows(r, scanPair, selectTeamUsers(len(ids)), ids...)
	if err != nil {
		return err
	}
	gone, err := identity.DeletedAmong(r, usersOf(rows, func(row pair) remit.UserID { return remit.UserID(row.value) }))
	for _, row := range rows {
		t, user := at[row.key], remit.UserID(row.value)
		if t.Users = append(t.Users, r.UserName(user)); gone[user] {
			t.Deleted = append(t.Deleted, r.UserName(user))
		}
	}
	for i := range teams {
		slices.Sort(teams[i].Users)
		slices.Sort(teams[i].Deleted)
	}
	return err
}

func teamActions(r *gate.Reader, id remit.TeamID) []string {
	return listed(r.Actions(authz.Resource{Thing: string(id)}, "team.update", "team.delete"))
}

// teamName is the name of a team by its id; "" for none.
func teamName(r db.Reader, id remit.TeamID) (string, error) {
	if id == "" {
		return "", nil
	}
	names, err := teamsByID(r)
	return names[string(id)], err
}

// teamsByID are the names of all teams. There are few.
func teamsByID(r db.Reader) (map[string]string, error) {
	rows, err := db.Rows(r, scanPair, selectTeamNames)
	names := make(map[string]string, len(rows))
	for _, row := range rows {
		names[row.key] = row.value
	}
	return names, err
}

// knownTeam finds a team that somebody named in a request.
func knownTeam(tx *gate.Tx, name string) (remit.TeamID, error) {
	var t remit.Team
	_, err := locateTeam(tx, name, &t)
	if err == nil && t.ID == "" {
		err = invalid("team", "There is no team %.80q", name)
	}
	return t.ID, err
}
