package projects_test

import (
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// givers is a project where gil gives access and may read, and no more.
func givers(t *testing.T, d *db.DB) *world {
	w := newWorld(t, d)
	w.project("p1")
	w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "giver", Allow: []string{"project:view", "member:read", "access:grant", "file:read"}}))
	w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "reads", Allow: []string{"project:view", "file:read"}}))
	w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "loads", Allow: []string{"project:view", "file:read", "file:download@own"}}))
	w.member("p1", "gil", "giver")
	w.person("eve")
	return w
}

func TestNobodyGivesMoreThanTheyHold(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := givers(t, d)
		gil, _ := w.member("p1", "gus", "giver")
		add := func(role string) error {
			_, err := w.AddMember(t.Context(), gil, "p1", projects.NewMember{User: "eve", Roles: []string{role}})
			return err
		}
		if err := add("loads"); remit.CodeOf(err) != "gives_more" {
			t.Errorf("a role with file:download@own: %v", err)
		}
		if err := add("owner"); remit.CodeOf(err) != "gives_more" {
			t.Errorf("the role owner: %v", err)
		}
		if err := add("reads"); err != nil {
			t.Errorf("a role that gil holds all of: %v", err)
		}
		_, err := w.AddEntry(t.Context(), gil, "p1", remit.Entry{User: "gus", Permission: "job:*", Effect: "allow"})
		if remit.CodeOf(err) != "gives_more" {
			t.Errorf("job:* to oneself: %v", err)
		}
		err = w.SetOverride(t.Context(), gil, "p1", remit.Override{Role: "giver", Permission: "file:download", Effect: "allow"})
		if remit.CodeOf(err) != "gives_more" {
			t.Errorf("file:download to one's own role: %v", err)
		}
	})
}

func TestTakingARoleAwayIsNoWayToGain(t *testing.T) {
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		w := givers(t, d)
		w.must(w.PutRole(t.Context(), setup, remit.Role{Name: "loader", Allow: []string{"project:view", "file:read", "file:download"}}))
		gus, _ := w.member("p1", "gus", "giver", "loader")
		_, blocked := w.member("p1", "gus", "reads")
		w.override("p1", "reads", "file:download", "deny")
		if err := w.RemoveMember(t.Context(), gus, "p1", blocked.ID); remit.CodeOf(err) != "gives_more" {
			t.Errorf("gus takes off the role that blocks file:download for gus: %v", err)
		}
	})
}
