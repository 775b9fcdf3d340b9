package web

import (
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/jobs"
)

// projectPage is the overview of a project.
type projectPage struct {
	frame
	Project     remit.Project
	Tabs        tabs
	Members     string // "12 members"; "" for who may not see them
	Buttons     []button
	Jobs        part
	Collections []remit.Collection
	Next        string
}

// tabs lead through a project; Now is the one that is open.
type tabs struct {
	Slug, Now string
	Jobs      bool // some may be seen
	Schedules bool // some may be seen
	Members   bool // may be seen
}

const overviewJobs = 8

func (s *site) project(v *visit) error {
	p, err := s.Projects.Project(v.ctx(), v.who, v.path("slug"))
	if err != nil {
		return err
	}
	page := projectPage{frame: v.frame(p.Title, toProjects), Project: p, Tabs: v.tabsOf(p, "overview")}
	if page.Members, err = v.memberCount(p); err != nil {
		return err
	}
	if page.Buttons, err = v.runButtons(p.Slug, "none", "", remit.On{}); err != nil {
		return err
	}
	if page.Jobs, _, err = v.jobTable(jobs.Filter{Project: p.Slug, Limit: overviewJobs}); err != nil {
		return err
	}
	found, err := s.Archive.Collections(v.ctx(), v.who, archive.CollectionFilter{Project: p.Slug, After: v.query("after")})
	if err != nil {
		return err
	}
	page.Collections, page.Next = found.Items, v.next(found.Next)
	v.show("project", page)
	return nil
}

func (v *visit) tabsOf(p remit.Project, now string) tabs {
	return tabs{Slug: p.Slug, Now: now, Jobs: v.maySee("job.list"), Schedules: v.maySee("schedule.list"), Members: slices.Contains(p.Permissions, "member:read")}
}

// memberCount counts people, not memberships.
func (v *visit) memberCount(p remit.Project) (string, error) {
	if !slices.Contains(p.Permissions, "member:read") {
		return "", nil
	}
	page, err := v.Projects.Members(v.ctx(), v.who, p.Slug, remit.MaxLimit, "")
	if err != nil {
		return "", err
	}
	names := map[string]bool{}
	for _, m := range page.Items {
		names[m.User+"/"+m.Team] = true
	}
	if page.Next != "" {
		return "more than " + count(len(names), "member"), nil
	}
	return count(len(names), "member"), nil
}

// projectJobsPage lists the jobs of a project.
type projectJobsPage struct {
	frame
	Project remit.Project
	Tabs    tabs
	States  []remit.JobState
	State   remit.JobState // the one that is filtered by
	Mine    bool
	Jobs    part
	Next    string
	First   string // address of the newest ones; "" when this is it
}

func (s *site) projectJobs(v *visit) error {
	p, err := s.Projects.Project(v.ctx(), v.who, v.path("slug"))
	if err != nil {
		return err
	}
	f := jobs.Filter{Project: p.Slug, State: remit.JobState(v.query("state")), After: remit.JobID(v.query("after"))}
	page := projectJobsPage{frame: v.frame("Jobs", toProjects, toProject(p)), Project: p, Tabs: v.tabsOf(p, "jobs"), States: states, State: f.State}
	if v.query("owner") == "me" {
		f.Owner, page.Mine = "me", true
	}
	if f.After != "" {
		page.First = "/projects/" + p.Slug + "/jobs"
	}
	var next string
	if page.Jobs, next, err = v.jobTable(f); err != nil {
		return err
	}
	page.Next = v.next(next)
	v.show("jobs", page)
	return nil
}

var states = []remit.JobState{remit.JobCreated, remit.JobQueued, remit.JobHeld, remit.JobClaimed, remit.JobRunning,
	remit.JobCancelling, remit.JobSucceeded, remit.JobFailed, remit.JobCancelled}

// membersPage lists who belongs to a project.
type membersPage struct {
	frame
	Project remit.Project
	Tabs    tabs
	Members []remit.Member
	Next    string
}

func (s *site) members(v *visit) error {
	p, err := s.Projects.Project(v.ctx(), v.who, v.path("slug"))
	if err != nil {
		return err
	}
	found, err := s.Projects.Members(v.ctx(), v.who, p.Slug, 0, v.query("after"))
	if err != nil {
		return err
	}
	v.show("members", membersPage{v.frame("Members", toProjects, toProject(p)), p, v.tabsOf(p, "members"), found.Items, v.next(found.Next)})
	return nil
}

// nodesPage lists the workers.
type nodesPage struct {
	frame
	Nodes []remit.Node
	Next  string
}

func (s *site) nodes(v *visit) error {
	found, err := s.Nodes.Nodes(v.ctx(), v.who, 0, v.query("after"))
	if err != nil {
		return err
	}
	v.show("nodes", nodesPage{v.frame("Nodes"), found.Items, v.next(found.Next)})
	return nil
}
