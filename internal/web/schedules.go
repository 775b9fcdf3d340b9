package web

import (
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/schedules"
)

// schedulesPage lists the schedules of a project.
type schedulesPage struct {
	frame
	Project   remit.Project
	Tabs      tabs
	Schedules []scheduleCard
	Next      string
	Create    bool    // the asker may make some
	New       []crumb // forms of schedules on nothing
}

// scheduleCard is one schedule with what came of it and what can be done about it.
type scheduleCard struct {
	remit.Schedule
	Heading string
	Thing   thing
	Args    string
	Params  string
	Next    []moment
	Last    []remit.Firing // the latest ones, newest first
	Buttons []button
}

// moment is a time with what clocks show in the schedule's zone; There is ""
// where that is UTC.
type moment struct {
	At    time.Time
	There string
}

const (
	shownSchedules = 20
	shownFirings   = 5
)

func (s *site) schedulePages() {
	s.page("GET /projects/{slug}/schedules", s.schedules)
	s.page("POST /schedules/{id}/pause", s.pauseSchedule(true))
	s.page("POST /schedules/{id}/resume", s.pauseSchedule(false))
	s.page("POST /schedules/{id}/run", s.runSchedule)
	s.page("POST /schedules/{id}/delete", s.deleteSchedule)
}

func (s *site) schedules(v *visit) error {
	p, err := s.Projects.Project(v.ctx(), v.who, v.path("slug"))
	if err != nil {
		return err
	}
	found, err := s.Schedules.Schedules(v.ctx(), v.who, p.Slug, shownSchedules, v.query("after"))
	if err != nil {
		return err
	}
	page := schedulesPage{frame: v.frame("Schedules", toProjects, toProject(p)), Project: p, Tabs: v.tabsOf(p, "schedules"), Next: v.next(found.Next)}
	if page.Schedules, err = v.scheduleCards(p.Slug, found.Items); err != nil {
		return err
	}
	if page.Create = slices.Contains(found.Permissions, "create"); page.Create {
		if page.New, err = v.planLinks(p.Slug); err != nil {
			return err
		}
	}
	v.show("schedules", page)
	return nil
}

func (v *visit) scheduleCards(slug string, all []remit.Schedule) ([]scheduleCard, error) {
	types, err := v.types(slug)
	if err != nil {
		return nil, err
	}
	like := make([]remit.Job, len(all))
	for i, one := range all {
		like[i] = remit.Job{Project: slug, On: one.Job.On}
	}
	things, err := v.things(like)
	if err != nil {
		return nil, err
	}
	cards := make([]scheduleCard, len(all))
	for i, one := range all {
		cards[i] = scheduleCard{Schedule: one, Heading: titleOf(one, types), Thing: things[one.Job.On], Args: joinArgs(one.Job.Args), Params: pretty(one.Job.Params), Next: moments(one)}
		if err := v.addTo(&cards[i]); err != nil {
			return nil, err
		}
	}
	return cards, nil
}

// addTo looks up what came of a schedule, and the buttons.
func (v *visit) addTo(card *scheduleCard) error {
	fired, err := v.Schedules.Firings(v.ctx(), v.who, card.ID, shownFirings, "")
	if err != nil && !isHidden(err) { // it was deleted meanwhile
		return err
	}
	card.Last = fired.Items
	controls, err := v.Schedules.Controls(v.ctx(), v.who, card.ID)
	if err != nil && !isHidden(err) {
		return err
	}
	card.Buttons = scheduleButtons(card.Schedule, controls)
	return nil
}

func titleOf(s remit.Schedule, types []remit.JobType) string {
	if s.Title != "" {
		return s.Title
	}
	if t := typed(types, s.Job.Type); t.Title != "" {
		return t.Title
	}
	return s.Job.Type
}

func moments(s remit.Schedule) (all []moment) {
	zone, err := time.LoadLocation(s.Zone)
	for _, at := range s.Next {
		m := moment{At: at}
		if err == nil && s.Zone != "UTC" {
			m.There = at.In(zone).Format("Mon 15:04")
		}
		all = append(all, m)
	}
	return all
}

// scheduleButtons are those that its controls give.
func scheduleButtons(s remit.Schedule, controls []remit.Control) (all []button) {
	looks := map[string]struct{ does, label, style, sure string }{
		"pause": {"pause", "Pause", "", ""}, "update": {"resume", "Resume", "", ""}, "run": {"run", "Run now", "", ""},
		"delete": {"delete", "Delete", "danger", "Delete this schedule and its history; its jobs stay"},
	}
	for _, c := range controls {
		look := looks[c.Verb]
		all = append(all, button{Control: c, ID: look.does + "-" + string(s.ID), Action: look.does, Label: look.label, Style: look.style, Sure: look.sure,
			Post: "/schedules/" + string(s.ID) + "/" + look.does})
	}
	return all
}

func (s *site) pauseSchedule(paused bool) func(*visit) error {
	return func(v *visit) error {
		changed, err := s.Schedules.Update(v.ctx(), v.who, remit.ScheduleID(v.path("id")), schedules.Patch{Paused: &paused})
		if err != nil {
			return err
		}
		return v.redirect(schedulesPath(changed.Project))
	}
}

// runSchedule makes its job now, as the asker's, and leads to it.
func (s *site) runSchedule(v *visit) error {
	job, err := s.Schedules.Run(v.ctx(), v.who, remit.ScheduleID(v.path("id")))
	if err != nil {
		return err
	}
	return v.redirect("/jobs/" + string(job.ID))
}

func (s *site) deleteSchedule(v *visit) error {
	one, err := s.Schedules.Schedule(v.ctx(), v.who, remit.ScheduleID(v.path("id")))
	if err == nil {
		err = s.Schedules.Delete(v.ctx(), v.who, one.ID)
	}
	if err != nil {
		return err
	}
	return v.redirect(schedulesPath(one.Project))
}

func schedulesPath(slug string) string { return "/projects/" + slug + "/schedules" }
