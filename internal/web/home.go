package web

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

// homePage is what somebody sees first: where they work and what runs for them.
type homePage struct {
	frame
	Projects []remit.Project
	More     bool // there are more projects than are shown
	Mine     *part
	Public   bool // for visitors who have not signed in
}

const (
	homeProjects = 12
	homeJobs     = 10
)

func (s *site) home(v *visit) error {
	found, err := s.Projects.Projects(v.ctx(), v.who, homeProjects, "")
	if err != nil {
		return err
	}
	page := homePage{frame: v.frame("Home"), Projects: found.Items, More: found.Next != ""}
	if v.who.Kind == authz.Anonymous {
		if len(found.Items) == 0 {
			return v.redirect("/login")
		}
		page.Public = true
		v.show("home", page)
		return nil
	}
	mine, _, err := v.jobTable(jobs.Filter{Owner: "me", Limit: homeJobs})
	if err != nil {
		return err
	}
	page.Mine = &mine
	v.show("home", page)
	return nil
}

// projectsPage lists all projects that somebody may see.
type projectsPage struct {
	frame
	Projects []remit.Project
	Next     string // address of the following page
}

func (s *site) projects(v *visit) error {
	found, err := s.Projects.Projects(v.ctx(), v.who, 0, v.query("after"))
	if err != nil {
		return err
	}
	v.show("projects", projectsPage{v.frame("Projects"), found.Items, v.next(found.Next)})
	return nil
}

// next is the address of this page's continuation, "" when there is none.
func (v *visit) next(cursor string) string {
	if cursor == "" {
		return ""
	}
	q := v.r.URL.Query()
	q.Set("after", cursor)
	return v.r.URL.EscapedPath() + "?" + q.Encode()
}

var toProjects = crumb{"Projects", "/projects"}

func toProject(p remit.Project) crumb { return crumb{p.Title, "/projects/" + p.Slug} }

func toJobs(p remit.Project) crumb { return crumb{"Jobs", "/projects/" + p.Slug + "/jobs"} }
