package projects_test

import (
	"log/slog"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/naive"
	"github.com/remit-server/remit/internal/naive/judge"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// cellOf finds one cell of a matrix.
func cellOf(t *testing.T, m remit.Matrix, permission, role string) remit.MatrixCell {
	t.Helper()
	for _, row := range m.Rows {
		for i, r := range m.Roles {
			if row.Permission == permission && r.Name == role {
				return row.Cells[i]
			}
		}
	}
	t.Fatalf("the matrix has no cell %s of %s", permission, role)
	return remit.MatrixCell{}
}

func TestTheMatrixSaysWhereEachCellComesFrom(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		olga, _ := w.member("moths", "olga", "owner")
		for _, o := range []remit.Override{
			{Role: "worker", Permission: "job:cancel@others", Effect: "allow"},
			{Role: "worker", Permission: "job:*", Effect: "deny"},
			{Role: "worker", Permission: "job:read", Effect: "allow"},
			{Role: "reader", Permission: "job:read", Effect: "remove"},
			{Role: "reader", Permission: "file:download", Effect: "allow"},
		} {
			w.override("moths", o.Role, o.Permission, o.Effect)
		}
		_, err := w.Publish(w.Context(), olga, "moths", projects.Publication{Permission: "collection:read", Public: true})
		w.must(err)
		m, err := w.Matrix(w.Context(), olga, "moths")
		w.must(err)
		half := func(effect, from, override, pattern string, allowed bool, rule string) remit.MatrixHalf {
			return remit.MatrixHalf{Effect: effect, From: from, Override: override, Pattern: pattern, Allowed: allowed, Rule: rule}
		}
		both := func(h remit.MatrixHalf) remit.MatrixCell { return remit.MatrixCell{Own: h, Others: h} }
		wantEqual(w.T, cellOf(w.T, m, "job:read", "worker"), both(half("deny", "override", "deny", "job:*", false, "R12")))
		wantEqual(w.T, cellOf(w.T, m, "job:read", "reader"), both(half("none", "override", "remove", "job:read", false, "R14")))
		wantEqual(w.T, cellOf(w.T, m, "member:read", "reader"), both(half("allow", "template", "", "member:read", true, "R12")))
		wantEqual(w.T, cellOf(w.T, m, "file:download", "reader"), both(half("allow", "override", "allow", "file:download", false, "R15")))
		wantEqual(w.T, cellOf(w.T, m, "collection:read", "worker"), both(half("none", "", "", "", true, "R7")))
		wantEqual(w.T, cellOf(w.T, m, "job:claim", "owner"), both(half("allow", "template", "", "*", false, "R4")))
		w.override("moths", "worker", "job:*", "inherit")
		m, err = w.Matrix(w.Context(), olga, "moths")
		w.must(err)
		wantEqual(w.T, cellOf(w.T, m, "job:cancel", "worker"), remit.MatrixCell{
			Own:    half("allow", "template", "", "job:cancel@own", true, "R12"),
			Others: half("allow", "override", "allow", "job:cancel@others", true, "R12")})
	})
}

func TestTheMatrixIsForThoseWhoMaySeeEverybodysAccess(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		rita, _ := w.member("moths", "rita", "reader")
		olga, _ := w.member("moths", "olga", "owner")
		ask := func(who authz.Subject, slug string) error { _, err := w.Matrix(w.Context(), who, slug); return err }
		wantKind(w.T, ask(rita, "moths"), remit.Denied)
		wantEqual(w.T, wantKind(w.T, ask(keyOf(olga, "member:read"), "moths"), remit.Denied).Code, "key_scope")
		wantSame(w.T, ask(w.person("eve"), "moths"), ask(w.person("eve"), "absent"))
		wantSame(w.T, ask(stranger, "moths"), ask(stranger, "absent"))
	})
}

// For each cell: somebody who holds that role and nothing else may, or not, as
// the judge reads the stored policy.
func TestTheMatrixIsWhatHoldersOfOneRoleMay(t *testing.T) {
	t.Parallel()
	testkit.URLs(t, func(t *testing.T, url string) {
		s := newSite(t, url, 7)
		for range 6 {
			for range 15 {
				s.step() // what is refused changes nothing
			}
			for _, slug := range s.slugs {
				s.judgeMatrix(slug)
			}
		}
	})
}

func (s *site) judgeMatrix(slug string) {
	s.Helper()
	m, err := s.Matrix(s.Context(), setup, slug)
	if remit.KindOf(err) == remit.NotFound {
		return // it is deleted
	}
	s.must(err)
	ids, err := s.IDs(s.Context(), setup, []string{slug})
	s.must(err)
	src := s.stored()
	for i := range src.Projects {
		if src.Projects[i].ID == string(ids[0]) {
			for _, role := range m.Roles {
				src.Users = append(src.Users, authz.User{ID: "only " + role.Name})
				src.Projects[i].Members = append(src.Projects[i].Members, authz.Member{User: "only " + role.Name, Role: role.Name})
			}
		}
	}
	says := judge.World(naive.World{Source: src, Now: s.clock.Now().UnixMicro()})
	for _, row := range m.Rows {
		for i, role := range m.Roles {
			who := authz.Subject{Kind: authz.Person, ID: "only " + role.Name}
			on := authz.Resource{Project: string(ids[0])}
			others := says.Check(who, row.Permission, on)
			on.Owner = who.ID
			own := says.Check(who, row.Permission, on)
			if c := row.Cells[i]; c.Own.Allowed != own.Allowed || c.Others.Allowed != others.Allowed {
				s.Errorf("%s of %s in %s: own %+v, others %+v; the judge says %+v and %+v", row.Permission, role.Name, slug, c.Own, c.Others, own, others)
			}
		}
	}
}

// stored is the policy as it is read anew.
func (s *site) stored() (src authz.Source) {
	s.Helper()
	_, err := gate.View(s.Context(), s.gate, setup, gate.Query[int]{Name: "event.stream", Read: func(r *gate.Reader) (n int, err error) {
		src, err = projects.PolicySource{Log: slog.New(slog.DiscardHandler)}.LoadPolicy(r)
		return 0, err
	}})
	s.must(err)
	return src
}
