package projects_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// The size of the site that a change is measured in.
const (
	manyProjects = 1000
	manyUsers    = 10_000
	each         = 5 // memberships of a user
)

// BenchmarkAddMember is the time from the request to make somebody a member
// until the first decision by the policy that knows of it: with all checks of
// R24 and R25, and the commit.
func BenchmarkAddMember(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		g := gate.New(d, projects.PolicySource{}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
		s := projects.New(g, projects.Options{})
		fillSite(b, d)
		who := authz.Subject{Kind: authz.Person, ID: userID(0), Name: "user0"}
		question := projects.Question{Permission: "job:read", Project: "project0"}
		if v, err := s.Check(b.Context(), who, question); err != nil || !v.Allowed {
			b.Fatalf("%+v, %v", v, err)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			slug := fmt.Sprintf("project%d", i%manyProjects)
			name := fmt.Sprintf("user%d", (i*7+i/manyProjects+1)%manyUsers)
			made, err := s.AddMember(b.Context(), who, slug, projects.NewMember{User: name, Roles: []string{"watcher"}})
			if err != nil {
				b.Fatal(err)
			}
			question.Project = slug
			if v, err := s.Check(b.Context(), who, question); err != nil || !v.Allowed {
				b.Fatalf("%s: %+v, %v", made.ID, v, err)
			}
		}
	})
}

// BenchmarkPutRole is the same for a template that everybody holds: what it
// gives and takes is compared for everybody.
func BenchmarkPutRole(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		g := gate.New(d, projects.PolicySource{}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
		s := projects.New(g, projects.Options{})
		fillSite(b, d)
		setup := authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}
		for i := 0; b.Loop(); i++ {
			role := remit.Role{Name: "reader", Allow: []string{"job:read", "member:read", "file:read"}[:2+i%2]}
			if err := s.PutRole(b.Context(), setup, role); err != nil {
				b.Fatal(err)
			}
			v, err := s.Check(b.Context(), authz.Subject{Kind: authz.Person, ID: userID(5), Name: "user5"}, projects.Question{Permission: "file:read", Project: "project25"})
			if err != nil || v.Allowed != (i%2 == 1) {
				b.Fatalf("%+v, %v", v, err)
			}
		}
	})
}

func userID(i int) string    { return fmt.Sprintf("user_%08d", i) }
func projectID(i int) string { return fmt.Sprintf("proj_%08d", i) }

// fillSite writes the rows by itself: through the service it would take long.
// user0 owns every project.
func fillSite(b *testing.B, d *db.DB) {
	b.Helper()
	err := d.Write(b.Context(), db.Exclusive, func(tx *db.Tx) error {
		put := func(query string, args ...any) {
			if _, err := tx.Exec(query, args...); err != nil {
				b.Fatal(err)
			}
		}
		for _, role := range []remit.Role{{Name: "owner", Allow: []string{"*"}}, {Name: "reader", Allow: []string{"job:read", "member:read"}}, {Name: "watcher", Allow: []string{"project:view"}}} {
			put(`INSERT INTO roles (name, title, description, allow, site) VALUES ($1, '', '', $2, FALSE)`, role.Name, db.JSON(role.Allow))
		}
		for i := range manyUsers {
			put(`INSERT INTO users (id, name, full_name, email, password_hash, superuser, disabled, created_at, updated_at)
				VALUES ($1, $2, '', '', '', FALSE, FALSE, 0, 0)`, userID(i), fmt.Sprintf("user%d", i))
		}
		n := 0
		member := func(project, user int, role string) {
			id := fmt.Sprintf("mem_%08d", n)
			n++
			put(`INSERT INTO members (id, project_id, user_id, collection_id, why, written_by, created_at) VALUES ($1, $2, $3, '', '', '', 0)`, id, projectID(project), userID(user))
			put(`INSERT INTO member_roles (member_id, role) VALUES ($1, $2)`, id, role)
		}
		for i := range manyProjects {
			put(`INSERT INTO projects (id, slug, title, description, collection_visibility, created_at) VALUES ($1, $2, '', '', 'private', 0)`, projectID(i), fmt.Sprintf("project%d", i))
			member(i, 0, "owner")
		}
		for i := range manyUsers {
			for k := range each {
				member((i*each+k*13)%manyProjects, i, "reader")
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	analyze(b, d)
}

// analyze tells PostgreSQL how large the tables are, as its own housekeeping
// would in a minute.
func analyze(b *testing.B, d *db.DB) {
	b.Helper()
	err := d.Write(context.WithoutCancel(b.Context()), db.Shared, func(tx *db.Tx) error {
		_, err := tx.Exec(`ANALYZE`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLoadPolicy reads everything, as a program does when it starts.
func BenchmarkLoadPolicy(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		fillSite(b, d)
		b.ReportAllocs()
		for b.Loop() {
			err := d.Read(b.Context(), func(r db.Reader) error {
				_, err := projects.PolicySource{}.LoadPolicy(r)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
