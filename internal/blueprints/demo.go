package blueprints

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/archive"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

// Demo is a site to try things on; its JSON is the file demo.json.
type Demo struct {
	URL      string    `json:"url"`
	Accounts []Account `json:"accounts"`
	Projects []string  `json:"projects"` // slugs
}

// Account is one way to sign in to a demo.
type Account struct {
	Name     string `json:"name"` // project and role, or "root"
	Password string `json:"password"`
	Key      string `json:"key"`
	Project  string `json:"project,omitempty"`
	Role     string `json:"role,omitempty"`
}

// DemoServices are what a demo is built through.
type DemoServices struct {
	Identity *identity.Service
	Projects *projects.Service
	Archive  *archive.Service
	Jobs     *jobs.Service
}

// demoProjects have an account for each of their roles.
var demoProjects = []string{"moths", "observatory"}

// BuildDemo makes the demo's projects, accounts and data roots (directories
// by project), as far as they are not there yet. Accounts that known already
// holds keep their password and key.
func BuildDemo(ctx context.Context, setup authz.Subject, s DemoServices, known Demo, roots map[string][]string) (Demo, error) {
	d := demo{DemoServices: s, ctx: ctx, setup: setup, known: known}
	for _, name := range append([]string{"starter"}, demoProjects...) {
		b, err := Load(name)
		if err != nil {
			return Demo{}, err
		}
		if err := Apply(ctx, setup, Services{Projects: s.Projects, Jobs: s.Jobs}, b); err != nil {
			return Demo{}, err
		}
		if err := d.people(b); err != nil {
			return Demo{}, fmt.Errorf("accounts of %s: %w", name, err)
		}
	}
	for _, slug := range demoProjects {
		if err := d.roots(slug, roots[slug]); err != nil {
			return Demo{}, fmt.Errorf("data roots of %s: %w", slug, err)
		}
	}
	d.made.Projects = demoProjects
	return d.made, nil
}

// demo is one that is being built.
type demo struct {
	DemoServices
	ctx         context.Context
	setup       authz.Subject
	known, made Demo
}

// people makes an account for every project role of the blueprint, and root
// with the starter.
func (d *demo) people(b Blueprint) error {
	if b.Project == nil {
		return d.account(Account{Name: "root"}, true)
	}
	for _, role := range b.Roles {
		if role.Site {
			continue
		}
		a := Account{Name: b.Project.Slug + "-" + role.Name, Project: b.Project.Slug, Role: role.Name}
		if err := d.account(a, false); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	return nil
}

func (d *demo) account(a Account, superuser bool) error {
	for _, k := range d.known.Accounts {
		if k.Name == a.Name {
			d.made.Accounts = append(d.made.Accounts, k)
			return nil
		}
	}
	a.Password = strings.ToLower(rand.Text()[:12])
	user, err := d.user(a, superuser)
	if err != nil {
		return err
	}
	who := authz.Subject{Kind: authz.Person, ID: string(user.ID), Name: user.Name}
	key, err := d.Identity.CreateKey(d.ctx, who, identity.NewKey{Title: "demo", Scopes: []string{"*"}})
	if err != nil {
		return err
	}
	a.Key = key.Secret
	d.made.Accounts = append(d.made.Accounts, a)
	return d.member(a)
}

// user makes the account. One that an interrupted start has made gets the new password.
func (d *demo) user(a Account, superuser bool) (remit.User, error) {
	user, err := d.Identity.Create(d.ctx, d.setup, identity.NewUser{Name: a.Name, Password: a.Password, Superuser: superuser})
	if remit.KindOf(err) == remit.Conflict {
		if err := d.Identity.SetPassword(d.ctx, d.setup, a.Name, identity.PasswordChange{New: a.Password}); err != nil {
			return user, err
		}
		return d.Identity.User(d.ctx, d.setup, a.Name)
	}
	return user, err
}

func (d *demo) member(a Account) error {
	if a.Project == "" {
		return nil
	}
	_, err := d.Projects.AddMember(d.ctx, d.setup, a.Project, projects.NewMember{User: a.Name, Roles: []string{a.Role}})
	if remit.KindOf(err) == remit.Conflict {
		return nil // an interrupted start has done it
	}
	return err
}

func (d *demo) roots(slug string, paths []string) error {
	have, err := d.Archive.Roots(d.ctx, d.setup, slug)
	if err != nil {
		return err
	}
	registered := map[string]bool{}
	for _, root := range have.Items {
		registered[root.Path] = true
	}
	for _, path := range paths {
		if registered[path] {
			continue
		}
		if _, err := d.Archive.AddRoot(d.ctx, d.setup, slug, path); err != nil {
			return err
		}
	}
	return nil
}
