package projects

import (
	"slices"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// absent are the deleted projects that can be brought back, with all that
// stands in them. They are no part of the policy, but of what R24 compares:
// whoever changes a team gives what the team will hold there again.
func absent(r *gate.Reader, words *authz.Policy) ([]authz.Project, error) {
	now := db.Micros(r.Now())
	rows, err := db.Rows(r, scanPolicyProject, policyAbsent, now)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	projects, at := make([]authz.Project, len(rows)), make(map[string]*authz.Project, len(rows))
	for i, row := range rows {
		projects[i] = row.Project
		at[row.ID] = &projects[i]
	}
	l := &loading{reader: r, words: words, texts: texts{}}
	return projects, l.fill(at, inAbsentProjects, now)
}

// withAbsent is a Source with these projects as they were.
func withAbsent(s authz.Source, absent []authz.Project) authz.Source {
	if len(absent) == 0 {
		return s
	}
	s.Projects = slices.Clone(s.Projects)
	for _, p := range absent {
		if i, known := find(s.Projects, p.ID); known {
			s.Projects[i] = p
		}
	}
	return s
}
