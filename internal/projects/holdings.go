package projects

import (
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// holdings are somebody's memberships in the project that is explained, and
// their teams.
type holdings struct {
	members []authz.Member
	teams   map[string]string // names by id
}

// holdings reads what an account holds, once.
func (t *teller) holdings(user string) holdings {
	h, known := t.held[user]
	if known || user == "" {
		return h
	}
	h.teams = map[string]string{}
	teams, err := db.Rows(t.r, scanPair, selectTeamNames, user)
	for _, team := range teams {
		h.teams[team.key] = team.value
	}
	if err == nil && t.on.Project != "" {
		h.members, err = db.Rows(t.r, scanHeld, selectHeld, t.on.Project, user)
	}
	if t.err == nil {
		t.err = err
	}
	t.held[user] = h
	return h
}

// of is the note of the membership that brings a role; nil when there is none.
func (h holdings) of(c authz.Considered) *authz.Note {
	for _, m := range h.members {
		if c.Role != "" && c.Project != "" && m.Team == c.Team && m.Role == c.Role && m.Collection == c.Collection && m.Interval == c.Interval {
			return m.Note
		}
	}
	return nil
}

// team is the name of a team.
func (h holdings) team(id string) string {
	if name := h.teams[id]; name != "" {
		return name
	}
	return id
}
