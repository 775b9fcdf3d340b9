package notify

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
)

// NewNotification is what somebody wants to be told of.
type NewNotification struct {
	Project string           // slug; "" = every project
	Type    string           // "" = every type
	States  []remit.JobState // nil = failed
	Whose   remit.Whose      // "" = mine; all only in one project
	Paused  bool
}

// NotificationPatch is what changes; nil stays as it is.
type NotificationPatch struct {
	Type   *string
	States *[]remit.JobState
	Whose  *remit.Whose
	Paused *bool
}

// CreateNotification tells the asker by mail from now on. Without a mail server,
// and for an account without an address, it is Conflict.
func (s *Service) CreateNotification(ctx context.Context, who authz.Subject, n NewNotification) (remit.Notification, error) {
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Notification]{
		Name:  "notification.create",
		Apply: func(tx *gate.Tx) (remit.Notification, error) { return s.createMine(tx, n) },
	})
}

func (s *Service) createMine(tx *gate.Tx, n NewNotification) (shown remit.Notification, err error) {
	t := row{ID: string(remit.NewID[remit.NotificationID](tx.Now())), Kind: byMail, Owner: remit.UserID(gate.SelfOf(tx.Who())), Type: n.Type,
		States: n.States, Paused: n.Paused, CreatedAt: stored(tx.Now())}
	if t.States == nil {
		t.States = []remit.JobState{remit.JobFailed}
	}
	if err := s.mailable(tx, t.Owner); err != nil {
		return shown, err
	}
	if t.Project, err = visible(&tx.Reader, n.Project); err != nil {
		return shown, err
	}
	if err := t.setWhose(cmp.Or(n.Whose, remit.Mine)); err != nil {
		return shown, err
	}
	if err := t.check(&tx.Reader); err != nil {
		return shown, err
	}
	if err := room(tx, "notifications", countMine, t.Owner); err != nil {
		return shown, err
	}
	tx.About(t.ID)
	tx.Note("told of %s", words(t.States))
	if err := t.insert(tx); err != nil {
		return shown, err
	}
	return s.presentMine(&tx.Reader, t)
}

// mailable refuses who cannot be sent a letter.
func (s *Service) mailable(tx *gate.Tx, user remit.UserID) error {
	if err := identity.Lasting(&tx.Reader); err != nil {
		return err
	}
	if user == "" {
		return remit.Errorf(remit.Conflict, "Where nobody signs in there is no account to send letters to").WithCode("no_account").
			WithHint("Use a webhook of the project.")
	}
	if s.opts.Mail == nil {
		return remit.Errorf(remit.Conflict, "This installation sends no e-mail").WithCode("no_mail").
			WithHint("An administrator adds the table [smtp] to the configuration of the server: host, from, and what signing in takes.")
	}
	address, err := emailOf(tx, user)
	if err == nil && address == "" {
		err = remit.Errorf(remit.Conflict, "Your account has no e-mail address").WithCode("no_address").
			WithHint("Whoever may change the account adds one with `remit user update NAME --email ADDRESS`.")
	}
	return err
}

// visible is the id of a project that the asker sees, "" for "".
func visible(r *gate.Reader, slug string) (remit.ProjectID, error) {
	if slug == "" {
		return "", nil
	}
	p, err := projects.Locate(r, slug)
	if err == nil {
		err = r.Require("project.read", p.Resource())
	}
	return p.ID, err
}

func (t *row) setWhose(w remit.Whose) error {
	switch {
	case w != remit.Mine && w != remit.All:
		return invalid("whose", "Jobs are mine or all, not %.40q", string(w))
	case w == remit.All && t.Project == "":
		return invalid("whose", "All jobs are those of one project").WithHint("Name the project, or choose mine.")
	}
	t.Mine = w == remit.Mine
	return nil
}

// Notifications lists the asker's: what job types tell of their own, then what
// they asked for, oldest first. A preview has none.
func (s *Service) Notifications(ctx context.Context, who authz.Subject, limit int, after string) (page remit.Page[remit.Notification], err error) {
	if after != "" && !remit.IsID[remit.NotificationID](after) {
		return page, badCursor(after)
	}
	if limit, err = remit.Limit(limit); err != nil {
		return page, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Notification]]{
		Name: "notification.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Notification], error) { return s.listMine(r, limit, after) },
	})
}

