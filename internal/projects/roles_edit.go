package projects

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// ofRole is a role as the engine asks about it. An unknown one is asked about
// all the same.
func ofRole(name string) authz.Resource {
	if !roleNames.MatchString(name) {
		return authz.Resource{}
	}
	return authz.Resource{Thing: name}
}

func onRole(name string) func(*gate.Tx) (authz.Resource, error) {
	return func(*gate.Tx) (authz.Resource, error) { return ofRole(name), nil }
}

// knownRole is a template by its name, or remit.NotFound.
func knownRole(r db.Reader, name string) (remit.Role, error) {
	all, err := rolesByName(r)
	if role, known := all[name]; known || err != nil {
		return role, err
	}
	return remit.Role{}, gate.NotFound("roles")
}

// Role shows a template, and of the projects that change it those whose access
// the asker may see: these do not follow it all the way.
func (s *Service) Role(ctx context.Context, who authz.Subject, name string) (remit.RoleUse, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.RoleUse]{
		Name: "role.read",
		On:   func(*gate.Reader) (authz.Resource, error) { return ofRole(name), nil },
		Read: func(r *gate.Reader) (remit.RoleUse, error) { return roleUse(r, name) },
	})
}

func roleUse(r *gate.Reader, name string) (use remit.RoleUse, err error) {
	if use.Role, err = knownRole(r, name); err != nil {
		return use, err
	}
	use.Permissions = listed(r.Actions(ofRole(name), "role.update", "role.delete"))
	use.Overridden, err = overriding(r, name)
	return use, err
}

// overriding are the projects that change a role, by slug.
func overriding(r *gate.Reader, role string) ([]remit.RoleOverrides, error) {
	rows, err := db.Rows(r, scanOverrideIn, selectOverriding, role)
	if err != nil {
		return nil, err
	}
	in := map[remit.ProjectID][]remit.Override{}
	for _, o := range rows {
		if _, seen := in[o.project]; seen || r.Can("access.read", authz.Resource{Project: string(o.project)}).Allowed {
			in[o.project] = append(in[o.project], o.Override)
		}
	}
	return bySlug(r, in)
}

func bySlug(r *gate.Reader, in map[remit.ProjectID][]remit.Override) ([]remit.RoleOverrides, error) {
	ids := make([]remit.ProjectID, 0, len(in))
	for id := range in {
		ids = append(ids, id)
	}
	slugs, err := Slugs(r, ids...)
	found := []remit.RoleOverrides{}
	for id, overrides := range in {
		slices.SortFunc(overrides, func(a, b remit.Override) int { return strings.Compare(a.Permission, b.Permission) })
		if slugs[id] != "" {
			found = append(found, remit.RoleOverrides{Project: slugs[id], Overrides: overrides})
		}
	}
	slices.SortFunc(found, func(a, b remit.RoleOverrides) int { return strings.Compare(a.Project, b.Project) })
	return found, err
}

// CreateRole is PutRole for a name that is not there yet: remit.Conflict.
func (s *Service) CreateRole(ctx context.Context, who authz.Subject, role remit.Role) (remit.Role, error) {
	if err := checkRole(role); err != nil {
		return role, err
	}
	role.Allow = append([]string{}, role.Allow...)
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Role]{
		Name: "role.update",
		On:   onRole(role.Name),
		Apply: func(tx *gate.Tx) (remit.Role, error) {
			if _, err := knownRole(tx, role.Name); remit.KindOf(err) != remit.NotFound {
				return role, roleTaken(role.Name, err)
			}
			return role, putRole(tx, role)
		},
	})
}

func roleTaken(name string, err error) error {
	if err != nil {
		return err
	}
	return remit.Errorf(remit.Conflict, "There is already a role %s", name).WithField("name").WithHint("Change it, or choose another name.")
}

// RolePatch changes of a template what is not nil.
type RolePatch struct {
	Title, Description *string
	Allow              []string // replaces all of it
}

// UpdateRole changes a template, in every project that does not override it.
func (s *Service) UpdateRole(ctx context.Context, who authz.Subject, name string, change RolePatch) (remit.Role, error) {
	return gate.Do(ctx, s.gate, who, gate.Op[remit.Role]{
		Name: "role.update",
		On:   onRole(name),
		Apply: func(tx *gate.Tx) (remit.Role, error) {
			role, err := knownRole(tx, name)
			if err != nil {
				return role, err
			}
			replace(&role.Title, change.Title)
			replace(&role.Description, change.Description)
			if change.Allow != nil {
				role.Allow = change.Allow
			}
			if err := checkRole(role); err != nil {
				return role, err
			}
			return role, putRole(tx, role)
		},
	})
}

// DeleteRole takes a template away, with what projects and the site change
// about it. One that somebody holds, or whose registrars are named somewhere,
// is a remit.Conflict that says how many.
func (s *Service) DeleteRole(ctx context.Context, who authz.Subject, name string) error {
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "role.delete",
		On:    onRole(name),
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, removeRole(tx, name) },
	})
	return err
}

func removeRole(tx *gate.Tx, name string) error {
	role, err := knownRole(tx, name)
	if err != nil {
		return err
	}
	if builtIn(name) {
		return remit.Errorf(remit.Conflict, "%s is part of the program", name).WithHint("Let it allow nothing.")
	}
	if err := errorsOf(refuseHeld(tx, role), refuseNamed(tx, role)); err != nil {
		return err
	}
	tx.Note("deleted role %s, which allowed %s", name, strings.Join(role.Allow, ", "))
	return keepManagedPart(tx, gate.Everything, func() error {
		for _, query := range []string{deleteRoleOverrides, deleteSiteOverridesOf, deleteRole} {
			if _, err := tx.Exec(query, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// errorsOf is the first of some errors.
func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func refuseHeld(tx *gate.Tx, role remit.Role) error {
	query := selectProjectHolds
	if role.Site {
		query = selectSiteHolds
	}
	n, err := db.One(tx, db.Value[int], query, role.Name)
	if err == nil && n > 0 {
		err = remit.Errorf(remit.Conflict, "The role %s is still given, by %s", role.Name, counted(n, "membership")).WithCode("role_held").
			WithHint("Take the role from everybody first; ended memberships count too.")
	}
	return err
}

// refuseNamed keeps a role whose registrars are named: a role that is made
// again under the name would be theirs to give.
func refuseNamed(tx *gate.Tx, role remit.Role) error {
	if role.Site {
		return nil
	}
	assign := remit.AssignPermission(role.Name).Name
	n, err := db.One(tx, db.Value[int], selectNaming, assign)
	if err != nil {
		return err
	}
	all, err := roles(tx)
	for _, other := range all {
		if slices.Contains(other.Allow, assign) {
			n++
		}
	}
	if err == nil && n > 0 {
		err = remit.Errorf(remit.Conflict, "%s is still named, in %s", assign, counted(n, "place")).WithCode("role_named").
			WithHint("Take %s out of them first.", assign)
	}
	return err
}
