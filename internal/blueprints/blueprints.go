// Package blueprints holds starting points for an installation: roles, job
// types and a project, written as YAML and built into the program.
//
// Its invariant: applying a blueprint only adds. What is there under the same
// name stays as people have made it, so applying one again, after a crash or
// at every start, changes nothing.
//
//	b, err := blueprints.Load("moths")
//	err = blueprints.Apply(ctx, setup, blueprints.Services{Projects: projects, Jobs: jobs}, b)
package blueprints

import (
	"bytes"
	"embed"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/policyfile"
	"github.com/remit-server/remit/internal/projects"
)

//go:embed files/*.yaml
var files embed.FS

// Blueprint is one starting point.
type Blueprint struct {
	Name, Title, Description string
	Permissions              []authz.Permission // names beyond those that the job types bring
	JobTypes                 []remit.JobType
	Roles                    []remit.Role
	Project                  *projects.NewProject // nil = none
}

// Names lists the blueprints in the order of the alphabet.
func Names() []string {
	entries, _ := files.ReadDir("files") // embedded, so it is there
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}

// Load reads a blueprint, or the file of one for a name that ends in .yaml;
// remit.NotFound for an unknown name.
func Load(name string) (Blueprint, error) {
	if strings.HasSuffix(name, ".yaml") {
		text, err := os.ReadFile(name)
		if err != nil {
			return Blueprint{}, remit.Errorf(remit.NotFound, "The blueprint cannot be read: %w", err)
		}
		return parse(name, text)
	}
	if !slices.Contains(Names(), name) {
		return Blueprint{}, remit.Errorf(remit.NotFound, "There is no blueprint %q", name).
			WithHint("There are: %s.", strings.Join(Names(), ", "))
	}
	text, err := files.ReadFile("files/" + name + ".yaml")
	if err != nil {
		return Blueprint{}, err
	}
	return parse(name, text)
}

// document is the YAML shape of a Blueprint.
type document struct {
	Name, Title, Description string
	Permissions              []struct {
		Name, Title string
		Site        bool // of the site, not of projects
		Selectors   bool
		Requires    []string
		PublicOK    bool `yaml:"public_ok"`
	}
	JobTypes []declared `yaml:"job_types"`
	Roles    []remit.Role
	Project  *struct {
		Slug, Title, Description string
		CollectionVisibility     string `yaml:"collection_visibility"`
	}
}

// parse refuses unknown keys, and job types that are there twice; errors tell
// line and column.
func parse(name string, text []byte) (Blueprint, error) {
	var d document
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.DisallowUnknownField()).Decode(&d); err != nil {
		return Blueprint{}, remit.Errorf(remit.Invalid, "This is no blueprint: %w", err)
	}
	b := Blueprint{Name: d.Name, Title: d.Title, Description: d.Description, Roles: d.Roles}
	for _, p := range d.Permissions {
		level := authz.InProject
		if p.Site {
			level = authz.OnSite
		}
		b.Permissions = append(b.Permissions, authz.Permission{Name: p.Name, Title: p.Title, Level: level,
			Selectors: p.Selectors, Requires: p.Requires, PublicOK: p.PublicOK})
	}
	if len(d.JobTypes) > 0 {
		types, err := ParseTypes(policyfile.File{Name: name, Text: string(text)})
		if err != nil {
			return b, err
		}
		b.JobTypes = types.All
	}
	if p := d.Project; p != nil {
		b.Project = &projects.NewProject{Slug: p.Slug, Title: p.Title, Description: p.Description, CollectionVisibility: p.CollectionVisibility}
	}
	return b, nil
}
