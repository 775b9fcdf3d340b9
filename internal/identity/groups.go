package identity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// team is one that a provider's groups may be mapped to.
type team struct {
	id, name string
	member   bool // the account is in it
}

// sync makes an account a member of exactly those mapped teams that its groups
// say, and tells in words what that changed. Other teams are left alone.
func (s *Service) sync(tx *gate.Tx, a account, groups []string, teams map[string]string) (moved string, err error) {
	if len(teams) == 0 {
		return "", nil
	}
	all, err := db.Rows(tx, scanTeam, selectTeamsByName, a.id)
	if err != nil {
		return "", fmt.Errorf("reading teams: %w", err)
	}
	s.unknownTeams(all, teams)
	into, out := differing(all, groups, teams)
	if len(into)+len(out) == 0 {
		return "", nil
	}
	err = s.move(tx, a, into, out)
	if remit.KindOf(err) == remit.Conflict { // it has been made, and stays
		s.log.Warn("an identity provider took the last manager of a project away", "account", a.name, "reason", err)
		err = tx.Record("session.external", "", string(a.id), "taken away by the identity provider: "+err.Error())
	}
	if err != nil {
		return "", err
	}
	tx.Changed(gate.Teams)
	return "; teams:" + named(" +", into) + named(" -", out), nil
}

// unknownTeams tells of a mapping that leads nowhere.
func (s *Service) unknownTeams(all []team, teams map[string]string) {
	for group, name := range teams {
		if !slices.ContainsFunc(all, func(t team) bool { return t.name == name }) {
			s.log.Warn("a group of the identity provider is mapped to a team that there is not", "group", group, "team", name)
		}
	}
}

// differing are the mapped teams to go into and out of.
func differing(all []team, groups []string, teams map[string]string) (into, out []team) {
	mapped, wanted := map[string]bool{}, map[string]bool{}
	for group, name := range teams {
		mapped[name] = true
		wanted[name] = wanted[name] || slices.Contains(groups, group)
	}
	for _, t := range all {
		switch {
		case !mapped[t.name] || t.member == wanted[t.name]:
		case t.member:
			out = append(out, t)
		default:
			into = append(into, t)
		}
	}
	return into, out
}

// move is Conflict when a project is left without a manager, and made then
// too. Who is new here leaves nothing.
func (s *Service) move(tx *gate.Tx, a account, into, out []team) error {
	change := func() error { return storeTeams(tx, a, into, out) }
	if a.made {
		return change()
	}
	why := fmt.Sprintf("%s signed in by an identity provider; teams:%s%s", a.name, named(" +", into), named(" -", out))
	return s.synced(tx, why, change)
}

func storeTeams(tx *gate.Tx, a account, into, out []team) error {
	for _, t := range into {
		if _, err := tx.Exec(insertTeamUser, t.id, a.id); err != nil {
			return fmt.Errorf("adding %s to team %s: %w", a.name, t.name, err)
		}
	}
	for _, t := range out {
		if _, err := tx.Exec(deleteTeamUser, t.id, a.id); err != nil {
			return fmt.Errorf("taking %s out of team %s: %w", a.name, t.name, err)
		}
	}
	return nil
}

func named(before string, teams []team) string {
	var b strings.Builder
	for _, t := range teams {
		b.WriteString(before + t.name)
	}
	return b.String()
}

func scanTeam(s db.Scanner, t *team) error { return s.Scan(&t.id, &t.name, &t.member) }
