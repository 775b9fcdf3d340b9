package identity

import (
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Owned is a place in which an account owns things of one kind.
type Owned struct {
	Kind string         // the word of the permissions on them: "job"
	On   authz.Resource // project, collection and visibility; for jobs the run right too
}

// Owns tells where an account owns what a feature keeps, each place once.
type Owns func(r db.Reader, of remit.UserID) ([]Owned, error)

// Missing is a right that somebody would come to and that the asker lacks.
type Missing struct {
	Permission string // as it may be given, like job:read@others
	Project    string // id; "" = on the site
	At         time.Time
	Things     bool // it is about things that change hands
}

// Rights compare what people hold, now and at every later moment (R24). They
// return nil when nothing is missing.
type Rights struct {
	// Become asks whether the asker holds all that an account does, and may do
	// with what it owns all that the account may.
	Become func(r *gate.Reader, of remit.UserID, owned []Owned) (*Missing, error)
	// Inherit asks whether the asker holds what things open to their new owner.
	Inherit func(r *gate.Reader, from, heir remit.UserID, owned []Owned) (*Missing, error)
}

// OnGive sets who compares rights, and who knows what accounts own: neither is
// known here. Set it before anything is asked; until then only superusers take
// over accounts, or name heirs.
func (s *Service) OnGive(rights Rights, owns ...Owns) { s.rights, s.owns = rights, owns }

func (s *Service) owned(r db.Reader, of remit.UserID) (all []Owned, err error) {
	for _, owns := range s.owns {
		some, err := owns(r, of)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// mayBecome refuses whoever could come to be an account with more rights.
func (s *Service) mayBecome(r *gate.Reader, u remit.User) error {
	if above, err := aboveAll(r); above || err != nil {
		return err
	}
	if u.Disabled {
		return beyond("user:password", "%s is disabled, and what it holds waits for it. Enable it first, or ask a superuser.", u.Name)
	}
	if s.rights.Become == nil {
		return requireSuperuser(r, "user:password", "Only superusers set the password of others")
	}
	owned, err := s.owned(r, u.ID)
	if err != nil {
		return err
	}
	missing, err := s.rights.Become(r, u.ID, owned)
	if err != nil || missing == nil {
		return err
	}
	if !mayKnow(r, missing.Project) {
		return beyond("user:password", "%s may do something that you may not: with its password you could. Ask a superuser.", u.Name)
	}
	if missing.Things {
		return beyond(missing.Permission, "%s owns things on which you lack %s: with its password you could use it. Ask a superuser.", u.Name, missing.Permission)
	}
	return beyond(missing.Permission, "%s holds %s%s, which you do not: with its password you could use it. Ask a superuser.", u.Name, missing.Permission, from(r, missing.At))
}

// mayEndAll refuses whoever takes from somebody more than they hold (R24):
// nothing of what a deleted account held waits for it.
func (s *Service) mayEndAll(r *gate.Reader, u remit.User) error {
	if above, err := aboveAll(r); above || err != nil {
		return err
	}
	if s.rights.Become == nil {
		return requireSuperuser(r, "user:delete", "Only superusers delete accounts")
	}
	missing, err := s.rights.Become(r, u.ID, nil)
	if err != nil || missing == nil {
		return err
	}
	if !mayKnow(r, missing.Project) {
		return beyond("user:delete", "%s holds something that you do not, so you cannot end it. Disable the account, or ask a superuser.", u.Name)
	}
	return beyond(missing.Permission, "%s holds %s%s, which you do not, so you cannot end it. Disable the account, or ask a superuser.", u.Name, missing.Permission, from(r, missing.At))
}

// mayBequeath refuses whoever gives an heir what they do not hold themselves.
func (s *Service) mayBequeath(r *gate.Reader, u, heir remit.User) error {
	if above, err := aboveAll(r); above || err != nil {
		return err
	}
	owned, err := s.owned(r, u.ID)
	if err != nil || len(owned) == 0 {
		return err
	}
	if s.rights.Inherit == nil {
		return requireSuperuser(r, "user:delete", "Only superusers name heirs")
	}
	missing, err := s.rights.Inherit(r, u.ID, heir.ID, owned)
	if err != nil || missing == nil {
		return err
	}
	if !mayKnow(r, missing.Project) {
		return beyond("user:delete", "What %s owns would open more to %s than you may do yourself. Name an heir who may do that already, or ask a superuser.", u.Name, heir.Name)
	}
	return beyond(missing.Permission, "What %s owns would open %s to %s%s, and you do not hold that there. Name an heir who holds it already, or ask a superuser.",
		u.Name, missing.Permission, heir.Name, from(r, missing.At))
}

// mayKnow says whether the asker may learn what others hold there.
func mayKnow(r *gate.Reader, project string) bool {
	see := "access:view"
	if project == "" {
		see = "site:view"
	}
	return r.Holds(see, authz.Resource{Project: project}).Allowed
}

// from says in words when something begins, "" for now.
func from(r *gate.Reader, at time.Time) string {
	if !at.After(r.Now()) {
		return ""
	}
	return ", at " + at.UTC().Format(time.RFC3339)
}
