package projects

import (
	"context"
	"maps"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Projects lists those that who may see, oldest first, up to limit (see
// remit.Limit) after the cursor.
func (s *Service) Projects(ctx context.Context, who authz.Subject, limit int, after string) (remit.Page[remit.Project], error) {
	limit, err := remit.Limit(limit)
	if err == nil {
		err = checkCursor[remit.ProjectID](after)
	}
	if err != nil {
		return remit.Page[remit.Project]{}, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Project]]{
		Name: "project.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Project], error) { return list(r, limit, after) },
	})
}

func list(r *gate.Reader, limit int, after string) (page remit.Page[remit.Project], err error) {
	query, args := selectProjects(r.Scope("project.list"))
	items, err := db.Rows(r, scanProject, query, append([]any{after, limit + 1}, args...)...)
	if err != nil {
		return page, err
	}
	page.Items, page.Next = paged(items, limit, func(p remit.Project) string { return string(p.ID) })
	page.Permissions = listed(r.Actions(authz.Resource{}, "project.create"))
	return page, dress(r, page.Items)
}

// Project shows one; remit.NotFound when it is absent or hidden.
func (s *Service) Project(ctx context.Context, who authz.Subject, slug string) (remit.Project, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.Project]{
		Name: "project.read",
		On:   onProject(slug),
		Read: func(r *gate.Reader) (remit.Project, error) {
			row, err := Locate(r, slug)
			if err != nil {
				return remit.Project{}, err
			}
			p, err := db.One(r, scanProject, selectProject, string(row.ID))
			if err != nil {
				return p, err
			}
			return shown(r, p)
		},
	})
}

// shown is dress for one.
func shown(r *gate.Reader, p remit.Project) (remit.Project, error) {
	one := []remit.Project{p}
	err := dress(r, one)
	return one[0], err
}

// dress fills in what depends on who asks. project:view alone shows id, slug
// and title, no more (R10).
func dress(r *gate.Reader, projects []remit.Project) error {
	roles, err := myRoles(r)
	if err != nil {
		return err
	}
	for i := range projects {
		p := &projects[i]
		p.Roles, p.Permissions = roles[p.ID], listed(r.Permissions(p.ID))
		if !insider(p.Permissions) {
			p.Description, p.CollectionVisibility, p.ArchivedAt, p.Site = "", "", nil, false
		} else if at, known := find(r.Source().Projects, string(p.ID)); known {
			p.Public = sortedSet(r.Source().Projects[at].Public)
		}
	}
	return nil
}

func insider(permissions []string) bool {
	for _, held := range permissions {
		if held != authz.ProjectView {
			return true
		}
	}
	return false
}

// IDs are the ids of the projects with these slugs, in their order; nil for
// none. One that who may not see is as if it were absent: remit.NotFound.
func (s *Service) IDs(ctx context.Context, who authz.Subject, slugs []string) ([]remit.ProjectID, error) {
	if len(slugs) == 0 {
		return nil, nil
	}
	return gate.View(ctx, s.gate, who, gate.Query[[]remit.ProjectID]{
		Name: "project.list",
		Read: func(r *gate.Reader) (ids []remit.ProjectID, err error) {
			for _, slug := range slugs {
				row, err := visible(r, slug)
				if err != nil {
					return nil, err
				}
				ids = append(ids, row.ID)
			}
			return ids, nil
		},
	})
}

// Named is IDs backwards: the slugs of those of the projects that who may see.
func (s *Service) Named(ctx context.Context, who authz.Subject, ids []string) ([]string, error) {
	return gate.View(ctx, s.gate, who, gate.Query[[]string]{
		Name: "project.list",
		Read: func(r *gate.Reader) ([]string, error) {
			slugs := []string{}
			for _, id := range ids {
				row, err := LocateID(r, remit.ProjectID(id))
				if err == nil {
					err = r.Require("project.read", row.Resource())
				}
				if err == nil {
					slugs = append(slugs, row.Slug)
				} else if remit.KindOf(err) != remit.NotFound {
					return nil, err
				}
			}
			return slugs, nil
		},
	})
}

// visible is Locate for what the asker may see.
func visible(r *gate.Reader, slug string) (Row, error) {
	row, err := Locate(r, slug)
	if err != nil {
		return row, err
	}
	return row, r.Require("project.read", row.Resource())
}

// MyProject is one project of Rights.
type MyProject struct {
	Slug        string
	Roles       []string // those that are live, for the whole project
	Permissions []string // full names
}

// Rights tells who what that one may do on the site, and in each project that
// it may see, in the order of their making.
func (s *Service) Rights(ctx context.Context, who authz.Subject) (site []string, projects []MyProject, err error) {
	projects, err = gate.View(ctx, s.gate, who, gate.Query[[]MyProject]{
		Name: "me.read",
		Read: func(r *gate.Reader) ([]MyProject, error) {
			site = listed(r.Permissions(""))
			return mine(r)
		},
	})
	return site, projects, err
}

func mine(r *gate.Reader) ([]MyProject, error) {
	query, args := selectVisible(r.Scope("project.list"))
	seen, err := db.Rows(r, scanProject, query, args...)
	if err != nil {
		return nil, err
	}
	roles, err := myRoles(r)
	if err != nil {
		return nil, err
	}
	found := make([]MyProject, len(seen))
	for i, p := range seen {
		found[i] = MyProject{Slug: p.Slug, Roles: listed(roles[p.ID]), Permissions: listed(r.Permissions(p.ID))}
	}
	return found, nil
}

// myRoles are the asker's live roles for whole projects, sorted.
func myRoles(r *gate.Reader) (map[remit.ProjectID][]string, error) {
	if r.Self() == "" || r.Who().Preview != nil && r.Who().Preview.Role != "" {
		return nil, nil
	}
	rows, err := db.Rows(r, scanPair, selectMyMembers, r.Self(), db.Micros(r.Now()))
	roles := map[remit.ProjectID][]string{}
	for _, row := range rows {
		id := remit.ProjectID(row.key)
		roles[id] = append(roles[id], row.value)
	}
	for id := range maps.Keys(roles) {
		roles[id] = sortedSet(roles[id])
	}
	return roles, err
}
