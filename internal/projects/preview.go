package projects

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// previewField is where a request says whom it looks as.
const previewField = "Remit-Preview"

// LookAs is who, looking as what the text names: "user:NAME" or "role:NAME"
// (R23). It takes an account with access:view somewhere; where, the gate asks
// at each thing. Unknown names are remit.Invalid, and so are accounts that who
// may not know of. That it began is written into the audit log, not each look.
func (s *Service) LookAs(ctx context.Context, who authz.Subject, text string) (authz.Subject, error) {
	kind, name, _ := strings.Cut(text, ":")
	switch {
	case kind != "user" && kind != "role" || name == "" || !remit.IsText(name):
		return who, invalid(previewField, "%.80q is nobody to look as", text).WithHint("Write user:NAME or role:NAME.")
	case who.Kind == authz.Anonymous:
		return who, remit.Errorf(remit.Unauthenticated, "Sign in first").WithHint("Use `remit login`, an API key, or the login page.")
	case who.Kind != authz.Person:
		return who, remit.Errorf(remit.Denied, "Only people with an account look as others")
	}
	var now time.Time
	look, err := gate.View(ctx, s.gate, who, gate.Query[authz.Preview]{
		Name: "preview.begin",
		Read: func(r *gate.Reader) (look authz.Preview, err error) {
			now = r.Now()
			if r.Scope("preview.begin").Empty() {
				return look, r.Require("access.read", authz.Resource{})
			}
			if kind == "role" {
				look.Role, err = name, previewRole(r, name)
				return look, err
			}
			look.User, err = s.shownUser(r, name)
			return look, err
		},
		Kept: true,
	})
	if err == nil && s.looks.begins(who, text, now) {
		if err = s.noteLook(ctx, who, text); err == nil {
			s.looks.began(who, text, now)
		}
	}
	who.Preview = &look
	return who, err
}

func previewRole(r *gate.Reader, name string) error {
	is := func(role authz.Role) bool { return role.Name == name }
	if slices.ContainsFunc(r.Source().Roles, is) || slices.ContainsFunc(r.Source().SiteRoles, is) {
		return nil
	}
	return invalid(previewField, "There is no role %.80q", name)
}

// shownUser is the account, if the asker may know of it.
func (s *Service) shownUser(r *gate.Reader, name string) (string, error) {
	id, err := s.names.Of(r, name, func() (remit.UserID, error) { return identity.IDOf(r, name) })
	if remit.KindOf(err) == remit.NotFound || err == nil && !seenSomewhere(r, id) {
		return "", invalid(previewField, "There is no user %.80q that you may see", name)
	}
	disabled := func(u authz.User) bool { return u.ID == string(id) && u.Disabled }
	if err == nil && slices.ContainsFunc(r.Source().Users, disabled) {
		return "", invalid(previewField, "The account %s is disabled, so there is nothing to see", name)
	}
	return string(id), err
}

// seenSomewhere is seen in any project where the asker may see access.
func seenSomewhere(r *gate.Reader, id remit.UserID) bool {
	if string(id) == r.Who().ID || seen(r, id, "") {
		return true
	}
	look := r.Scope("access.read")
	return slices.ContainsFunc(r.Source().Projects, func(p authz.Project) bool {
		return look.Has(authz.Resource{Project: p.ID}) && r.Policy().Holds(string(id), p.ID)
	})
}

func (s *Service) noteLook(ctx context.Context, who authz.Subject, text string) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "preview.begin",
		Apply: func(tx *gate.Tx) (none struct{}, err error) {
			tx.Note("looks as %s", strings.Replace(text, ":", " ", 1))
			return none, nil
		},
	})
	return err
}

// Looking is whom a preview shows, by name; nil for no preview.
type Looking struct{ User, Role string }

// Looking says whom who looks as.
func (s *Service) Looking(ctx context.Context, who authz.Subject) (*Looking, error) {
	if who.Preview == nil {
		return nil, nil
	}
	return gate.View(ctx, s.gate, who, gate.Query[*Looking]{
		Name: "me.read",
		Read: func(r *gate.Reader) (*Looking, error) {
			return &Looking{r.UserName(remit.UserID(who.Preview.User)), who.Preview.Role}, nil
		},
	})
}

// looks remembers which previews have been written down. The zero value knows none.
type looks struct {
	mu   sync.Mutex
	last map[[3]string]time.Time
}

const (
	lookLasts = 15 * time.Minute // until a look is written down again
	maxLooks  = 10_000           // remembered; then it begins anew
)

// begins says whether a look is the first in a while.
func (l *looks) begins(who authz.Subject, text string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, known := l.last[lookOf(who, text)]
	return !known || now.Sub(last) >= lookLasts
}

// began remembers a look that has been written down.
func (l *looks) began(who authz.Subject, text string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || len(l.last) >= maxLooks {
		l.last = map[[3]string]time.Time{}
	}
	l.last[lookOf(who, text)] = now
}

func lookOf(who authz.Subject, text string) [3]string { return [3]string{who.ID, who.Key, text} }
