package projects_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

// site is a world that two programs change by chance.
type site struct {
	*world
	*rand.Rand
	programs [2]*projects.Service
	gates    [2]*gate.Gate
	users    []string
	slugs    []string
}

func newSite(t *testing.T, url string, seed uint64) *site {
	w := newWorld(t, testkit.Open(t, url))
	other := gate.New(testkit.Open(t, url), projects.PolicySource{}, w.clock.Now, slog.New(slog.DiscardHandler))
	s := &site{world: w, Rand: rand.New(rand.NewPCG(seed, seed)), gates: [2]*gate.Gate{w.gate, other},
		programs: [2]*projects.Service{w.Service, projects.New(other, projects.Options{})}}
	s.newUser()
	s.newProject()
	return s
}

func pick[T any](s *site, from ...T) T { return from[s.IntN(len(from))] }

// when is a moment around now, or none.
func (s *site) when() *time.Time {
	if s.IntN(2) == 0 {
		return nil
	}
	at := s.clock.Now().Add(time.Duration(s.IntN(7)-3) * time.Hour)
	return &at
}

func (s *site) pattern() string {
	return pick(s, "*", "job:*", "job:read", "job:cancel@own", "project:view", "access:grant", "file:read@others", "extra:read")
}

func (s *site) newUser() error {
	s.users = append(s.users, fmt.Sprintf("user%d", len(s.users)))
	s.account(identity.NewUser{Name: s.users[len(s.users)-1], Superuser: s.IntN(5) == 0})
	return nil
}

func (s *site) newProject() error {
	s.slugs = append(s.slugs, fmt.Sprintf("project%d", len(s.slugs)))
	_, err := s.Create(s.Context(), s.person(pick(s, s.users...)), projects.NewProject{Slug: s.slugs[len(s.slugs)-1]})
	return err
}

// step changes something by chance. What is refused changes nothing.
func (s *site) step() error {
	ctx, by, slug, user := s.Context(), pick(s, s.programs[:]...), pick(s, s.slugs...), pick(s, s.users...)
	switch s.IntN(24) {
	case 0:
		return s.newUser()
	case 1:
		return s.newProject()
	case 2, 3, 4:
		_, err := by.AddMember(ctx, setup, slug, projects.NewMember{User: user, Roles: []string{pick(s, "owner", "reader", "worker")}, From: s.when(), Until: s.when()})
		return err
	case 5:
		return s.dropMember(by, slug)
	case 6:
		return by.SetOverride(ctx, setup, slug, remit.Override{Role: pick(s, "owner", "reader", "worker"), Permission: s.pattern(), Effect: pick(s, "allow", "deny", "remove", "inherit")})
	case 7:
		_, err := by.AddEntry(ctx, setup, slug, remit.Entry{User: user, Permission: s.pattern(), Effect: pick(s, "allow", "deny"), Until: s.when()})
		return err
	case 8:
		return by.PutRole(ctx, setup, remit.Role{Name: pick(s, "reader", "worker"), Allow: []string{s.pattern(), s.pattern()}})
	case 9:
		_, err := s.accounts.Update(ctx, setup, user, identity.UserPatch{Disabled: new(s.IntN(3) > 0)})
		return err
	case 10:
		return by.DeclarePermissions(ctx, setup, authz.Permission{Name: "extra:" + pick(s, "read", "edit", "drop")})
	case 11:
		_, err := by.Publish(ctx, setup, slug, projects.Publication{Permission: pick(s, "file:read", "collection:read"), Public: s.IntN(2) == 0})
		return err
	case 12:
		_, err := by.Archive(ctx, setup, slug, s.IntN(3) == 0)
		return err
	case 13:
		return s.deleteOrRestore(by, slug)
	case 14, 15, 16, 17, 18, 19, 20, 21:
		return s.stepOnSite(by, slug, user)
	default:
		_, err := by.Update(ctx, setup, slug, projects.ProjectPatch{Title: new("another title")})
		return err
	}
}

func (s *site) deleteOrRestore(by *projects.Service, slug string) error {
	super := s.superuser("root")
	page, err := by.Deleted(s.Context(), super, 0, "")
	if err != nil || len(page.Items) == 0 || s.IntN(3) == 0 {
		_, err := by.Delete(s.Context(), s.person(pick(s, s.users...)), slug)
		return err
	}
	_, err = by.Restore(s.Context(), super, pick(s, page.Items...).ID, "")
	return err
}

func (s *site) dropMember(by *projects.Service, slug string) error {
	page, err := by.Members(s.Context(), setup, slug, 0, "")
	if err != nil || len(page.Items) == 0 {
		return err
	}
	return by.RemoveMember(s.Context(), setup, slug, pick(s, page.Items...).ID)
}

