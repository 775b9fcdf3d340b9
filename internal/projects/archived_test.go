package projects_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// goesOn are the changes that an archived project still takes.
var goesOn = []string{
	"project.archive", "project.delete", // out of the archive, or away
	"job.start", "job.output", "job.finish", "job.release", "job.cleanup", // a node ends what it has begun
	"request.reject", "request.withdraw", // nothing is given
	"job.sweep", // the loop that ends leases
}

// The whole table: whatever changes something in a project, and would be
// permitted, meets the archive.
func TestEveryOperationThatChangesSomethingMeetsTheArchive(t *testing.T) {
	inWorlds(t, func(w *world) {
		p := w.project("moths")
		w.must(w.DeclarePermissions(w.Context(), setup, authz.Permission{Name: "job:run.x", Selectors: true}))
		sue := w.superuser("sue")
		node := authz.Subject{Kind: authz.Node, ID: "node", Site: true}
		on := authz.Resource{Project: string(p.ID), Run: "x", Facts: authz.IsClaimed | authz.IsFinished | authz.HoldsLock | authz.IsLent | authz.IsSelf}
		decide := func() map[string]authz.Decision {
			all, err := gate.View(w.Context(), w.gate, setup, gate.Query[map[string]authz.Decision]{Name: "event.stream", Read: func(r *gate.Reader) (map[string]authz.Decision, error) {
				all := map[string]authz.Decision{}
				for _, row := range remit.Operations() {
					for _, who := range []authz.Subject{sue, node, {Kind: authz.System, ID: "sweeper"}} {
						if _, had := all[row.Name]; !had || !all[row.Name].Allowed && all[row.Name].Guard != "archived" {
							all[row.Name] = decisionAs(r, who, row.Name, on)
						}
					}
				}
				return all, nil
			}})
			w.must(err)
			return all
		}
		open := decide()
		_, err := w.Archive(w.Context(), sue, "moths", true)
		w.must(err)
		archived := decide()
		for _, row := range remit.Operations() {
			changes := row.Audit != authz.AuditNone || row.ChangesPolicy
			stays := !changes || slices.Contains(goesOn, row.Name)
			switch before, now := open[row.Name], archived[row.Name]; {
			case stays && now != before:
				w.Errorf("%s was %+v and is %+v in the archive", row.Name, before, now)
			case !stays && (now.Allowed || before.Allowed && now.Guard != "archived"):
				w.Errorf("%s is %+v in the archive", row.Name, now)
			}
		}
		for _, must := range []string{"job.submit", "job.claim", "collection.update", "member.create", "project.update", "node.register"} {
			if !open[must].Allowed || archived[must].Guard != "archived" {
				w.Errorf("%s: open %+v, archived %+v", must, open[must], archived[must])
			}
		}
		_, err = w.Delete(w.Context(), sue, "moths")
		w.must(err)
		for name, d := range decide() {
			if knows := name == "project.restore" || name == "project.deleted" || name == "job.sweep" || strings.HasPrefix(name, "audit."); d.Allowed && !knows || !knows && !d.ProjectHidden {
				w.Errorf("%s is %+v in a deleted project", name, d)
			}
		}
	})
}

// decisionAs is what the gate says to somebody about an operation.
func decisionAs(r *gate.Reader, who authz.Subject, operation string, on authz.Resource) authz.Decision {
	err := r.RequireAs(who, operation, on)
	if err == nil {
		return authz.Decision{Allowed: true}
	}
	e, ok := err.(*remit.Error)
	switch {
	case ok && e.Decision != nil:
		return *e.Decision
	case ok && e.Message == "No such project":
		return authz.Decision{Rule: 14, ProjectHidden: true}
	}
	return authz.Decision{Rule: 1}
}
