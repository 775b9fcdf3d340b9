package notify

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// mine are all notifications of a person: the default of all types, those of
// each, and what they asked for.
func (s *Service) mine(r *gate.Reader, self remit.UserID) ([]row, error) {
	stored, err := db.Rows(r, scanTelling, selectMine, self)
	if err != nil {
		return nil, fmt.Errorf("listing notifications: %w", err)
	}
	all, err := s.defaults(r, self, stored)
	if err != nil {
		return nil, err
	}
	for _, t := range stored {
		if !t.Default {
			all = append(all, t)
		}
	}
	return all, nil
}

// defaults are what job types tell the asker of their own: of types that the
// asker sees, may run somewhere, or was told by; and that of all types, where
// there is any.
func (s *Service) defaults(r *gate.Reader, self remit.UserID, stored []row) (all []row, err error) {
	types, err := s.opts.Jobs.TypesThatTell(r)
	if err != nil {
		return nil, err
	}
	sees := r.Can("jobtype.list", authz.Resource{}).Allowed
	for _, k := range types {
		one, known := asStored(defaultOf(self, k.Key), stored)
		if one.States = inOrder(k.Notify); sees || known || mayRunSomewhere(r, k.Key) {
			all = append(all, one)
		}
	}
	one, known := asStored(defaultOf(self, ""), stored)
	if known || len(all) > 0 {
		all = slices.Insert(all, 0, one)
	}
	return all, nil
}

func mayRunSomewhere(r *gate.Reader, key string) bool {
	right := "job:run." + key
	return r.HoldsSomewhere(right) || r.HoldsSomewhere(right+".single")
}

func asStored(one row, stored []row) (row, bool) {
	i := slices.IndexFunc(stored, func(t row) bool { return t.ID == one.ID })
	if i < 0 {
		return one, false
	}
	return stored[i], true
}

// inOrder are states in the order in which they are shown.
func inOrder(states []remit.JobState) []remit.JobState {
	return slices.DeleteFunc(slices.Clone(told), func(s remit.JobState) bool { return !slices.Contains(states, s) })
}

// Silent is why no letters reach the asker at all, "" when they do.
func (s *Service) Silent(ctx context.Context, who authz.Subject) (string, error) {
	return gate.View(ctx, s.gate, who, gate.Query[string]{
		Name: "notification.list",
		Read: func(r *gate.Reader) (string, error) {
			if err := identity.Lasting(r); err != nil {
				return "", err
			}
			return s.unreached(r, remit.UserID(gate.SelfOf(r.Who())))
		},
	})
}

func (s *Service) unreached(r *gate.Reader, user remit.UserID) (string, error) {
	switch {
	case user == "":
		return "where nobody signs in there is no account to send letters to", nil
	case s.opts.Mail == nil:
		return "this installation sends no e-mail", nil
	}
	reached, err := s.reaches(r, user)
	if err == nil && !reached {
		return "your account has no e-mail address", nil
	}
	return "", err
}

// silent is why no letters come of a notification that is not paused.
func (s *Service) silent(r *gate.Reader, t row) (string, error) {
	reason, err := s.unreached(r, t.Owner)
	if reason != "" || err != nil || !t.Default || t.Type == "" {
		return reason, err
	}
	l, err := s.listening(r)
	if err == nil && l.isOff(t.Owner, "") {
		return "all defaults are paused", nil
	}
	return "", err
}

// updateDefault pauses or resumes what job types tell of their own.
func (s *Service) updateDefault(tx *gate.Tx, t row, p NotificationPatch) (shown remit.Notification, err error) {
	for _, change := range []struct {
		field string
		given bool
	}{{"type", p.Type != nil}, {"states", p.States != nil}, {"whose", p.Whose != nil}} {
		if change.given {
			return shown, invalid(change.field, "Of what job types tell by default only paused can be changed").
				WithHint("Pause it, and make a notification of your own with `remit notify me`.")
		}
	}
	replace(&t.Paused, p.Paused)
	if err = t.keep(tx); err == nil {
		err = t.update(tx)
	}
	if err != nil {
		return shown, err
	}
	tx.Note("told of jobs of %s by default%s", cmp.Or(t.Type, "every type"), pausedText(t.Paused))
	return s.presentMine(&tx.Reader, t)
}

// findMine finds one of the asker's own, stored or not.
func (s *Service) findMine(tx *gate.Tx, id remit.NotificationID) (row, error) {
	self := remit.UserID(gate.SelfOf(tx.Who()))
	if self == "" {
		return row{}, gate.NotFound("notifications")
	}
	t, err := find(tx, string(id), byMail, "notifications")
	if err == nil && !t.Default {
		if t.Owner != self {
			err = gate.NotFound("notifications")
		}
		return t, err
	}
	if err != nil && remit.KindOf(err) != remit.NotFound {
		return t, err
	}
	all, err := s.mine(&tx.Reader, self)
	i := slices.IndexFunc(all, func(t row) bool { return t.ID == string(id) })
	if err == nil && i < 0 {
		err = gate.NotFound("notifications")
	}
	if err != nil {
		return row{}, err
	}
	return all[i], nil
}
