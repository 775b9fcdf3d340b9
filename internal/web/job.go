package web

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
)

func (s *site) jobPages() {
	s.page("GET /jobs/live", s.liveJobs)
	s.page("GET /jobs/{id}", s.job)
	s.page("GET /jobs/{id}/live", s.liveJob)
	s.page("GET /jobs/{id}/log", s.liveLog)
	s.page("POST /projects/{slug}/jobs", s.submit)
	s.page("POST /jobs/{id}/run", s.act(s.Jobs.Run))
	s.page("POST /jobs/{id}/cancel", s.act(s.Jobs.Cancel))
	s.page("POST /jobs/{id}/retry", s.act(s.Jobs.Retry))
	s.page("POST /jobs/{id}/wrest", s.act(s.Jobs.Wrest))
	s.page("POST /jobs/{id}/requeue", s.requeue)
	s.page("POST /jobs/{id}/delete", s.deleteJob)
}

// jobPage is one job: Live is all that changes while it goes on.
type jobPage struct {
	frame
	Job     remit.Job
	Heading string
	Parent  *crumb // the workflow that it is a step of, for who may see that
	Thing   thing
	Args    string
	Params  string
	Requeue *button
	Live    part
	Log     *logPiece // nil for who may not read it (R31)
}

func (s *site) job(v *visit) error {
	job, err := s.Jobs.Find(v.ctx(), v.who, v.path("id"))
	if err != nil {
		return err
	}
	p, err := s.Projects.Project(v.ctx(), v.who, job.Project)
	if err != nil {
		return err
	}
	types, err := v.types(job.Project)
	if err != nil {
		return err
	}
	kind := typed(types, job.Type)
	page := jobPage{Job: job, Heading: headingOf(job, kind), Args: joinArgs(job.Args), Params: pretty(job.Params)}
	page.frame = v.frame(page.Heading, toProjects, toProject(p), toJobs(p))
	if page.Parent, err = v.parentOf(job, types); err != nil {
		return err
	}
	if page.Parent != nil {
		page.Crumbs = append(page.Crumbs, *page.Parent)
	}
	things, err := v.things([]remit.Job{job})
	if err != nil {
		return err
	}
	page.Thing = things[job.On]
	controls, err := s.Jobs.Controls(v.ctx(), v.who, job.ID)
	if err != nil {
		return err
	}
	page.Requeue = requeueButton(job, controls, kind)
	return v.showJob(page, controls)
}

func (v *visit) showJob(page jobPage, controls []remit.Control) (err error) {
	if page.Live, err = v.jobPart(page.Job, controls); err != nil {
		return err
	}
	if len(page.Job.Steps) == 0 { // a workflow's log is those of its steps
		if page.Log, err = v.logEnd(page.Job); err != nil {
			return err
		}
	}
	v.show("job", page)
	return nil
}

func headingOf(job remit.Job, kind remit.JobType) string {
	if job.Name != "" {
		return job.Name
	}
	title := kind.Title
	if title == "" {
		title = job.Type
	}
	return title + " " + short(job.ID)
}

// pretty is JSON as people read it; "" for none and for an empty object.
func pretty(raw json.RawMessage) string {
	if text := string(bytes.TrimSpace(raw)); text == "" || text == "{}" || text == "null" {
		return ""
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

// jobState is what changes about a job.
type jobState struct {
	Job       remit.Job
	Buttons   []button
	Result    string
	Pictures  []artifact
	Artifacts []artifact
	Attempts  []remit.Attempt
	History   []remit.JobEvent
	Steps     []stepRow
	LogPath   string
}

// artifact is one with its address.
type artifact struct {
	remit.Artifact
	Path string
}

// maxPictures bounds how many pictures a page shows at once.
const maxPictures = 24

// jobPart is the live part of a job's page. It is asked for every second
// until the job has ended.
func (v *visit) jobPart(job remit.Job, controls []remit.Control) (part, error) {
	at := "/jobs/" + string(job.ID)
	state := jobState{Job: job, Buttons: jobButtons(job, controls), Result: pretty(job.Result), LogPath: "/api/v1" + at + "/log"}
	made, err := v.Jobs.Artifacts(v.ctx(), v.who, job.ID, 0)
	if err != nil && !isHidden(err) {
		return part{}, err
	}
	state.Artifacts, state.Pictures = artifactsOf(job.ID, made)
	if state.Attempts, err = v.Jobs.Attempts(v.ctx(), v.who, job.ID); err != nil {
		return part{}, err
	}
	if state.History, err = v.Jobs.History(v.ctx(), v.who, job.ID); err != nil {
		return part{}, err
	}
	if state.Steps, err = v.stepRows(job); err != nil {
		return part{}, err
	}
	every := "1s"
	if job.State.Finished() {
		every = ""
	}
	p, err := v.part("job-state", "live", at+"/live", every, state)
	if err != nil {
		return p, err
	}
	return v.withAside(p, "job-outcome", state)
}

// isHidden says whether the asker may not see something that a page can do without.
func isHidden(err error) bool {
	kind := remit.KindOf(err)
	return kind == remit.NotFound || kind == remit.Denied || kind == remit.Unauthenticated
}

func artifactsOf(id remit.JobID, made []remit.Artifact) (all, pictures []artifact) {
	for _, m := range made {
		a := artifact{m, artifactPath(id, m)}
		all = append(all, a)
		shown := m.RemovedAt == nil && (m.MediaType == "image/png" || m.MediaType == "image/jpeg")
		if shown && len(pictures) < maxPictures {
			pictures = append(pictures, a)
		}
	}
	return all, pictures
}

// artifactPath names the attempt, so that the address always means the same bytes.
func artifactPath(id remit.JobID, a remit.Artifact) string {
	steps := strings.Split(a.Name, "/")
	for i, step := range steps {
		steps[i] = url.PathEscape(step)
	}
	return "/api/v1/jobs/" + string(id) + "/artifacts/" + strings.Join(steps, "/") + "?attempt=" + strconv.Itoa(a.Attempt)
}

// liveJob answers htmx with the live part as it now is.
func (s *site) liveJob(v *visit) error {
	job, err := s.Jobs.Job(v.ctx(), v.who, remit.JobID(v.path("id")))
	if err != nil {
		return err
	}
	controls, err := s.Jobs.Controls(v.ctx(), v.who, job.ID)
	if err != nil {
		return err
	}
	p, err := v.jobPart(job, controls)
	if err != nil {
		return err
	}
	return v.freshen(p)
}
