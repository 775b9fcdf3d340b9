package web

import (
	"net/url"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/schedules"
)

// planPath is where the form of a schedule is.
func planPath(slug, key string) string {
	return "/projects/" + slug + "/schedule/" + url.PathEscape(key)
}

// toPlan is the form of a schedule that makes such jobs.
func (v *visit) toPlan() (runPage, error) {
	page, err := v.runPage()
	if err != nil {
		return page, err
	}
	if page.Run.Allowed {
		page.Run.Control, err = v.Schedules.CreateControl(v.ctx(), v.who, page.Project.Slug, remit.JobSpec{Type: page.Type.Key, On: page.On})
		if err = refusedInto(&page.Run.Control, err); err != nil {
			return page, err
		}
	}
	page.Run.Label, page.Run.Post, page.Run.Ask = "Make the schedule", planPath(page.Project.Slug, page.Type.Key), false
	page.Run.ID, page.Run.Action, page.Plan = "plan-"+page.Type.Key, "plan."+page.Type.Key, ""
	page.Title, page.When = "Schedule: "+page.Title, planFields()
	page.More[0].Label, page.More[0].Notes = "Name of its jobs", []string{"Letters, digits, spaces and . _ -; {date} and {time} stand for those of each job."}
	page.keepTyped(v.r)
	return page, nil
}

// planFields say when a schedule fires.
func planFields() []formField {
	return []formField{
		{ID: "title", Name: "title", Label: "Title", Kind: "text", limits: limits{MaxLength: "200"}},
		{ID: "cron", Name: "cron", Label: "When", Kind: "text", Required: true, Notes: []string{
			"Minute, hour, day of the month, month and day of the week: 30 2 * * 1-5 is 02:30 from Monday to Friday.", "Or @hourly, @daily, @weekly, @monthly, @yearly."}},
		{ID: "zone", Name: "zone", Label: "Time zone", Kind: "text", Value: "UTC", Notes: []string{"By its name in the IANA database, such as Europe/Berlin."}},
		formField{ID: "missed", Name: "missed", Label: "What was missed while no server was there", Kind: "select", Choices: []choice{
			{Value: string(remit.MissedSkip), Label: "is let go"}, {Value: string(remit.MissedOnce), Label: "is made up for by one job"}}}.with(string(remit.MissedSkip)),
		formField{ID: "overlap", Name: "overlap", Label: "While a job of it has not ended", Kind: "select", Choices: []choice{
			{Value: string(remit.OverlapAllow), Label: "make another"}, {Value: string(remit.OverlapSkip), Label: "make none"},
			{Value: string(remit.OverlapReplace), Label: "cancel it, and make another"}}}.with(string(remit.OverlapAllow)),
	}
}

// plan makes the schedule, of the asker's.
func (v *visit) plan(page runPage) (string, error) {
	spec, err := v.typedSpec(page)
	if err != nil {
		return "", err
	}
	typed := v.r.PostForm
	_, err = v.Schedules.Create(v.ctx(), v.who, page.Project.Slug, schedules.Plan{Title: typed.Get("title"), Cron: typed.Get("cron"), Zone: typed.Get("zone"), Job: spec,
		Missed: remit.MissedPolicy(typed.Get("missed")), Overlap: remit.OverlapPolicy(typed.Get("overlap"))})
	return schedulesPath(page.Project.Slug), err
}

// planLink is the address of that form, "" for who may make no such schedule.
func (v *visit) planLink(slug, key string, on remit.On) (string, error) {
	c, err := v.Schedules.CreateControl(v.ctx(), v.who, slug, remit.JobSpec{Type: key, On: on})
	if err = refusedInto(&c, err); err != nil || !c.Allowed {
		return "", err
	}
	return planPath(slug, key) + query(on), nil
}

// planLinks lead to the forms of schedules on nothing that the asker may make.
func (v *visit) planLinks(slug string) (links []crumb, err error) {
	types, err := v.types(slug)
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		if !slices.Contains(t.On, "none") || t.Off {
			continue
		}
		path, err := v.planLink(slug, t.Key, remit.On{})
		if err != nil {
			return nil, err
		}
		if path != "" {
			links = append(links, crumb{t.Title, path})
		}
	}
	return links, nil
}
