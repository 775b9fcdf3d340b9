package policyfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit/authz"
)

// Plan is what applying would do: the rows that it writes, and by effect who
// gains and who loses what from it, when.
type Plan struct {
	Version string   // of what is stored; Apply refuses when it is another by then
	Changes []Change // what is written
	Effects []Effect // by user, project and permission, where the asker may read the access
	Partial bool     // there are projects that the asker knows of, and may not read the access of
}

// Empty says that nothing changes.
func (p Plan) Empty() bool { return len(p.Changes) == 0 }

// Effect is one thing that somebody gains or loses.
type Effect struct {
	User        string // a name; "*" = every account, "" = everybody
	Gains       bool   // else loses
	Permission  string // may end in @own or @others
	Project     string // slug; "*" = every project, "" = the site
	Collection  string
	Visibility  string // "private" or "public" when it is only about such things
	From, Until *time.Time
	Text        string // all of it in words
}

// everywhere stands for every project in a difference.
const everywhere = "*"

// teller puts names in the place of ids. Of projects that it has no name for it
// tells nothing.
type teller struct{ users, projects map[string]string }

func tellerOf(s authz.Source, w World) teller {
	t := teller{users: make(map[string]string, len(s.Users)), projects: make(map[string]string, len(w.Projects))}
	for _, u := range s.Users {
		t.users[u.ID] = u.Name
	}
	for slug, id := range w.Projects {
		t.projects[id] = slug
	}
	return t
}

func (t teller) effects(differences []authz.Difference, now time.Time) []Effect {
	all := []Effect{}
	for _, d := range differences {
		if t.knows(d.Project) {
			all = append(all, t.effect(d, now.UnixMicro()))
		}
	}
	slices.SortStableFunc(all, func(a, b Effect) int {
		return cmp.Or(strings.Compare(a.User, b.User), strings.Compare(a.Project, b.Project))
	})
	return all
}

// knows says whether there is something to tell of a place.
func (t teller) knows(project string) bool {
	return project == "" || project == everywhere || t.projects[project] != ""
}

func (t teller) effect(d authz.Difference, now int64) Effect {
	if name, known := t.users[d.User]; known {
		d.User = name
	}
	if slug, known := t.projects[d.Project]; known {
		d.Project = slug
	}
	e := Effect{User: d.User, Gains: d.Gained, Permission: d.Permission, Project: d.Project, Collection: d.Collection}
	switch d.Visibility {
	case authz.Private:
		e.Visibility = "private"
	case authz.Public:
		e.Visibility = "public"
	}
	if d.From <= now {
		d.From = 0 // from now on goes without saying
	}
	e.From, e.Until = instant(d.From), instant(d.Until)
	e.Text = d.String()
	return e
}

// instant is a time in microseconds; 0 is none.
func instant(at int64) *time.Time {
	if at == 0 {
		return nil
	}
	t := time.UnixMicro(at).UTC()
	return &t
}

// Text is the plan for people.
func (p Plan) Text() string {
	if p.Empty() {
		return "Nothing changes.\n"
	}
	var b strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintln(&b, c)
	}
	if len(p.Effects) == 0 {
		b.WriteString("\nNobody gains or loses anything.\n")
	} else {
		b.WriteString("\nWho gains and loses what:\n")
	}
	for _, e := range p.Effects {
		fmt.Fprintln(&b, "  "+e.Text)
	}
	if p.Partial {
		b.WriteString("\nProjects whose access you may not read are left out.\n")
	}
	return b.String()
}
