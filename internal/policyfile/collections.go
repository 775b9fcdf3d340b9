package policyfile

import (
	"errors"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// collections are the faults of collections that what is added names. What
// stands already, and stays, may name what the asker does not see.
func (s *Service) collections(r *gate.Reader, c *comparison) (Faults, error) {
	var faults Faults
	for _, w := range c.writes.Access {
		asked := map[remit.CollectionID]bool{"": true}
		for _, id := range named(w) {
			if asked[id] {
				continue
			}
			asked[id] = true
			in := projects.Row{ID: w.Project, Slug: c.slugOf(w.Project)}
			err := s.collection(r, in, id)
			if e, ok := errors.AsType[*remit.Error](err); ok && e.Kind == remit.Invalid {
				faults = append(faults, Fault{c.placeOf(in.Slug, id), e.Message})
				continue
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return faults, nil
}

// named are the collections of the rows that are added.
func named(w projects.AccessRewriting) (ids []remit.CollectionID) {
	for _, m := range w.Members {
		ids = append(ids, m.Collection)
	}
	for _, e := range w.Entries {
		ids = append(ids, e.Collection)
	}
	return ids
}

func (c *comparison) slugOf(id remit.ProjectID) string {
	for _, p := range c.stored.Projects {
		if p.ID == id {
			return p.Slug
		}
	}
	return ""
}

// placeOf is where the document names a collection of a project first.
func (c *comparison) placeOf(slug string, id remit.CollectionID) Place {
	for _, p := range c.doc.Projects {
		if p.Slug.Text != slug {
			continue
		}
		for _, m := range p.Members {
			if m.Collection == id {
				return m.At
			}
		}
		for _, e := range p.Entries {
			if e.Collection == id {
				return e.At
			}
		}
	}
	return Place{}
}
