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

// NewRequest asks for a role or for a permission in a project, as exactly one
// of the two.
type NewRequest struct {
	Project    string // slug
	Role       string
	Permission string             // a pattern, optionally ending in @own or @others
	Collection remit.CollectionID // only there; "" = the whole project
	Reason     string
	Until      *time.Time // nil = without end
}

// requestRow is an AccessRequest as it is stored, by the ids.
type requestRow struct {
	remit.AccessRequest
	project   remit.ProjectID
	user      remit.UserID
	decidedBy remit.UserID
}

// resource is the request as a thing of its project; registrars decide on it by
// the role that it is for.
func (q requestRow) resource() authz.Resource {
	return authz.Resource{Project: string(q.project), Thing: string(q.ID), Run: q.Role}
}

// Request asks those who give access in a project that who may see; it is
// visible to them and to the asker alone. A key asks for no more than it
// covers. Unknown names are remit.Invalid; what is asked for already, or held,
// is a remit.Conflict; too many at once are remit.Limited.
func (s *Service) Request(ctx context.Context, who authz.Subject, n NewRequest) (remit.AccessRequest, error) {
	if err := n.check(); err != nil {
		return remit.AccessRequest{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.AccessRequest]{
		Name:  "request.create",
		On:    inProject(n.Project),
		Apply: func(tx *gate.Tx) (remit.AccessRequest, error) { return s.ask(tx, n) },
	})
}

func (n NewRequest) check() error {
	switch {
	case (n.Role == "") == (n.Permission == ""):
		return invalid("permission", "A request is for a permission or for a role, one of the two")
	case n.Reason == "":
		return invalid("reason", "A request needs a reason: whoever decides reads it")
	}
	if err := checkCollection(n.Collection); err != nil {
		return err
	}
	return checkText("reason", n.Reason, "permission", n.Permission, "role", n.Role)
}

func (s *Service) ask(tx *gate.Tx, n NewRequest) (remit.AccessRequest, error) {
	project, err := Locate(tx, n.Project)
	if err != nil {
		return remit.AccessRequest{}, err
	}
	q := requestRow{project: project.ID, user: writer(tx), AccessRequest: remit.AccessRequest{ID: remit.NewID[remit.RequestID](tx.Now()),
		Project: n.Project, User: tx.Who().Name, Role: n.Role, Permission: n.Permission, Collection: n.Collection, Reason: n.Reason,
		Until: storedPtr(n.Until), State: remit.RequestOpen, CreatedAt: stored(tx.Now()), ExpiresAt: stored(tx.Now().Add(s.opts.RequestLife))}}
	known := func(tx *gate.Tx) error { return s.KnownCollection(&tx.Reader, project, n.Collection) }
	for _, check := range []func(*gate.Tx) error{signedIn, known, q.meansSomething, q.withinKey, q.isNeeded, s.fewEnough} {
		if err := check(tx); err != nil {
			return q.AccessRequest, err
		}
	}
	tx.About(string(q.ID))
	tx.Note("asked for %s in %s", q.what(), n.Project)
	if err := insertRequest(tx, q); err != nil {
		return q.AccessRequest, err
	}
	q.Permissions = requestActions(&tx.Reader, q)
	return q.AccessRequest, tell(tx, q, "asked", deciders(&tx.Reader, q)...)
}

// what is asked for, in words.
func (q requestRow) what() string {
	if q.Role != "" {
		return "role " + q.Role
	}
	return q.Permission
}

// signedIn refuses those who cannot be given anything.
func signedIn(tx *gate.Tx) error {
	switch tx.Who().Kind {
	case authz.Person:
		return nil
	case authz.Anonymous:
		return signInFirst()
	}
	return remit.Errorf(remit.Invalid, "Only accounts ask for access")
}

func signInFirst() error {
	return remit.Errorf(remit.Unauthenticated, "Sign in first").WithHint("Use `remit login`, an API key, or the login page.")
}

func (q requestRow) meansSomething(tx *gate.Tx) error {
	if q.Until != nil && !tx.Now().Before(*q.Until) {
		return invalid("until", "it would have ended at %s already", q.Until.Format(time.RFC3339))
	}
	if q.Role != "" {
		return checkRoles(tx, []string{q.Role})
	}
	return checkPattern(tx.Policy(), "permission", q.Permission, true)
}

