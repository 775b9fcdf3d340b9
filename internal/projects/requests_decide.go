package projects

import (
	"context"
	"fmt"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Approval says yes to a request.
type Approval struct {
	Until  *time.Time // no longer than was asked for; nil = as was asked for
	Answer string
}

// verdict is what becomes of a request.
type verdict struct {
	state  remit.RequestState
	answer string
	until  *time.Time // of what was given
}

// Approve gives what a request asks for: a membership or an entry whose why
// names the request. It passes R24 and R25 as any other gift of the decider.
// One's own request is for somebody else (remit.Denied "own_request"); one that
// is not open any more is a remit.Conflict "not_open".
func (s *Service) Approve(ctx context.Context, who authz.Subject, id remit.RequestID, a Approval) (remit.AccessRequest, error) {
	if err := checkText("answer", a.Answer); err != nil {
		return remit.AccessRequest{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.AccessRequest]{
		Name:  "request.approve",
		On:    func(tx *gate.Tx) (authz.Resource, error) { return reviewed(tx, id) },
		Apply: func(tx *gate.Tx) (remit.AccessRequest, error) { return s.approve(tx, id, a) },
	})
}

// Reject says no, with an answer for who asked.
func (s *Service) Reject(ctx context.Context, who authz.Subject, id remit.RequestID, answer string) (remit.AccessRequest, error) {
	if answer == "" {
		return remit.AccessRequest{}, invalid("answer", "A rejection needs an answer: whoever asked reads it")
	}
	if err := checkText("answer", answer); err != nil {
		return remit.AccessRequest{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.AccessRequest]{
		Name: "request.reject",
		On:   func(tx *gate.Tx) (authz.Resource, error) { return reviewed(tx, id) },
		Apply: func(tx *gate.Tx) (remit.AccessRequest, error) {
			return settle(tx, id, verdict{state: remit.RequestRejected, answer: answer})
		},
	})
}

// reviewed is a request that the asker may know of.
func reviewed(tx *gate.Tx, id remit.RequestID) (authz.Resource, error) {
	q, err := known(&tx.Reader, id)
	return q.resource(), err
}

// known finds a request for who made it, and for who decides on it as long as
// that makes sense: expired ones are not there for deciders.
func known(r *gate.Reader, id remit.RequestID) (requestRow, error) {
	q, err := findRequest(r, id, r.Now())
	if err != nil || q.by(r.Who()) {
		return q, err
	}
	if err := r.Require("request.review", q.resource()); err != nil {
		return q, q.hidden(r, err)
	}
	if q.State == remit.RequestExpired {
		return q, gate.NotFound("requests")
	}
	return q, nil
}

// hidden is the refusal of an account that decides on it, with another key;
// from all others it hides that there is such a request (R21).
func (q requestRow) hidden(r *gate.Reader, refusal error) error {
	account := r.Who()
	account.Caps = nil
	if e, _ := refusal.(*remit.Error); e != nil && (e.Kind == remit.Internal || e.Code == gate.InvalidKey().Code) ||
		r.RequireAs(account, "request.review", q.resource()) == nil {
		return refusal
	}
	return gate.NotFound("requests")
}

// by says whether it is the asker's own.
func (q requestRow) by(who authz.Subject) bool {
	return who.Kind == authz.Person && string(q.user) == who.ID
}

func (s *Service) approve(tx *gate.Tx, id remit.RequestID, a Approval) (remit.AccessRequest, error) {
	q, err := decidable(tx, id)
	if err != nil {
		return q.AccessRequest, err
	}
	until, err := q.end(tx.Now(), a.Until)
	if err != nil {
		return q.AccessRequest, err
	}
	if err := s.KnownCollection(&tx.Reader, Row{ID: q.project, Slug: q.Project}, q.Collection); err != nil {
		return q.AccessRequest, err
	}
	if err := q.give(tx, until); err != nil {
		return q.AccessRequest, err
	}
	return settle(tx, id, verdict{remit.RequestApproved, a.Answer, until})
}

// decidable finds a request that the asker may answer now.
func decidable(tx *gate.Tx, id remit.RequestID) (requestRow, error) {
	q, err := findRequest(tx, id, tx.Now())
	switch {
	case err != nil:
		return q, err
	case q.by(tx.Who()):
		return q, remit.Errorf(remit.Denied, "Somebody else decides on your own request").WithCode("own_request").
			WithHint("You may withdraw it with `remit access withdraw`.")
	case q.State != remit.RequestOpen:
		return q, notOpen(q)
	}
	return q, nil
}

func notOpen(q requestRow) error {
	return remit.Errorf(remit.Conflict, "The request is %s, nothing can be done with it any more", q.State).WithCode("not_open")
}

// end is until when it is given: as asked, or less.
func (q requestRow) end(now time.Time, until *time.Time) (*time.Time, error) {
	if until == nil {
		until = q.Until
	}
	switch {
	case until == nil:
		return nil, nil
	case !now.Before(*until):
		return nil, invalid("until", "it would have ended at %s already", until.UTC().Format(time.RFC3339))
	case q.Until != nil && until.After(*q.Until):
		return nil, invalid("until", "it was asked for until %s; it can be given for less, not for more", q.Until.Format(time.RFC3339))
	}
	return storedPtr(until), nil
}

// give writes the membership or the entry, by the rules of giving.
func (q requestRow) give(tx *gate.Tx, until *time.Time) error {
	why := fmt.Sprintf("request %s: %.9000s", q.ID, q.Reason)
	if q.Role != "" {
		return q.giveRole(tx, until, why)
	}
	if err := checkPattern(tx.Policy(), "permission", q.Permission, true); err != nil {
		return err
	}
	e := entryRow{user: q.user, by: writer(tx), Entry: remit.Entry{ID: remit.NewID[remit.EntryID](tx.Now()), Permission: q.Permission,
		Effect: "allow", Collection: q.Collection, Until: until, Why: why, CreatedAt: stored(tx.Now())}}
	return keepManaged(tx, q.project, func() error { return storeEntry(tx, q.project, e) })
}

func (q requestRow) giveRole(tx *gate.Tx, until *time.Time, why string) error {
	m := memberRow{user: q.user, by: writer(tx), Member: remit.Member{ID: remit.NewID[remit.MemberID](tx.Now()), Project: q.Project, User: q.User,
		Roles: []string{q.Role}, Collection: q.Collection, Until: until, Why: why, CreatedAt: stored(tx.Now())}}
	if err := checkRoles(tx, m.Roles); err != nil {
		return err
	}
	if err := refuseRepeated(tx, q.project, m); err != nil {
		return err
	}
	return keepManaged(tx, q.project, func() error { return insert(tx, m, q.project) })
}

// settle ends an open request, and tells whom it concerns.
func settle(tx *gate.Tx, id remit.RequestID, v verdict) (remit.AccessRequest, error) {
	q, err := findRequest(tx, id, tx.Now())
	if err == nil && v.state != remit.RequestWithdrawn {
		q, err = decidable(tx, id)
	}
	if err == nil && q.State != remit.RequestOpen {
		err = notOpen(q)
	}
	if err != nil {
		return q.AccessRequest, err
	}
	tx.About(string(id))
	tx.Note("%s: %s asked for %s in %s", v.state, q.User, q.what(), q.Project)
	at := stored(tx.Now())
	q.State, q.Answer, q.GivenUntil, q.DecidedAt, q.decidedBy = v.state, v.answer, v.until, &at, writer(tx)
	settled, err := tx.Exec(settleRequest, string(id), string(v.state), string(q.decidedBy), db.Micros(at), v.answer, db.MicrosPtr(v.until))
	if err == nil && settled == 0 { // somebody was faster
		if q, err = findRequest(tx, id, tx.Now()); err == nil {
			err = notOpen(q)
		}
	}
	if err != nil {
		return q.AccessRequest, err
	}
	if _, err := tx.Exec(readNoticesOf, string(id), at.UnixMicro()); err != nil { // nobody is asked any more
		return q.AccessRequest, err
	}
	if v.state != remit.RequestWithdrawn {
		err = tell(tx, q, string(v.state), q.user)
	}
	return dressedRequest(&tx.Reader, q), err
}
