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
	Back    string // address of what it is on
}

func (s *site) runPages() {
	s.page("GET /projects/{slug}/run/{type}", s.runForm)
	s.page("POST /projects/{slug}/run/{type}", s.runFilled)
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

func (s *site) runForm(v *visit) error {
	page, err := v.runPage()
	if err != nil {
		return err
	}
	v.show("run", page)
	return nil
}

// runFilled makes the job and leads to it, or shows the form with what is wrong
// and what was typed.
func (s *site) runFilled(v *visit) error {
	page, err := v.runPage()
	if err != nil {
		return err
	}
	job, err := v.runTyped(page)
	if err == nil {
		return v.redirect("/jobs/" + string(job.ID))
	}
	e := v.worded(err)
	if !page.refuse(e, v.r.PostForm) {
		return err
	}
	v.status(client.Status(e.Kind)).show("run", page)
	return nil
}

func (v *visit) runTyped(page runPage) (job remit.Job, err error) {
	spec := remit.JobSpec{Type: page.Type.Key, Name: v.r.PostForm.Get("name"), On: page.On, Start: true}
	if spec.Params, err = readSchema(page.Type.Params).typed(v.r.PostForm); err != nil {
		return job, err
	}
	if spec.Args, err = splitArgs(v.r.PostForm.Get("args")); err != nil {
		return job, err
	}
	if text := v.r.PostForm.Get("priority"); text != "" {
		if spec.Priority, err = strconv.Atoi(text); err != nil {
			return job, remit.Errorf(remit.Invalid, "The priority is no whole number").WithField("priority")
		}
	}
	return v.Jobs.Submit(v.ctx(), v.who, page.Project.Slug, spec)
}

// runPage is the form with what was typed so far.
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
	page.Run.Label, page.Run.Post = "Run", runPath(page.Project.Slug, page.Type.Key)
	page.frame, page.Back = v.frame(page.Type.Title, toProjects, toProject(page.Project)), toProject(page.Project).Path
	if page.Thing.Path != "" {
		page.Back = page.Thing.Path
		page.Crumbs = append(page.Crumbs, crumb{page.Thing.Name, page.Thing.Path})
	}
	page.form = jobForm(page.Type)
	if v.r.Method == http.MethodPost {
		page.keep(v.r.PostForm)
	}
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
