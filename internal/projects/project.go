package projects

import (
	"context"
	"regexp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// NewProject is a project to make.
type NewProject struct {
	Slug, Title, Description string // Title "" = the slug
	CollectionVisibility     string // what new collections get: "private" (for "") or "project"
}

// ownerRole is what whoever makes a project gets in it. Blueprint "starter" brings it.
const ownerRole = "owner"

var slugs = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Create makes a project. A person who makes one gets the role "owner" in it;
// remit.Conflict when the slug is taken or there is no such role, remit.Invalid
// for a slug or visibility that cannot be.
func (s *Service) Create(ctx context.Context, who authz.Subject, n NewProject) (remit.Project, error) {
	if err := n.complete(); err != nil {
		return remit.Project{}, err
	}
	made, err := gate.Do(ctx, s.gate, who, gate.Op[remit.Project]{
		Name:  "project.create",
		Apply: func(tx *gate.Tx) (remit.Project, error) { return create(tx, n) },
	})
	if err != nil {
		return remit.Project{}, err
	}
	// The policy that knows the project is the next one: ask it what the asker
	// may do there. It is made all the same when the asker may not see it.
	if seen, err := s.Project(ctx, who, n.Slug); err == nil {
		return seen, nil
	}
	return made, nil
}

func (n *NewProject) complete() error {
	if !slugs.MatchString(n.Slug) {
		return badSlug(n.Slug)
	}
	if n.Title == "" {
		n.Title = n.Slug
	}
	if n.CollectionVisibility == "" {
		n.CollectionVisibility = remit.VisibilityPrivate
	}
	if err := checkText("title", n.Title, "description", n.Description); err != nil {
		return err
	}
	return checkVisibility(n.CollectionVisibility)
}

func badSlug(slug string) error {
	return invalid("slug", "%q cannot be a project's slug", slug).
		WithHint("Use up to 63 lower-case letters, digits and dashes, beginning with a letter or digit.")
}

func takenSlug(slug string) error {
	return remit.Errorf(remit.Conflict, "There is already a project %s", slug).WithField("slug").WithHint("Choose another slug.")
}

// checkVisibility keeps new collections from being public: publishing is a
// right of its own, used on each.
func checkVisibility(v string) error {
	if v == remit.VisibilityPrivate || v == remit.VisibilityProject {
		return nil
	}
	return invalid("collection_visibility", "new collections are %q or %q, not %q", remit.VisibilityPrivate, remit.VisibilityProject, v)
}

func create(tx *gate.Tx, n NewProject) (remit.Project, error) {
	p := remit.Project{ID: remit.NewID[remit.ProjectID](tx.Now()), Slug: n.Slug, Title: n.Title, Description: n.Description,
		Visibility: remit.VisibilityPrivate, CollectionVisibility: n.CollectionVisibility, CreatedAt: stored(tx.Now()), Permissions: []string{}}
	tx.About(string(p.ID))
	tx.Note("made project %s", p.Slug)
	_, err := tx.Exec(insertProject, string(p.ID), p.Slug, p.Title, p.Description, p.CollectionVisibility, db.Micros(p.CreatedAt))
	if db.IsUnique(err) {
		return p, takenSlug(n.Slug)
	}
	tx.Changed(gate.Projects, gate.InProject(p.ID))
	if err != nil || tx.Who().Kind != authz.Person {
		return p, err
	}
	return p, makeOwner(tx, p)
}

// makeOwner gives the asker the project: the one gift that needs no right to give (R24).
func makeOwner(tx *gate.Tx, p remit.Project) error {
	roles, err := rolesByName(tx)
	if err != nil {
		return err
	}
	if role, ok := roles[ownerRole]; !ok || role.Site {
		return remit.Errorf(remit.Conflict, "There is no role %q to give to whoever makes a project", ownerRole).
			WithHint("Apply the blueprint starter with `remit init`, or make the role.")
	}
	return insert(tx, memberRow{Member: remit.Member{ID: remit.NewID[remit.MemberID](tx.Now()), Roles: []string{ownerRole}, CreatedAt: stored(tx.Now())},
		user: remit.UserID(tx.Who().ID)}, p.ID)
}

// ProjectPatch changes what is not nil.
type ProjectPatch struct {
	// Slug is a new name. Addresses with the old one lead nowhere then: it is
	// free for another project, and forwarding would tell strangers what a
	// hidden project was called. Everything stored knows projects by id.
	Slug                 *string
	Title, Description   *string
	CollectionVisibility *string // for collections made from now on
}

// Update changes a project.
func (s *Service) Update(ctx context.Context, who authz.Subject, slug string, change ProjectPatch) (remit.Project, error) {
	if err := change.check(); err != nil {
		return remit.Project{}, err
	}
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Project]{
		Name:  "project.update",
		On:    inProject(slug),
		Apply: func(tx *gate.Tx) (remit.Project, error) { return update(tx, slug, change) },
	})
}

func (change ProjectPatch) check() error {
	if change.Slug != nil && !slugs.MatchString(*change.Slug) {
		return badSlug(*change.Slug)
	}
	var text NewProject
	replace(&text.Title, change.Title)
	replace(&text.Description, change.Description)
	if err := checkText("title", text.Title, "description", text.Description); err != nil {
		return err
	}
	if v := change.CollectionVisibility; v != nil {
		return checkVisibility(*v)
	}
	return nil
}

func update(tx *gate.Tx, slug string, change ProjectPatch) (remit.Project, error) {
	row, err := Locate(tx, slug)
	if err != nil {
		return remit.Project{}, err
	}
	p, err := db.One(tx, scanProject, selectProject, string(row.ID))
	if err != nil {
		return p, err
	}
	was := p
	replace(&p.Slug, change.Slug)
	replace(&p.Title, change.Title)
	replace(&p.Description, change.Description)
	replace(&p.CollectionVisibility, change.CollectionVisibility)
	tx.About(string(p.ID))
	tx.Note("project %s: %s", slug, changedText(was, p))
	tx.Changed(gate.Projects)
	_, err = tx.Exec(updateProject, p.Slug, p.Title, p.Description, p.CollectionVisibility, string(p.ID))
	if db.IsUnique(err) {
		return p, takenSlug(p.Slug)
	}
	if err != nil {
		return p, err
	}
	return shown(&tx.Reader, p)
}

func replace(dst, with *string) {
	if with != nil {
		*dst = *with
	}
}
