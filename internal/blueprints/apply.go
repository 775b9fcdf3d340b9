package blueprints

import (
	"context"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/projects"
)

// Services are what a blueprint is applied through.
type Services struct {
	Projects Projects
	Jobs     Jobs
}

// Projects is the part of projects.Service that Apply needs.
type Projects interface {
	Permissions(ctx context.Context, who authz.Subject) ([]authz.Permission, error)
	DeclarePermissions(ctx context.Context, who authz.Subject, permissions ...authz.Permission) error
	Roles(ctx context.Context, who authz.Subject) ([]remit.Role, error)
	PutRole(ctx context.Context, who authz.Subject, role remit.Role) error
	Project(ctx context.Context, who authz.Subject, slug string) (remit.Project, error)
	Create(ctx context.Context, who authz.Subject, n projects.NewProject) (remit.Project, error)
}

// Jobs is the part of jobs.Service that Apply needs.
type Jobs interface {
	Types(ctx context.Context, who authz.Subject, project string) (remit.Page[remit.JobType], error)
	DeclareType(ctx context.Context, who authz.Subject, t remit.JobType) error
}

// Apply adds to the site what b has and the site lacks, by name: permissions,
// job types, roles, the project, in this order, for each speaks of the ones
// before. What is there already is left as it is. A crash in between is mended
// by applying again. who is system:setup, or somebody with the rights.
func Apply(ctx context.Context, who authz.Subject, s Services, b Blueprint) error {
	for _, step := range []func(context.Context, authz.Subject, Services) error{b.permissions, b.jobTypes, b.roles, b.project} {
		if err := step(ctx, who, s); err != nil {
			return fmt.Errorf("blueprint %s: %w", b.Name, err)
		}
	}
	return nil
}

func (b Blueprint) permissions(ctx context.Context, who authz.Subject, s Services) error {
	known, err := s.Projects.Permissions(ctx, who)
	if err != nil {
		return err
	}
	lacking := without(b.Permissions, known, func(p authz.Permission) string { return p.Name })
	return s.Projects.DeclarePermissions(ctx, who, lacking...)
}

func (b Blueprint) jobTypes(ctx context.Context, who authz.Subject, s Services) error {
	known, err := s.Jobs.Types(ctx, who, "")
	if err != nil {
		return err
	}
	for _, t := range without(b.JobTypes, known.Items, func(t remit.JobType) string { return t.Key }) {
		if err := s.Jobs.DeclareType(ctx, who, t); err != nil {
			return fmt.Errorf("job type %s: %w", t.Key, err)
		}
	}
	return nil
}

func (b Blueprint) roles(ctx context.Context, who authz.Subject, s Services) error {
	known, err := s.Projects.Roles(ctx, who)
	if err != nil {
		return err
	}
	for _, role := range without(b.Roles, known, func(r remit.Role) string { return r.Name }) {
		if err := s.Projects.PutRole(ctx, who, role); err != nil {
			return fmt.Errorf("role %s: %w", role.Name, err)
		}
	}
	return nil
}

func (b Blueprint) project(ctx context.Context, who authz.Subject, s Services) error {
	if b.Project == nil {
		return nil
	}
	_, err := s.Projects.Project(ctx, who, b.Project.Slug)
	if remit.KindOf(err) == remit.NotFound {
		_, err = s.Projects.Create(ctx, who, *b.Project)
	}
	return err
}

// without are the wanted ones whose name no known one has.
func without[T any](wanted, known []T, name func(T) string) []T {
	return slices.DeleteFunc(slices.Clone(wanted), func(w T) bool {
		return slices.ContainsFunc(known, func(k T) bool { return name(k) == name(w) })
	})
}
