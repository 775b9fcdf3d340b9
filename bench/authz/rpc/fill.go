package rpc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/identity"
)

// superuser asks for others.
const superuser = "root"

// seen is what Remit calls the permission of the site that things are listed by.
const seen = "file:read"

// remitKeys are API keys, and the users' ids.
type remitKeys struct {
	superuser string
	users     map[int]string // of those who list things
	ids       []string
	files     map[string]int // id → place of the thing
}

// filling is a database on its way to hold a site.
type filling struct {
	*db.Tx
	site     Site
	now      time.Time
	projects []string // ids
	keys     remitKeys
}

// fill writes a site into the tables of a new installation.
func fill(ctx context.Context, d *db.DB, s Site) (remitKeys, error) {
	f := &filling{site: s, now: time.Now(), keys: remitKeys{users: map[int]string{}, files: map[string]int{}}}
	err := d.Write(ctx, db.Exclusive, func(tx *db.Tx) error {
		f.Tx = tx
		for _, table := range []func() error{f.roles, f.users, f.places, f.members, f.overrides, f.things, f.apiKeys} {
			if err := table(); err != nil {
				return err
			}
		}
		return nil
	})
	return f.keys, err
}

// insert writes rows, many in one statement.
func (f *filling) insert(into string, rows [][]any) error {
	for some := range slices.Chunk(rows, 200) {
		var marks []string
		var args []any
		for _, row := range some {
			var numbers []string
			for i := range row {
				numbers = append(numbers, fmt.Sprintf("$%d", len(args)+i+1))
			}
			marks, args = append(marks, "("+strings.Join(numbers, ", ")+")"), append(args, row...)
		}
		if _, err := f.Exec("INSERT INTO "+into+" VALUES "+strings.Join(marks, ", "), args...); err != nil {
			return fmt.Errorf("%s: %w", into, err)
		}
	}
	return nil
}

// patterns are the names in Remit of a permission of the site.
func (f *filling) patterns(permission int) []string {
	if permission == f.site.Listed {
		return []string{f.site.Permissions[permission], seen}
	}
	return []string{f.site.Permissions[permission]}
}

// roles writes the catalogue and the templates.
func (f *filling) roles() error {
	var declared, roles [][]any
	for _, name := range f.site.Permissions {
		declared = append(declared, []any{name, name, false, true, "[]", false, false, ""})
	}
	for _, role := range f.site.Roles {
		allow := []string{}
		for _, g := range role.Grants {
			for _, pattern := range f.patterns(g.Permission) {
				if g.OwnOnly {
					pattern += "@own"
				}
				allow = append(allow, pattern)
			}
		}
		roles = append(roles, []any{"bench_" + role.Name, role.Name, "", db.JSON(allow), false})
	}
	if err := f.insert("declared_permissions (name, title, on_site, selectors, requires, public_ok, reserved, private)", declared); err != nil {
		return err
	}
	return f.insert("roles (name, title, description, allow, site)", roles)
}

func (f *filling) users() error {
	var rows [][]any
	for _, u := range f.site.Users {
		id := string(remit.NewID[remit.UserID](f.now))
		f.keys.ids = append(f.keys.ids, id)
		rows = append(rows, []any{id, u.Name, u.Name, "", "none", false, false, db.Micros(f.now), db.Micros(f.now)})
	}
	return f.insert("users (id, name, full_name, email, password_hash, superuser, disabled, created_at, updated_at)", rows)
}

func (f *filling) places() error {
	var rows [][]any
	for _, p := range f.site.Projects {
		id := string(remit.NewID[remit.ProjectID](f.now))
		f.projects = append(f.projects, id)
		rows = append(rows, []any{id, p.Name, p.Name, "", "project", db.Micros(f.now)})
	}
	return f.insert("projects (id, slug, title, description, collection_visibility, created_at)", rows)
}

func (f *filling) members() error {
	var members, roles [][]any
	for i, u := range f.site.Users {
		for _, held := range u.Memberships {
			id := string(remit.NewID[remit.MemberID](f.now))
			members = append(members, []any{id, f.projects[held.Project], f.keys.ids[i], "", db.Micros(f.now)})
			roles = append(roles, []any{id, "bench_" + f.site.Roles[held.Role].Name})
		}
	}
	if err := f.insert("members (id, project_id, user_id, collection_id, created_at)", members); err != nil {
		return err
	}
	return f.insert("member_roles (member_id, role)", roles)
}

func (f *filling) overrides() error {
	var rows [][]any
	for i, p := range f.site.Projects {
		for _, o := range p.Overrides {
			effect := "allow"
			if o.Deny {
				effect = "deny"
			}
			for _, pattern := range f.patterns(o.Permission) {
				rows = append(rows, []any{f.projects[i], "bench_" + f.site.Roles[o.Role].Name, pattern, effect})
			}
		}
	}
	return f.insert("overrides (project_id, role, permission, effect)", rows)
}

// things are files of one collection in each project.
func (f *filling) things() error {
	var roots, collections, files [][]any
	var inside []string // ids of the collections
	for i, project := range f.projects {
		root, collection := string(remit.NewID[remit.RootID](f.now)), string(remit.NewID[remit.CollectionID](f.now))
		inside = append(inside, collection)
		roots = append(roots, []any{root, project, "/nowhere/" + f.site.Projects[i].Name, db.Micros(f.now)})
		collections = append(collections, []any{collection, project, root, "all", "folder", "project", db.Micros(f.now), db.Micros(f.now)})
	}
	for i, t := range f.site.Things {
		id := string(remit.NewID[remit.FileID](f.now))
		f.keys.files[id] = i
		files = append(files, []any{id, f.projects[t.Project], roots[t.Project][0], inside[t.Project], thingName(i), thingName(i),
			0, db.Micros(f.now), "present", "none", f.keys.ids[t.Owner], db.Micros(f.now)})
	}
	for _, table := range []struct {
		into string
		rows [][]any
	}{
		{"data_roots (id, project_id, path, created_at)", roots},
		{"collections (id, project_id, root_id, name, kind, visibility, created_at, updated_at)", collections},
		{"files (id, project_id, root_id, collection_id, path, folded, size, modified_at, state, preview, owner_id, created_at)", files},
	} {
		if err := f.insert(table.into, table.rows); err != nil {
			return err
		}
	}
	return nil
}

// apiKeys makes one for the superuser and one for each who lists things.
func (f *filling) apiKeys() (err error) {
	var id string
	if err := f.QueryRow(`SELECT id FROM users WHERE name = $1`, superuser).Scan(&id); err != nil {
		return err
	}
	if f.keys.superuser, err = f.apiKey(id); err != nil {
		return err
	}
	for _, user := range f.site.Seers {
		if f.keys.users[user], err = f.apiKey(f.keys.ids[user]); err != nil {
			return err
		}
	}
	return nil
}

func (f *filling) apiKey(user string) (secret string, err error) {
	secret, hash := identity.NewSecret(identity.KeyPrefix)
	return secret, f.insert("api_keys (id, secret_hash, user_id, title, scopes, projects, hint, created_at)",
		[][]any{{string(remit.NewID[remit.KeyID](f.now)), hash, user, "bench", `["*"]`, "[]", secret[len(secret)-4:], db.Micros(f.now)}})
}
