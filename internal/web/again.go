package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

// againPath is where the form of a new job like this one is.
func againPath(id remit.JobID) string { return "/jobs/" + string(id) + "/again" }

// toRequeue is the form of a new job like one that is there, filled with what
// that one was given, as far as the asker may see it.
func (v *visit) toRequeue() (page runPage, err error) {
	if page.Source, err = v.Jobs.Job(v.ctx(), v.who, remit.JobID(v.path("id"))); err != nil {
		return page, err
	}
	job := page.Source
	if page.Project, err = v.Projects.Project(v.ctx(), v.who, job.Project); err != nil {
		return page, err
	}
	if page.Type, err = v.typeNamed(job.Project, job.Type); err != nil {
		return page, err
	}
	controls, err := v.Jobs.Controls(v.ctx(), v.who, job.ID)
	if err != nil {
		return page, err
	}
	things, err := v.things([]remit.Job{job})
	if err != nil {
		return page, err
	}
	page.On, page.Thing, page.Back = job.On, things[job.On], "/jobs/"+string(job.ID)
	if b := requeueButton(job, controls, page.Type); b != nil {
		page.Run = *b
	}
	page.Run.Post, page.Run.Form, page.Run.Args = againPath(job.ID), "", nil
	heading := headingOf(job, page.Type)
	page.frame = v.frame("Once more: "+heading, toProjects, toProject(page.Project), toJobs(page.Project), crumb{heading, page.Back})
	page.form = jobForm(page.Type)
	page.fill(job)
	page.keepTyped(v.r)
	return page, nil
}

// fill puts what a job was given into the fields. Its secrets are nobody's to see:
// they stay with who gave them, where nothing else is typed.
func (f *form) fill(job remit.Job) {
	given := map[string]json.RawMessage{}
	_ = json.Unmarshal(job.Params, &given) // of none there is nothing to fill in
	for i, p := range f.params {
		if value, ok := given[p.name]; ok {
			f.hold(i, value)
		}
		if delete(given, p.name); slices.Contains(job.SecretParams, p.name) {
			at := &f.Fields[i]
			at.Required = false
			at.Notes = append(at.Notes, "Left empty, it stays what it was, if you gave it.")
		}
	}
	values := map[string]string{"args": joinArgs(job.Args), "name": job.Name, "priority": strconv.Itoa(job.Priority)}
	if len(given) > 0 {
		rest, _ := json.Marshal(given) // it was read from JSON
		values[others] = indented(rest)
		f.askOthers()
	}
	for _, fields := range f.lists() {
		for i := range fields {
			if value, ok := values[fields[i].Name]; ok {
				fields[i] = fields[i].with(value)
			}
		}
	}
}

// hold puts a value into the field of a parameter. Untouched it stays that value,
// even where the field cannot show it (null), unless the type takes none such now.
func (f *form) hold(i int, value json.RawMessage) {
	p := &f.params[i]
	p.held = nil
	if p.isOfType(value) {
		p.held = value
	}
	at := f.Fields[i].set(*p, p.shown(value))
	at.Required = at.Required && (p.held == nil || at.Value != "") // an empty text is something
	f.Fields[i] = at
}

// requeueTyped makes the new job. A name and a priority that were not touched are
// kept as far as they can be.
func (v *visit) requeueTyped(page runPage) (string, error) {
	spec, err := v.typedSpec(page)
	if err != nil {
		return "", err
	}
	change := jobs.Requeue{Params: spec.Params}
	if !isArgsOf(page.Source, v.r.PostForm) {
		change.Args = &spec.Args
	}
	if spec.Name != page.Source.Name {
		change.Name = &spec.Name
	}
	if spec.Priority != page.Source.Priority {
		change.Priority = &spec.Priority
	}
	job, err := v.Jobs.Requeue(v.ctx(), v.who, page.Source.ID, change)
	return "/jobs/" + string(job.ID), err
}

// isArgsOf says whether the arguments in a form are still those of a job.
func isArgsOf(job remit.Job, form url.Values) bool {
	return lines(form.Get("args")) == lines(joinArgs(job.Args))
}
