package projects

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// teamOp is an operation on one team.
func teamOp[R any](operation, name string, apply func(*gate.Tx, remit.Team) (R, error)) gate.Op[R] {
	var t remit.Team
	return gate.Op[R]{
		Name: operation,
		On:   func(tx *gate.Tx) (authz.Resource, error) { return locateTeam(tx, name, &t) },
		Apply: func(tx *gate.Tx) (none R, err error) {
			if t.ID == "" {
				return none, gate.NotFound("teams")
			}
			return apply(tx, t)
		},
	}
}

// UpdateTeam changes a team's name and title. A name that is taken is a remit.Conflict.
func (s *Service) UpdateTeam(ctx context.Context, who authz.Subject, name string, change TeamPatch) (remit.Team, error) {
	return gate.Do(ctx, s.gate, who, teamOp("team.update", name, func(tx *gate.Tx, t remit.Team) (remit.Team, error) {
		if change.Name != nil && *change.Name != t.Name {
			if err := mayRename(tx); err != nil {
				return t, err
			}
		}
		replace(&t.Name, change.Name)
		replace(&t.Title, change.Title)
		if err := checkTeam(t.Name, t.Title); err != nil {
			return t, err
		}
		_, err := tx.Exec(updateTeam, string(t.ID), t.Name, t.Title)
		if db.IsUnique(err) {
			return t, teamTaken(t.Name)
		}
		if err != nil {
			return t, err
		}
		tx.Changed(gate.Nothing) // ids decide, not names
		tx.Note("changed team %s: it is %s, %q", name, t.Name, t.Title)
		return shownTeam(&tx.Reader, t)
	}))
}

// mayRename is for superusers: an identity provider puts people into teams by
// their names, so a name gives what the team holds (R24).
func mayRename(tx *gate.Tx) error {
	d := deal{who: tx.Who(), before: tx.Source()}
	if d.unlimited() || tx.Who().Kind == authz.System {
		return nil
	}
	err := remit.Errorf(remit.Denied, "Only superusers rename teams").WithHint("An identity provider puts people into teams by their names.")
	err.Decision = &authz.Decision{Rule: 24, Permission: "team:update"}
	return err
}

// DeleteTeam takes a team away, and with it all that it holds. That leaves no
// project unmanaged (remit.Conflict, R25) and gives nobody anything (R24).
func (s *Service) DeleteTeam(ctx context.Context, who authz.Subject, name string) error {
	_, err := gate.Do(ctx, s.gate, who, teamOp("team.delete", name, func(tx *gate.Tx, t remit.Team) (none struct{}, err error) {
		tx.Note("deleted team %s, with all that it held", t.Name)
		return none, keepManagedPart(tx, gate.Everything, func() error {
			for _, query := range []string{deleteTeamMembers, deleteTeamSiteMembers, deleteTeamUsers, deleteTeam} {
				if _, err := tx.Exec(query, string(t.ID)); err != nil {
					return err
				}
			}
			return nil
		})
	}))
	return err
}

// AddToTeam puts an account into a team, which gives it all that the team
// holds (R24). One that is in it stays.
func (s *Service) AddToTeam(ctx context.Context, who authz.Subject, team, user string) (remit.Team, error) {
	return s.changeTeam(ctx, who, team, user, insertTeamUser, "put %s into team %s")
}

// RemoveFromTeam takes an account out of a team. One that is not in it is
// remit.NotFound.
func (s *Service) RemoveFromTeam(ctx context.Context, who authz.Subject, team, user string) (remit.Team, error) {
	return s.changeTeam(ctx, who, team, user, deleteTeamUser, "took %s out of team %s")
}

func (s *Service) changeTeam(ctx context.Context, who authz.Subject, team, user, query, note string) (remit.Team, error) {
	return gate.Do(ctx, s.gate, who, teamOp("team.update", team, func(tx *gate.Tx, t remit.Team) (remit.Team, error) {
		find := recipient
		if query == deleteTeamUser {
			find = knownUser
		}
		id, err := find(tx, user)
		if err != nil {
			return t, err
		}
		tx.Note(note, user, t.Name)
		err = keepManagedPart(tx, gate.Teams, func() error {
			n, err := tx.Exec(query, string(t.ID), string(id))
			if err == nil && n == 0 && query == deleteTeamUser {
				return gate.NotFound("users").WithHint("%s is not in team %s.", user, t.Name)
			}
			return err
		})
		if err != nil {
			return t, err
		}
		return shownTeam(&tx.Reader, t)
	}))
}
