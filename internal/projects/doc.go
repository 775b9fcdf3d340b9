// Package projects keeps projects, their members, the role templates and what
// a project changes about them, and makes the policy out of all that.
//
// Its invariant: the policy that LoadPolicy reads always compiles. Names that
// the catalogue does not have are refused when they are written, and left out
// with a warning when the catalogue lost them later; nobody is locked out by
// a word.
//
//	s := projects.New(g, projects.Options{})
//	p, err := s.Create(ctx, who, projects.NewProject{Slug: "moths", Title: "Moths"})
//	m, err := s.AddMember(ctx, who, "moths", projects.NewMember{User: "ada", Roles: []string{"writer"}})
//	v, err := s.Check(ctx, who, projects.Question{Permission: "job.create", Project: "moths"})
package projects
