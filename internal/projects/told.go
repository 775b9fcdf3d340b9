package projects

import (
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
)

// told is what there is to tell of somebody: the memberships in the project
// that is explained, and the teams.
type told struct {
	members []authz.Member
	teams   map[string]string // names by id
}

// told reads what an account holds, once.
func (t *teller) told(user string) told {
	h, known := t.held[user]
	if known || user == "" {
		return h
	}
	h.teams = map[string]string{}
	teams, err := db.Rows(t.r, scanPair, selectTeamNamesOf, user)
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
func (h told) of(c authz.Considered) *authz.Note {
	for _, m := range h.members {
		if c.Role != "" && c.Project != "" && m.Team == c.Team && m.Role == c.Role && m.Collection == c.Collection && m.Interval == c.Interval {
			return m.Note
		}
	}
	return nil
}

// team is the name of a team.
func (h told) team(id string) string {
	if name := h.teams[id]; name != "" {
		return name
	}
	return id
}