// compare asks the gate's policy, and one that is read and compiled from
// nothing, everything that they could differ in.
func (s *site) compare(g *gate.Gate) string {
	s.Helper()
	diff, err := gate.View(s.Context(), g, setup, gate.Query[string]{Name: "event.stream", Read: func(r *gate.Reader) (string, error) {
		fresh, err := projects.PolicySource{Log: slog.New(slog.DiscardHandler)}.LoadPolicy(r)
		s.must(err)
		policy, err := authz.Compile(fresh)
		s.must(err)
		for _, user := range fresh.Users {
			for _, at := range []time.Time{r.Now(), r.Now().Add(90 * time.Minute)} {
				if diff := cmp.Diff(answers(policy, fresh, user.ID, at), answers(r.Policy(), fresh, user.ID, at)); diff != "" {
					return fmt.Sprintf("%s at %s (-fresh +refreshed):\n%s", user.Name, at, diff), nil
				}
			}
		}
		return "", nil
	}})
	s.must(err)
	return diff
}

// answers are what an account holds at a moment, on the site and in each project.
func answers(p *authz.Policy, src authz.Source, user string, at time.Time) map[string][]string {
	who, all := authz.Subject{Kind: authz.Person, ID: user}, map[string][]string{}
	for _, project := range append([]authz.Project{{}}, src.Projects...) {
		all[project.ID] = p.Permissions(who, project.ID, at.UnixMicro())
	}
	all["names"] = p.Names("")
	return all
}

func TestAPolicyThatWasRefreshedIsThePolicyThatIsStored(t *testing.T) {
	t.Parallel()
	const steps = 90
	testkit.URLs(t, func(t *testing.T, url string) {
		seed := rand.Uint64()
		s := newSite(t, url, seed)
		made := 0
		for n := range steps {
			if err := s.step(); err == nil {
				made++
			} else if _, refused := err.(*remit.Error); !refused {
				t.Fatalf("seed %d, step %d: %v", seed, n, err)
			}
			for _, g := range s.gates {
				if g != s.gates[1] || s.IntN(4) == 0 { // the other one also catches up with several changes
					if diff := s.compare(g); diff != "" {
						t.Fatalf("seed %d, step %d: %s", seed, n, diff)
					}
				}
			}
		}
		if made < steps/6 { // deleted and archived projects refuse much
			t.Errorf("seed %d: only %d of %d steps changed anything", seed, made, steps)
		}
	})
}

// source is what a gate's policy was compiled from.
func (w *world) source() (src authz.Source) {
	w.Helper()
	_, err := gate.View(w.Context(), w.gate, setup, gate.Query[int]{Name: "event.stream", Read: func(r *gate.Reader) (int, error) {
		src = r.Source()
		return 0, nil
	}})
	w.must(err)
	return src
}

func sameSlice[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func TestAChangeInOneProjectLeavesAllElseAsItIs(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.project("moths")
		w.project("dunes")
		w.member("moths", "olga", "owner")
		w.member("dunes", "olga", "owner")
		w.person("dan")
		before := w.source()
		moths := slices.Clone(before.Projects)
		w.member("moths", "dan", "reader")
		after := w.source()
		if !sameSlice(before.Users, after.Users) || !sameSlice(before.Roles, after.Roles) || !sameSlice(before.SiteRoles, after.SiteRoles) ||
			!sameSlice(before.Catalog.Permissions, after.Catalog.Permissions) || !sameSlice(before.Catalog.Operations, after.Catalog.Operations) {
			w.Error("something of the site was read anew")
		}
		for i, p := range after.Projects {
			if changed := !sameSlice(before.Projects[i].Members, p.Members); changed != (len(p.Members) == 2) {
				w.Errorf("project %s was read anew: %t", p.ID, changed)
			}
		}
		if diff := cmp.Diff(moths, before.Projects); diff != "" {
			w.Errorf("the old policy was written to:\n%s", diff)
		}
	})
}

func TestWhatIsNotOfThePolicyLeavesItAsItIs(t *testing.T) {
	inWorlds(t, func(w *world) {
		extra := authz.Permission{Name: "extra:read"}
		w.must(w.DeclarePermissions(w.Context(), setup, extra))
		w.person("dan")
		before := w.source()
		w.must(w.DeclarePermissions(w.Context(), setup, extra))
		_, err := w.accounts.Update(w.Context(), setup, "dan", identity.UserPatch{FullName: new("Dan Dune")})
		w.must(err)
		if after := w.source(); !sameSlice(before.Users, after.Users) || !sameSlice(before.Catalog.Permissions, after.Catalog.Permissions) {
			w.Error("something was read anew")
		}
	})
}