// withinKey keeps a key from asking for what it could not use (R5).
func (q requestRow) withinKey(tx *gate.Tx) error {
	caps := tx.Who().Caps
	if caps == nil {
		return nil
	}
	pattern, _, _ := strings.Cut(q.Permission, "@")
	covered := slices.ContainsFunc(caps.Scopes, func(scope string) bool {
		return scope == "*" || q.Role == "" && (scope == pattern || authz.Match(scope, pattern))
	})
	if covered && (caps.Projects == nil || slices.Contains(caps.Projects, string(q.project))) {
		return nil
	}
	return remit.Errorf(remit.Denied, "Insufficient permissions").WithCode("key_scope").
		WithHint("The scopes of this API key do not cover %s. Use a key that has it, or sign in.", q.what())
}

// isNeeded refuses what the asker holds anyway.
func (q requestRow) isNeeded(tx *gate.Tx) error {
	held := q.Role == "" && q.holdsAll(tx)
	if q.Role != "" {
		mine, err := myRoles(&tx.Reader)
		if err != nil {
			return err
		}
		held = slices.Contains(mine[q.project], q.Role)
	}
	if held {
		return remit.Errorf(remit.Conflict, "You have %s in %s already", q.what(), q.Project).WithCode("held")
	}
	return nil
}

// holdsAll says whether the account may do all that is asked for.
func (q requestRow) holdsAll(tx *gate.Tx) bool {
	p, who := tx.Policy(), tx.Who()
	who.Caps = nil
	for _, name := range p.Names("") {
		perm, _ := p.Permission(name)
		for _, own := range []bool{true, false} {
			on := authz.Resource{Project: string(q.project), Collection: string(q.Collection)}
			if own {
				on.Owner = who.ID
			}
			if perm.Level == authz.InProject && !perm.Never && speaks(q.Permission, perm, own) && !p.Check(who, name, on, tx.Now().UnixMicro()).Allowed {
				return false
			}
		}
	}
	return true
}

// fewEnough bounds what one person asks for at once. What has expired makes room.
func (s *Service) fewEnough(tx *gate.Tx) error {
	if _, err := tx.Exec(lockAsker, tx.Who().ID); err != nil {
		return err
	}
	if _, err := tx.Exec(expireRequests, tx.Who().ID, tx.Now().UnixMicro()); err != nil {
		return err
	}
	open, err := db.One(tx, db.Value[int], countOpenRequests, tx.Who().ID)
	if err == nil && open >= s.opts.MaxRequests {
		err = remit.Errorf(remit.Limited, "You have %d requests waiting for an answer", open).WithCode("too_many_requests").
			WithHint("Withdraw one with `remit access withdraw`.")
	}
	return err
}

// Withdraw takes one's own open request back.
func (s *Service) Withdraw(ctx context.Context, who authz.Subject, id remit.RequestID) (remit.AccessRequest, error) {
	return gate.Do(ctx, s.gate, who, gate.Op[remit.AccessRequest]{
		Name: "request.withdraw",
		On: func(tx *gate.Tx) (authz.Resource, error) {
			q, err := findRequest(tx, id, tx.Now())
			if err == nil && (q.user != writer(tx) || q.user == "") {
				err = gate.NotFound("requests")
			}
			return q.resource(), err
		},
		Apply: func(tx *gate.Tx) (remit.AccessRequest, error) {
			return settle(tx, id, verdict{state: remit.RequestWithdrawn})
		},
	})
}

// findRequest finds one as it is at now; who may know of it is for the caller.
func findRequest(r db.Reader, id remit.RequestID, now time.Time) (requestRow, error) {
	if !remit.IsID[remit.RequestID](string(id)) {
		return requestRow{}, gate.NotFound("requests")
	}
	q, err := db.One(r, scanRequest, selectRequest, now.UnixMicro(), string(id))
	if errors.Is(err, db.ErrNoRows) {
		err = gate.NotFound("requests")
	}
	return q, err
}
