package policyfile

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// sight is what of the stored policy its asker may see: of projects those
// whose access they could read one by one. A project that is hidden from them
// is not in it at all (R21).
type sight struct {
	projects.Written
	closed map[string]remit.ProjectID // by slug: those they know of, and may not read the access of
	teams  bool                       // they may list teams
}

func see(r *gate.Reader) (sight, error) {
	w, err := projects.ReadWritten(r)
	s := sight{Written: w, closed: map[string]remit.ProjectID{}, teams: maySeeTeams(r)}
	s.Projects = slices.DeleteFunc(w.Projects, func(p projects.WrittenAccess) bool {
		d := r.Can("access.read", inProject(p.ID))
		if !d.Allowed && !d.ProjectHidden {
			s.closed[p.Slug] = p.ID
		}
		return !d.Allowed
	})
	return s, err
}

// seeAround is the sight of somebody who may read one project's access.
func seeAround(r *gate.Reader, project projects.Row) (sight, error) {
	w, err := projects.ReadWrittenAround(r, project)
	return sight{Written: w, teams: maySeeTeams(r)}, err
}

func maySeeTeams(r *gate.Reader) bool { return r.Can("team.list", authz.Resource{}).Allowed }

func inProject(id remit.ProjectID) authz.Resource { return authz.Resource{Project: string(id)} }

// text is all of it as a policy file.
func (s sight) text() string {
	doc := documentOf(s.Written)
	if !s.teams {
		doc.Teams = nil
	}
	text := doc.YAML()
	if len(s.closed) > 0 {
		text = "# Left out, for you may not read their access: " + strings.Join(slices.Sorted(maps.Keys(s.closed)), ", ") + "\n" + text
	}
	return text
}

// admits refuses a document about what its asker may not see, as reading that
// by itself is refused. What is hidden is not found later on.
func (s sight) admits(r *gate.Reader, d *Document) error {
	if d.Teams != nil {
		if err := r.Require("team.list", authz.Resource{}); err != nil {
			return err
		}
	}
	for _, p := range d.Projects {
		if id, closed := s.closed[p.Slug.Text]; closed {
			return about(p.Slug.Text, r.Require("access.read", inProject(id)))
		}
	}
	return nil
}

// about names the project in a refusal, for a file speaks of many.
func about(slug string, err error) error {
	if e, ok := errors.AsType[*remit.Error](err); ok {
		e.Message = "In project " + slug + ": " + e.Message
	}
	return err
}
