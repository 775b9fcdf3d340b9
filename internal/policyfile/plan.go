package policyfile

import (
	"fmt"
	"strings"
	"time"
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
	User        string // a name; "*" = every account, "" = everybody, "?" = accounts that the asker may not know of
	Accounts    int    // how many, for "?"
	Gains       bool   // else loses
	Permission  string // may end in @own or @others
	Project     string // slug; "*" = every project, "" = the site
	Collection  string
	Visibility  string // "private" or "public" when it is only about such things
	From, Until *time.Time
	Text        string // all of it in words
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
