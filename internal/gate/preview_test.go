package gate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

func looking(viewer, as string) authz.Subject {
	who := person(viewer)
	who.Preview = &authz.Preview{User: as}
	return who
}

// R23: a change is refused before it is tried, and the refusal is the viewer's.
func TestNothingIsChangedInAPreview(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		for _, who := range []authz.Subject{looking("sue", "ada"), looking("ada", "ada"), looking("eve", "ada")} {
			op := note("job.cancel", p1("ada"), "a")
			op.On = func(*gate.Tx) (authz.Resource, error) {
				w.Error("the thing was looked for")
				return p1("ada"), nil
			}
			_, err := do(w, w.gate, who, op)
			wantKind(w.T, err, remit.Denied)
			wantEqual(w.T, remit.CodeOf(err), "preview_read_only")
			wantEqual(w.T, w.notes(), []string{})
		}
		entries := w.entries()
		wantEqual(w.T, len(entries), 3)
		want := gate.Entry{At: noon, ActorKind: "person", ActorID: "sue", Actor: "sue", Operation: "job.cancel", Rule: "R23", Detail: "while looking as user ada"}
		wantEqual(w.T, entries[0], want)
	})
}

// Who looks needs access:view where they look; elsewhere they learn what they
// would without the preview, or that they may not look.
func TestAPreviewIsSeenWhereTheViewerMayLook(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		for _, row := range []struct {
			viewer, as string
			want       remit.Kind
			missing    string
		}{
			{"ada", "dan", "", ""},
			{"ada", "eve", remit.NotFound, "project:view"}, // dan's project is hidden from eve
			{"ada", "sol", remit.NotFound, "job:read"},     // another's job is absent to sol
			{"sue", "dan", "", ""},
			{"dan", "ada", remit.Denied, "access:view"},
			{"mel", "ada", remit.Denied, "access:view"},
			{"sol", "ada", remit.NotFound, ""}, // as without the preview
			{"eve", "ada", remit.NotFound, ""},
		} {
			_, err := gate.View(w.Context(), w.gate, looking(row.viewer, row.as), gate.Query[int]{
				Name: "job.read",
				On:   func(*gate.Reader) (authz.Resource, error) { return p1("mel"), nil },
				Read: func(*gate.Reader) (int, error) { return 0, nil },
			})
			e, _ := err.(*remit.Error)
			if remit.KindOf(err) != row.want || row.want == remit.Denied && e.Decision.Permission != row.missing {
				w.Errorf("%s as %s: %v, want %q for %s", row.viewer, row.as, err, row.want, row.missing)
			}
		}
	})
}

// R19: in a preview too a list shows what the detail shows.
func TestListsOfAPreviewShowWhatItsDetailsShow(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		people := []string{"ada", "mel", "dan", "sol", "vic", "eve", "sue", "sam"}
		shown := 0
		for _, viewer := range people {
			for _, as := range people {
				w.reads(looking(viewer, as), func(r *gate.Reader) {
					scope := r.Scope("job.list")
					for _, owner := range people {
						for _, project := range []string{"p1", "p2"} {
							on := authz.Resource{Project: project, Owner: owner, Thing: "j", Run: "render"}
							listed, detail := scope.Has(on), r.Can("job.read", on).Allowed
							if listed != detail {
								w.Errorf("%s as %s: %s's job in %s is listed: %t, read: %t", viewer, as, owner, project, listed, detail)
							}
							if detail {
								shown++
							}
							if diff := cmp.Diff([]string(nil), r.Actions(on, "job.cancel", "job.run", "job.delete")); diff != "" {
								w.Errorf("%s as %s may (-want +got):\n%s", viewer, as, diff)
							}
						}
					}
				})
			}
		}
		if shown < 50 {
			w.Errorf("%d are shown, which is dull", shown)
		}
	})
}

// Whoever shows the token of a job is a stranger to the log, one of many (R31).
func TestRefusalsOfBearersAreNotWrittenOneByOne(t *testing.T) {
	t.Parallel()
	engines(t, func(w *world) {
		bearer := authz.Subject{Kind: authz.Bearer, ID: "job-of-ada"}
		_, err := do(w, w.gate, bearer, note("job.cancel", p1("ada"), "a"))
		if err == nil || len(w.entries()) != 0 {
			w.Errorf("%v; entries %+v", err, w.entries())
		}
		local := authz.Subject{Kind: authz.Local}
		_, err = do(w, w.gate, local, note("job.cancel", p1("ada"), "b"))
		w.must(err)
		entries := w.entries()
		wantEqual(w.T, len(entries), 1)
		wantEqual(w.T, entries[0].ActorKind+" "+entries[0].Actor+" "+entries[0].Rule, "person local R32")
	})
}
