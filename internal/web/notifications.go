package web

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/notify"
)

// notificationsPage is of which jobs who is signed in is told by e-mail.
type notificationsPage struct {
	frame
	Items    []notificationRow
	Next     string
	Silent   string // why no letters come at all
	Projects []remit.Project
	Types    []remit.JobType
	States   []remit.JobState
	Add      *button // nil for who may add none
}

// notificationRow is one notification with what can be done about it.
type notificationRow struct {
	remit.Notification
	Buttons []button
}

func (s *site) notificationPages() {
	s.page("GET /notifications", s.notifications)
	s.page("POST /notifications", s.addNotification)
	s.page("POST /notifications/{id}/pause", s.pauseNotification(true))
	s.page("POST /notifications/{id}/resume", s.pauseNotification(false))
	s.page("POST /notifications/{id}/delete", s.deleteNotification)
}

func (s *site) notifications(v *visit) error {
	found, err := s.Notify.Notifications(v.ctx(), v.who, 0, v.query("after"))
	if err != nil {
		return err
	}
	page := notificationsPage{frame: v.frame("Notifications"), Next: v.next(found.Next)}
	for _, n := range found.Items {
		page.Items = append(page.Items, notificationRow{n, notificationButtons(n)})
	}
	if slices.Contains(found.Permissions, "create") {
		if err := v.addForm(&page); err != nil {
			return err
		}
	}
	v.show("notifications", page)
	return nil
}

func (v *visit) addForm(page *notificationsPage) (err error) {
	if page.Silent, err = v.Notify.Silent(v.ctx(), v.who); err != nil {
		return err
	}
	projects, err := v.site.Projects.Projects(v.ctx(), v.who, remit.MaxLimit, "")
	if err != nil {
		return err
	}
	page.Projects = projects.Items
	if page.Types, err = v.types(""); err != nil {
		return err
	}
	page.States = []remit.JobState{remit.JobFailed, remit.JobSucceeded, remit.JobCancelled, remit.JobHeld}
	page.Add = &button{Control: remit.Control{Verb: "create", Allowed: page.Silent == "", Reason: capital(page.Silent)}, ID: "add", Action: "create", Label: "Tell me", Style: "primary"}
	return nil
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// notificationButtons are those that its permissions give.
func notificationButtons(n remit.Notification) (all []button) {
	add := func(verb, does, label, style, sure string) {
		if slices.Contains(n.Permissions, verb) {
			all = append(all, button{Control: remit.Control{Verb: verb, Allowed: true}, ID: does + "-" + string(n.ID), Action: does, Label: label, Style: style, Sure: sure,
				Post: "/notifications/" + string(n.ID) + "/" + does})
		}
	}
	if n.Paused {
		add("update", "resume", "Resume", "", "")
	} else {
		add("update", "pause", "Pause", "", "")
	}
	add("delete", "delete", "Delete", "danger", "")
	return all
}

func (s *site) addNotification(v *visit) error {
	form := v.r.PostForm
	n := notify.NewNotification{Project: form.Get("project"), Type: form.Get("type"), States: []remit.JobState{}, Whose: remit.Whose(form.Get("whose"))}
	for _, state := range form["state"] {
		n.States = append(n.States, remit.JobState(state))
	}
	if _, err := s.Notify.CreateNotification(v.ctx(), v.who, n); err != nil {
		return err
	}
	return v.redirect("/notifications")
}

func (s *site) pauseNotification(paused bool) func(*visit) error {
	return func(v *visit) error {
		_, err := s.Notify.UpdateNotification(v.ctx(), v.who, remit.NotificationID(v.path("id")), notify.NotificationPatch{Paused: &paused})
		if err != nil {
			return err
		}
		return v.redirect("/notifications")
	}
}

func (s *site) deleteNotification(v *visit) error {
	if err := s.Notify.DeleteNotification(v.ctx(), v.who, remit.NotificationID(v.path("id"))); err != nil {
		return err
	}
	return v.redirect("/notifications")
}
