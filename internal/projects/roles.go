package projects

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// The built-in site roles, which nobody is made a member of.
const (
	anonymousRole = "anonymous" // what everybody may do, signed in or not; part of the public floor (R7)
	signedInRole  = "signed_in" // what every account may do
)

var roleNames = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

// Roles lists the templates by name.
func (s *Service) Roles(ctx context.Context, who authz.Subject) ([]remit.Role, error) {
	return gate.View(ctx, s.gate, who, gate.Query[[]remit.Role]{
		Name: "role.list",
		Read: func(r *gate.Reader) ([]remit.Role, error) { return roles(r) },
	})
}

func roles(r db.Reader) ([]remit.Role, error) {
	all, err := db.Rows(r, scanRole, selectRoles)
	slices.SortFunc(all, func(a, b remit.Role) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

func rolesByName(r db.Reader) (map[string]remit.Role, error) {
	all, err := roles(r)
	byName := make(map[string]remit.Role, len(all))
	for _, role := range all {
		byName[role.Name] = role
	}
	return byName, err
}

// builtIn says whether a role is one that everybody, or every account, has.
func builtIn(role string) bool { return role == anonymousRole || role == signedInRole }

// PutRole makes a template or replaces one. Unknown permissions are
// remit.Invalid, with the name that may have been meant; a change of Site, or
// one that leaves a project unmanaged (R25), is a remit.Conflict.
func (s *Service) PutRole(ctx context.Context, who authz.Subject, role remit.Role) error {
	if err := checkRole(role); err != nil {
		return err
	}
	role.Allow = append([]string{}, role.Allow...)
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name:  "role.update",
		Apply: func(tx *gate.Tx) (struct{}, error) { return struct{}{}, putRole(tx, role) },
	})
	return err
}

func checkRole(role remit.Role) error {
	if !roleNames.MatchString(role.Name) {
		return invalid("name", "%q cannot be a role's name", role.Name).
			WithHint("Use up to 63 lower-case letters, digits, dashes and underscores, beginning with a letter.")
	}
	if builtIn(role.Name) && !role.Site {
		return invalid("site", "%s is a role of the site", role.Name)
	}
	return checkText("title", role.Title, "description", role.Description)
}

func putRole(tx *gate.Tx, role remit.Role) error {
	for _, pattern := range role.Allow {
		if err := checkAllowed(tx.Policy(), role, pattern); err != nil {
			return err
		}
	}
	tx.About(role.Name)
	tx.Note("role %s allows %s%s", role.Name, namedOr(strings.Join(role.Allow, ", "), "nothing"), roleBefore(tx, role.Name))
	part := gate.Everything // a new role brings the right to make people of it, which wide patterns give
	if _, known := tx.Policy().Permission(assignRight + role.Name); known || role.Site {
		part = gate.Roles
	}
	return keepManagedPart(tx, part, func() error { return storeRole(tx, role) })
}

// storeRole also says that the catalogue grows by a new role's registrars.
func storeRole(tx *gate.Tx, role remit.Role) error {
	all, err := rolesByName(tx)
	if err != nil {
		return err
	}
	was, known := all[role.Name]
	switch {
	case known && was.Site != role.Site:
		return remit.Errorf(remit.Conflict, "There is a role %s already, and it is held %s", role.Name, where(was)).WithField("site").WithHint("Choose another name.")
	case known:
		_, err = tx.Exec(updateRole, role.Name, role.Title, role.Description, db.JSON(role.Allow))
		return err
	}
	tx.Changed(gate.Catalog)
	_, err = tx.Exec(insertRole, role.Name, role.Title, role.Description, db.JSON(role.Allow), role.Site)
	return err
}

// where a role is held, in words.
func where(role remit.Role) string {
	if role.Site {
		return "on the site"
	}
	return "in projects"
}

func checkAllowed(p *authz.Policy, role remit.Role, pattern string) error {
	if err := checkPattern(p, "allow", pattern, !role.Site); err != nil {
		return err
	}
	if role.Name == anonymousRole && !publicOK(p, pattern) {
		return invalid("allow", "%s may not be given to everybody", pattern)
	}
	return nil
}

// publicOK says whether everybody may have what an exact name gives (R7). Of a
// wide pattern only that part counts which may be public, so any will do.
func publicOK(p *authz.Policy, pattern string) bool {
	name, _, _ := strings.Cut(pattern, "@")
	return !slices.ContainsFunc(p.Meant(name), func(q authz.Permission) bool { return !q.PublicOK })
}
