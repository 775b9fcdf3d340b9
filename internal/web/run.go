package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/gate"
)

// runPage is the form of a job that is to be made: the parameters of its type,
// and what every job has.
type runPage struct {
	frame
	form
	Project remit.Project
	Type    remit.JobType
	On      remit.On
	Thing   thing
	Run     button
	Back    string    // address of what it is on
	Source  remit.Job // that the new one is like, of the form that requeues
	Plan    string    // address of the form of a schedule of such jobs; "" for who may make none
}

func (s *site) runPages() {
	s.page("GET /projects/{slug}/run/{type}", showForm((*visit).toRun))
	s.page("POST /projects/{slug}/run/{type}", takeForm((*visit).toRun, (*visit).run))
	s.page("GET /jobs/{id}/again", showForm((*visit).toRequeue))
	s.page("POST /jobs/{id}/again", takeForm((*visit).toRequeue, (*visit).requeueTyped))
	s.page("GET /projects/{slug}/schedule/{type}", showForm((*visit).toPlan))
	s.page("POST /projects/{slug}/schedule/{type}", takeForm((*visit).toPlan, (*visit).plan))
}

// runPath is where the form of a type is.
func runPath(slug, key string) string { return "/projects/" + slug + "/run/" + url.PathEscape(key) }

// query is what a job is on as that of an address.
func query(on remit.On) string {
	q := url.Values{}
	for _, f := range hiddenOn(on) {
		q.Set(f.Name, f.Value)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func showForm(form func(*visit) (runPage, error)) func(*visit) error {
	return func(v *visit) error {
		page, err := form(v)
		if err != nil {
			return err
		}
		v.show("run", page)
		return nil
	}
}

// takeForm does what was asked for and leads to it, or shows the form with what
// is wrong and what was typed.
func takeForm(form func(*visit) (runPage, error), do func(*visit, runPage) (path string, err error)) func(*visit) error {
	return func(v *visit) error {
		page, err := form(v)
		if err != nil {
			return err
		}
		path, err := do(v, page)
		if err == nil {
			return v.redirect(path)
		}
		e := v.worded(err)
		if !page.refuse(e, v.r.PostForm) {
			return e
		}
		v.status(client.Status(e.Kind)).show("run", page)
		return nil
	}
}

// run makes the job and starts it.
func (v *visit) run(page runPage) (string, error) {
	spec, err := v.typedSpec(page)
	if err != nil {
		return "", err
	}
	spec.Start = true
	job, err := v.Jobs.Submit(v.ctx(), v.who, page.Project.Slug, spec)
	return "/jobs/" + string(job.ID), err
}

// typedSpec is the job that the form asks for.
func (v *visit) typedSpec(page runPage) (spec remit.JobSpec, err error) {
	typed := v.r.PostForm
	spec = remit.JobSpec{Type: page.Type.Key, Name: typed.Get("name"), On: page.On}
	if spec.Params, err = page.typed(typed); err != nil {
		return spec, err
	}
	if spec.Args, err = splitArgs(lines(typed.Get("args"))); err != nil {
		return spec, err
	}
	if text := typed.Get("priority"); text != "" {
		if spec.Priority, err = strconv.Atoi(text); err != nil {
			return spec, remit.Errorf(remit.Invalid, "The priority is no whole number").WithField("priority")
		}
	}
	return spec, nil
}

// toRun is the form of a job that runs now.
func (v *visit) toRun() (runPage, error) {
	page, err := v.runPage()
	if err != nil {
		return page, err
	}
	page.Run.Label, page.Run.Post = "Run", runPath(page.Project.Slug, page.Type.Key)
	page.keepTyped(v.r)
	return page, nil
}

// keepTyped fills what was typed into the form.
func (page *runPage) keepTyped(r *http.Request) {
	if r.Method == http.MethodPost {
		page.keep(r.PostForm)
	}
}

// runPage is the form before anything is typed.
func (v *visit) runPage() (page runPage, err error) {
	if page.Project, err = v.Projects.Project(v.ctx(), v.who, v.path("slug")); err != nil {
		return page, err
	}
	if page.Type, err = v.typeNamed(page.Project.Slug, v.path("type")); err != nil {
		return page, err
	}
	page.On = remit.On{File: remit.FileID(v.r.FormValue("file")), Collection: remit.CollectionID(v.r.FormValue("collection"))}
	if page.Thing, err = v.thingNamed(page.Project.Slug, page.On); err != nil {
		return page, err
	}
	if page.Run, err = v.runButton(page.Project.Slug, page.Type, page.On); err != nil {
		return page, err
	}
	page.Plan = page.Run.Plan
	page.frame, page.Back = v.frame(page.Type.Title, toProjects, toProject(page.Project)), toProject(page.Project).Path
	if page.Thing.Path != "" {
		page.Back = page.Thing.Path
		page.Crumbs = append(page.Crumbs, crumb{page.Thing.Name, page.Thing.Path})
	}
	page.form = jobForm(page.Type)
	return page, nil
}

// typeNamed is a job type that the asker may see.
func (v *visit) typeNamed(slug, key string) (remit.JobType, error) {
	types, err := v.types(slug)
	if err != nil {
		return remit.JobType{}, err
	}
	if t := typed(types, key); t.Key != "" {
		return t, nil
	}
	return remit.JobType{}, gate.NotFound("job types")
}

// thingNamed is the one thing that a job is to be on, which the asker can see.
func (v *visit) thingNamed(slug string, on remit.On) (thing, error) {
	if on.IsZero() {
		return thing{}, nil
	}
	if err := v.isIn(slug, on); err != nil {
		return thing{}, err
	}
	found, err := v.things([]remit.Job{{Project: slug, On: on}})
	return found[on], err
}

// isIn refuses what is not in the project, or is not there at all.
func (v *visit) isIn(slug string, on remit.On) error {
	if on.File != "" {
		f, err := v.Archive.File(v.ctx(), v.who, on.File)
		if err == nil && (f.Project != slug || on.Collection != "") {
			err = gate.NotFound("files")
		}
		return err
	}
	c, err := v.Archive.Collection(v.ctx(), v.who, on.Collection)
	if err == nil && c.Project != slug {
		err = gate.NotFound("collections")
	}
	return err
}