func (s *Service) listMine(r *gate.Reader, limit int, after string) (page remit.Page[remit.Notification], err error) {
	page.Permissions, page.Items = []string{}, []remit.Notification{}
	if r.Who().Preview != nil {
		return page, nil
	}
	if err := identity.Lasting(r); err != nil {
		return page, err
	}
	self := gate.SelfOf(r.Who())
	if self == "" {
		return page, nil
	}
	page.Permissions = append(page.Permissions, "create")
	rows, err := s.mine(r, remit.UserID(self))
	if err != nil {
		return page, err
	}
	rows = behind(rows, after)
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].ID
	}
	for _, t := range rows {
		shown, err := s.presentMine(r, t)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, shown)
	}
	return page, nil
}

// behind are those after the one where a page ended, which may be gone since.
func behind(rows []row, after string) []row {
	if i := slices.IndexFunc(rows, func(t row) bool { return t.ID == after }); i >= 0 {
		return rows[i+1:]
	}
	return slices.DeleteFunc(rows, func(t row) bool { return after != "" && (t.Default || t.ID <= after) })
}

// presentMine names the project only while its owner sees it.
func (s *Service) presentMine(r *gate.Reader, t row) (shown remit.Notification, err error) {
	shown = remit.Notification{ID: remit.NotificationID(t.ID), Type: t.Type, States: t.States, Whose: remit.All, Paused: t.Paused,
		Problem: t.Problem, RetryAt: t.retry(), CreatedAt: t.CreatedAt, Default: t.Default, Permissions: []string{"update", "delete"}}
	if t.Mine {
		shown.Whose = remit.Mine
	}
	if t.Default {
		shown.CreatedAt, shown.Permissions = time.Time{}, []string{"update"}
	}
	if shown.Held, err = s.silent(r, t); err != nil || t.Project == "" {
		return shown, err
	}
	p, err := projects.LocateID(r, t.Project)
	if err == nil {
		err = r.Require("project.read", p.Resource())
	}
	switch remit.KindOf(err) {
	case remit.NotFound, remit.Denied:
		shown.Held = "you do not see its project any more"
		return shown, nil
	}
	shown.Project = p.Slug
	return shown, err
}

// UpdateNotification changes one of the asker's, or is gate.NotFound.
func (s *Service) UpdateNotification(ctx context.Context, who authz.Subject, id remit.NotificationID, p NotificationPatch) (remit.Notification, error) {
	return onMine(ctx, s, who, "notification.update", id, func(tx *gate.Tx, t row) (shown remit.Notification, err error) {
		if t.Default {
			return s.updateDefault(tx, t, p)
		}
		replace(&t.Type, p.Type)
		replace(&t.States, p.States)
		replace(&t.Paused, p.Paused)
		if p.Whose != nil {
			err = t.setWhose(*p.Whose)
		}
		if err == nil {
			err = t.check(&tx.Reader)
		}
		if err == nil {
			err = t.update(tx)
		}
		if err != nil {
			return shown, err
		}
		tx.Note("told of %s%s", words(t.States), pausedText(t.Paused))
		return s.presentMine(&tx.Reader, t)
	})
}

func pausedText(paused bool) string {
	if paused {
		return ", paused"
	}
	return ""
}

// DeleteNotification ends one of the asker's. What job types tell of their own
// can be paused only: Conflict.
func (s *Service) DeleteNotification(ctx context.Context, who authz.Subject, id remit.NotificationID) error {
	_, err := onMine(ctx, s, who, "notification.delete", id, func(tx *gate.Tx, t row) (struct{}, error) {
		if t.Default {
			return struct{}{}, remit.Errorf(remit.Conflict, "This is what job types tell by default, which is not deleted").WithCode("default").
				WithHint("Pause it with `remit notify pause %s`.", t.ID)
		}
		return struct{}{}, t.remove(tx)
	})
	return err
}

// onMine is a change of a notification of the asker's own: others' are not there.
func onMine[R any](ctx context.Context, s *Service, who authz.Subject, operation string, id remit.NotificationID, apply func(*gate.Tx, row) (R, error)) (R, error) {
	return gate.Do(ctx, s.gate, who, gate.Op[R]{
		Name: operation,
		Apply: func(tx *gate.Tx) (none R, err error) {
			if err := identity.Lasting(&tx.Reader); err != nil {
				return none, err
			}
			t, err := s.findMine(tx, id)
			if err != nil {
				return none, err
			}
			tx.About(t.ID)
			return apply(tx, t)
		},
	})
}

// find reads a telling, locked in a transaction that writes.
func find(r db.Reader, id, kind, noun string) (t row, err error) {
	query := selectTelling
	if _, writes := r.(*gate.Tx); writes {
		query += r.Dialect().ForUpdate
	}
	t, err = db.One(r, scanTelling, query, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && t.Kind != kind || !remit.IsText(id) {
		return t, gate.NotFound(noun)
	}
	return t, err
}
