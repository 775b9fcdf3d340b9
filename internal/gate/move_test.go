package gate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/testkit"
)

// moving is a world in which jobs can be moved, from p1 to p2 and p3:
// everybody who deletes here and makes there may. ada may in p2 but not in
// p3, which she does not see; vic sees p1 and may do all in p2.
func moving(t *testing.T, fn func(w *world)) {
	t.Helper()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		src := policy()
		src.Catalog.Operations = append(src.Catalog.Operations, authz.Operation{Name: "job.move", Groups: [][]string{{"job:delete"}}, Read: "job:read",
			To: [][]string{{"job:create"}}, Guards: []authz.Guard{authz.GuardFinished}, Verb: "move", Noun: "jobs", Audit: authz.AuditChange})
		src.Projects = append(src.Projects, authz.Project{ID: "p3"})
		src.Projects[1].Members = []authz.Member{{User: "ada", Role: "worker"}, {User: "vic", Role: "owner"}, {User: "dan", Role: "viewer"}}
		src.Roles = append(src.Roles, authz.Role{Name: "remover", Allow: []string{"job:read", "job:delete"}})
		src.Projects[0].Members = append(src.Projects[0].Members, authz.Member{User: "dan", Role: "remover"})
		w := &world{T: t, db: d}
		w.gate = w.over(d)
		store(t, d, src)
		fn(w)
	})
}

func move(to string, facts authz.Facts) gate.Op[string] {
	on := p1("ada")
	on.Facts = facts
	op := note("job.move", on, to)
	op.To = func(*gate.Tx) (authz.Resource, error) {
		if to == "absent" {
			return authz.Resource{}, gate.NotFound("projects")
		}
		there := on
		there.Project = to
		return there, nil
	}
	return op
}

// R29: it takes the right to take away here and the right to make there.
func TestAMoveIsAskedForAtBothPlaces(t *testing.T) {
	t.Parallel()
	moving(t, func(w *world) {
		for _, row := range []struct {
			who, to string
			facts   authz.Facts
			want    remit.Kind
			says    string
		}{
			{"ada", "p2", authz.IsFinished, "", ""},
			{"ada", "p2", 0, remit.Conflict, "The job has not ended yet"},
			{"ada", "p3", authz.IsFinished, remit.NotFound, "No such project"},
			{"ada", "absent", authz.IsFinished, remit.NotFound, "No such project"},
			{"ada", "p3", 0, remit.NotFound, "No such project"},
			{"dan", "p2", authz.IsFinished, remit.Denied, "Insufficient permissions"},
			{"dan", "p2", 0, remit.Denied, "Insufficient permissions"},
			{"vic", "p2", authz.IsFinished, remit.NotFound, "No such job"},
			{"mel", "p2", authz.IsFinished, remit.Denied, "Insufficient permissions"},
			{"mel", "p3", authz.IsFinished, remit.Denied, "Insufficient permissions"},
			{"mel", "absent", authz.IsFinished, remit.Denied, "Insufficient permissions"},
			{"eve", "absent", authz.IsFinished, remit.NotFound, "No such job"},
		} {
			_, err := do(w, w.gate, person(row.who), move(row.to, row.facts))
			if said := ""; remit.KindOf(err) != row.want || err != nil && err.Error() != row.says {
				w.Errorf("%s to %s: %v %s, want %s %s", row.who, row.to, err, said, row.want, row.says)
			}
		}
		wantEqual(w.T, w.notes(), []string{"p2"})
		_, hidden := do(w, w.gate, person("ada"), move("p3", authz.IsFinished))
		if diff := cmp.Diff(error(gate.NotFound("projects")), hidden); diff != "" {
			w.Errorf("a place that is hidden (-absent +hidden):\n%s", diff)
		}
	})
}

// A row that asks of two places is asked of two, and no other is.
func TestAnOperationSaysWhereAThingGoesExactlyWhenItsRowDoes(t *testing.T) {
	t.Parallel()
	moving(t, func(w *world) {
		still := move("p2", authz.IsFinished)
		still.To = nil
		other := move("p2", authz.IsFinished)
		other.Name = "job.delete"
		for _, op := range []gate.Op[string]{still, other} {
			_, err := do(w, w.gate, person("sue"), op)
			wantKind(w.T, err, remit.Internal)
		}
		_, err := gate.View(w.Context(), w.gate, person("sue"), gate.Query[int]{Name: "job.move", Read: func(*gate.Reader) (int, error) { return 0, nil }})
		wantKind(w.T, err, remit.Internal)
		wantEqual(w.T, w.notes(), []string{})
	})
}
