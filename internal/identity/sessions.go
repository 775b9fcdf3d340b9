package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Sessions lists where the accounts that the asker may ask about are signed
// in, oldest first.
func (s *Service) Sessions(ctx context.Context, who authz.Subject, limit int, after string) (remit.Page[remit.Session], error) {
	limit, err := remit.Limit(limit)
	if err == nil && after != "" && !remit.IsID[remit.SessionID](after) {
		err = remit.Errorf(remit.Invalid, "%q is not where a page ended", after).WithField("after")
	}
	if err != nil {
		return remit.Page[remit.Session]{}, err
	}
	current := Hash(SessionSecret(ctx))
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Session]]{
		Name: "session.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Session], error) { return listSessions(r, limit, after, current) },
	})
}

func listSessions(r *gate.Reader, limit int, after, current string) (remit.Page[remit.Session], error) {
	page := remit.Page[remit.Session]{Items: []remit.Session{}, Permissions: []string{}}
	condition, args := gate.Where(r.Scope("session.list"), gate.Columns{Owner: "s.user_id"}, 4)
	rows, err := db.Rows(r, scanListed, fmt.Sprintf(selectSessions, condition), append([]any{db.Micros(r.Now()), after, limit + 1}, args...)...)
	if err != nil {
		return page, fmt.Errorf("listing sessions: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = string(rows[limit-1].ID)
	}
	for _, row := range rows {
		row.Current = row.hash == current
		row.Permissions = verbs(r, row.resource(), "session.revoke")
		page.Items = append(page.Items, row.Session)
	}
	return page, nil
}

// listed is a session as it is shown, and what is not.
type listed struct {
	remit.Session
	hash  string
	owner remit.UserID
}

func (l listed) resource() authz.Resource {
	return authz.Resource{Owner: string(l.owner), Thing: string(l.ID)}
}

// EndSession ends one session. One that has ended is NotFound.
func (s *Service) EndSession(ctx context.Context, who authz.Subject, id remit.SessionID) error {
	var found listed
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "session.revoke",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			var err error
			found, err = locateSession(tx, id)
			return found.resource(), err
		},
		Apply: func(tx *gate.Tx) (struct{}, error) {
			tx.Note("a session of %s ended", found.User)
			_, err := tx.Exec(deleteSessionByID, found.ID)
			return struct{}{}, err
		},
	})
	return err
}

func locateSession(tx *gate.Tx, id remit.SessionID) (listed, error) {
	if !remit.IsID[remit.SessionID](string(id)) {
		return listed{}, gate.NotFound("sessions")
	}
	found, err := db.One(tx, scanListed, selectSessionByID, id, db.Micros(tx.Now()))
	if errors.Is(err, db.ErrNoRows) {
		return found, gate.NotFound("sessions")
	}
	if err != nil {
		return found, fmt.Errorf("finding session %s: %w", id, err)
	}
	return found, nil
}

// EndOtherSessions ends all sessions of the asker but the one that asks, and
// tells how many.
func (s *Service) EndOtherSessions(ctx context.Context, who authz.Subject) (int, error) {
	n, err := gate.Do(ctx, s.gate, who, gate.Op[int64]{
		Name: "session.revoke_others",
		On:   func(*gate.Tx) (authz.Resource, error) { return ownKey(who), nil },
		Apply: func(tx *gate.Tx) (int64, error) {
			if who.Kind != authz.Person {
				return 0, nil
			}
			n, err := tx.Exec(deleteSessionsBut, who.ID, Hash(SessionSecret(ctx)))
			tx.Note("%d other sessions of %s ended", n, who.Name)
			return n, err
		},
	})
	return int(n), err
}

// maxAgent bounds what a browser says of itself, in bytes.
const maxAgent = 200

// agent is what a browser says of itself as one line of text.
func agent(said string) string {
	line := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(said, ""))
	return strings.ToValidUTF8(line[:min(len(line), maxAgent)], "")
}

func scanListed(s db.Scanner, l *listed) error {
	return s.Scan(&l.ID, &l.hash, db.Time(&l.CreatedAt), db.Time(&l.ExpiresAt), &l.Address, &l.Agent, &l.owner, &l.User)
}
