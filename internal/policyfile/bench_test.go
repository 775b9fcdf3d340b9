package policyfile_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/policyfile"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// The size of the site that a plan is measured on.
const (
	manyProjects = 1000
	manyMembers  = 10_000
)

// BenchmarkPlan is the time from the text of a file about everything to what
// applying it would do, with all that anybody gains and loses by it, in projects
// with ten readers each: when nothing changes, when a tenth of the readers
// become watchers, when the template of all readers changes, for somebody too
// who is no superuser and so is asked about in each project, and when each
// project has an override. Apply does the tenth, there and back.
func BenchmarkPlan(b *testing.B) {
	testkit.Benchmark(b, func(b *testing.B, d *db.DB) {
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		g := gate.New(d, projects.PolicySource{}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
		s := policyfile.New(g)
		fillSite(b, d)
		person := func(i int) authz.Subject {
			return authz.Subject{Kind: authz.Person, ID: userID(i), Name: fmt.Sprintf("user%d", i)}
		}
		root, clerk := person(0), person(1)
		text, _, err := s.Export(b.Context(), root)
		if err != nil {
			b.Fatal(err)
		}
		template := strings.Replace(text, `allow: ["job:read", "member:read"]`, `allow: ["job:read", "file:read"]`, 1)
		for _, c := range []struct {
			name             string
			who              authz.Subject
			text             string
			changes, effects int
		}{
			{"Nothing", root, text, 0, 0},
			{"TenthOfMembers", root, tenth(text), 2 * manyMembers / 10, 2 * manyMembers / 10},
			{"Template", root, template, 1, 3*(manyMembers-1) - 1}, // but for the superuser, and the clerk sees members anyway
			{"TemplateByClerk", clerk, template, 1, 3*(manyMembers-1) - 1},
			{"AllOverrides", root, strings.ReplaceAll(text, "    overrides: []\n", "    overrides: [{role: reader, permission: \"job:cancel\", effect: allow}]\n"),
				manyProjects, manyMembers - 1},
		} {
			b.Run(c.name, func(b *testing.B) {
				for b.Loop() {
					p, err := s.Plan(b.Context(), c.who, policyfile.Request{Files: []policyfile.File{{Name: "all.yaml", Text: c.text}}})
					if err != nil || len(p.Changes) != c.changes || len(p.Effects) != c.effects {
						b.Fatalf("%d changes, %d effects, %v", len(p.Changes), len(p.Effects), err)
					}
				}
				b.ReportMetric(float64(len(c.text)), "bytes")
				b.ReportMetric(float64(c.effects), "effects")
			})
		}
		next, after := tenth(text), text
		b.Run("Apply", func(b *testing.B) {
			for b.Loop() {
				p, err := s.Apply(b.Context(), root, policyfile.Request{Files: []policyfile.File{{Name: "all.yaml", Text: next}}})
				next, after = after, next
				if err != nil || len(p.Changes) != 2*manyMembers/10 {
					b.Fatalf("%d changes, %v", len(p.Changes), err)
				}
			}
		})
	})
}

// tenth gives every tenth reader another role.
func tenth(text string) string {
	n := 0
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if strings.Contains(line, "roles: [reader]") {
			if n++; n%10 == 0 {
				lines[i] = strings.Replace(line, "[reader]", "[watcher]", 1)
			}
		}
	}
	return strings.Join(lines, "")
}

func userID(i int) string    { return fmt.Sprintf("user_%08d", i) }
func projectID(i int) string { return fmt.Sprintf("proj_%08d", i) }

// fillSite writes the rows by itself: through the service it would take long.
// user0 is a superuser, user1 reads everything about rights; every project has
// an owner and ten readers.
func fillSite(b *testing.B, d *db.DB) {
	b.Helper()
	err := d.Write(b.Context(), db.Exclusive, func(tx *db.Tx) error {
		put := func(query string, args ...any) {
			if _, err := tx.Exec(query, args...); err != nil {
				b.Fatal(err)
			}
		}
		for _, role := range [][2]string{{"owner", `["*"]`}, {"reader", `["job:read", "member:read"]`}, {"watcher", `["project:view"]`}} {
			put(`INSERT INTO roles (name, title, description, allow, site) VALUES ($1, '', '', $2, FALSE)`, role[0], role[1])
		}
		for i := range manyMembers {
			put(`INSERT INTO users (id, name, full_name, email, password_hash, superuser, disabled, created_at, updated_at)
				VALUES ($1, $2, '', '', '', $3, FALSE, 0, 0)`, userID(i), fmt.Sprintf("user%d", i), i == 0)
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
			member(i, (i+5)%manyMembers, "owner")
		}
		for i := range manyMembers {
			member(i%manyProjects, i, "reader")
		}
		put(`INSERT INTO roles (name, title, description, allow, site) VALUES ('clerk', '', '', '["role:read", "site:view", "team:read", "access:view", "member:read", "project:view"]', TRUE)`)
		put(`INSERT INTO site_members (id, user_id, team_id, role, live_from, live_until, why, written_by, created_at)
			VALUES ('mem_clerk', $1, NULL, 'clerk', NULL, NULL, '', '', 0)`, userID(1))
		_, err := tx.Exec(`ANALYZE`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
