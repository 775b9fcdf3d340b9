package blueprints_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/blueprints"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
	"github.com/remit-server/remit/internal/testkit"
)

var setup = authz.Subject{Kind: authz.System, ID: "setup", Name: "setup"}

// world is an installation with all blueprints applied.
type world struct {
	*testing.T
	gate     *gate.Gate
	services blueprints.Services
	projects *projects.Service
	accounts *identity.Service
}

func inWorlds(t *testing.T, fn func(w *world)) {
	t.Helper()
	t.Parallel()
	testkit.Engines(t, func(t *testing.T, d *db.DB) {
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		g := gate.New(d, projects.PolicySource{}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
		w := &world{T: t, gate: g, projects: projects.New(g, projects.Options{}),
			accounts: identity.New(g, identity.Options{Password: identity.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})}
		w.services = blueprints.Services{Projects: w.projects, Jobs: jobs.New(g, jobs.Options{})}
		w.applyAll()
		fn(w)
	})
}

func (w *world) applyAll() {
	w.Helper()
	for _, name := range blueprints.Names() {
		b, err := blueprints.Load(name)
		w.must(err)
		w.must(blueprints.Apply(w.Context(), setup, w.services, b))
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// holder is somebody with one role in a project.
func (w *world) holder(project, role string) authz.Subject {
	w.Helper()
	name := project + "-" + role
	u, err := w.accounts.Create(w.Context(), setup, identity.NewUser{Name: name, Password: "correct horse"})
	w.must(err)
	_, err = w.projects.AddMember(w.Context(), setup, project, projects.NewMember{User: name, Roles: []string{role}})
	w.must(err)
	return authz.Subject{Kind: authz.Person, ID: string(u.ID), Name: name}
}

func wantEqual[T any](t *testing.T, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected (-want +got):\n%s", diff)
	}
}

func TestThereAreThreeBlueprints(t *testing.T) {
	t.Parallel()
	wantEqual(t, blueprints.Names(), []string{"moths", "observatory", "starter"})
	_, err := blueprints.Load("meths")
	if remit.KindOf(err) != remit.NotFound {
		t.Errorf("got %v, want not found", err)
	}
}

// basic is what a basic member of moths and a student may do, typed from the
// description of the sample projects and not from the files.
var basic = []string{"collection:read", "file:download", "file:read", "job:cancel@own", "job:create", "job:read", "job:run.ml.single",
	"member:read", "project:view"}

func TestEveryRoleHoldsExactlyWhatItIsSaidTo(t *testing.T) {
	and := func(more ...string) []string { return slices.Sorted(slices.Values(slices.Concat(basic, more))) }
	inWorlds(t, func(w *world) {
		for project, roles := range map[string]map[string][]string{
			"moths": {
				"basic_member":    basic,
				"identifier":      and("record:edit.identification"),
				"researcher":      and("job:run.export"),
				"ml_data_manager": and("job:run.ml", "job:run.populate", "job:run.scan", "collection:create", "collection:update", "collection:delete", "job:update"),
			},
			"observatory": {
				"student": basic,
				"staff": slices.DeleteFunc(and("job:run.ml", "job:run.scan", "collection:update", "collection:publish", "job:cancel"),
					func(p string) bool { return p == "job:cancel@own" }),
			},
		} {
			for role, want := range roles {
				who := w.holder(project, role)
				p, err := w.projects.Project(w.Context(), who, project)
				w.must(err)
				wantEqual(w.T, p.Permissions, want)
				wantEqual(w.T, p.CollectionVisibility, "project")
			}
		}
	})
}

func TestManagersHoldEverythingThatIsNotReserved(t *testing.T) {
	inWorlds(t, func(w *world) {
		want := []string{}
		catalog, err := w.projects.Permissions(w.Context(), setup)
		w.must(err)
		for _, p := range catalog {
			if p.Level == authz.InProject && !p.Reserved && !p.Never {
				want = append(want, p.Name)
			}
		}
		slices.Sort(want)
		for role, project := range map[string]string{"project_manager": "moths", "supervisor": "observatory", "owner": "moths"} {
			p, err := w.projects.Project(w.Context(), w.holder(project, role), project)
			w.must(err)
			wantEqual(w.T, p.Permissions, want)
		}
	})
}

func TestTheStarterRolesGrowStepByStep(t *testing.T) {
	inWorlds(t, func(w *world) {
		var less []string
		for _, role := range []string{"reader", "executor", "writer", "admin"} {
			p, err := w.projects.Project(w.Context(), w.holder("moths", role), "moths")
			w.must(err)
			for _, held := range less {
				whole := held[:len(held)-len(selector(held))]
				if !slices.Contains(p.Permissions, held) && !slices.Contains(p.Permissions, whole) {
					w.Errorf("%s lacks %s", role, held)
				}
			}
			if len(p.Permissions) <= len(less) {
				w.Errorf("%s holds no more than the step before: %v", role, p.Permissions)
			}
			less = p.Permissions
		}
	})
}

func selector(held string) string {
	for _, s := range []string{"@own", "@others"} {
		if len(held) > len(s) && held[len(held)-len(s):] == s {
			return s
		}
	}
	return ""
}

func TestEveryAccountMayLookAfterItself(t *testing.T) {
	inWorlds(t, func(w *world) {
		site, _, err := w.projects.Rights(w.Context(), w.holder("moths", "basic_member"))
		w.must(err)
		wantEqual(w.T, site, []string{"jobtype:read", "key:create@own", "key:delete@own", "key:read@own", "role:read", "session:delete@own", "session:read@own", "user:password@own", "user:read@own"})
		site, mine, err := w.projects.Rights(w.Context(), authz.Subject{Kind: authz.Anonymous})
		w.must(err)
		wantEqual(w.T, len(site)+len(mine), 0)
	})
}

func TestApplyingAgainChangesNothing(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.must(w.projects.PutRole(w.Context(), setup, remit.Role{Name: "reader", Title: "Mine", Allow: []string{"project:view"}}))
		before := w.state()
		w.applyAll()
		wantEqual(w.T, w.state(), before)
	})
}

// state is all that a blueprint could change, and the number of changes of
// policy so far, which counts what looks the same too.
func (w *world) state() (s struct {
	Roles       []remit.Role
	Types       []remit.JobType
	Projects    remit.Page[remit.Project]
	Permissions []authz.Permission
	Version     string
}) {
	w.Helper()
	var err error
	s.Roles, err = w.projects.Roles(w.Context(), setup)
	w.must(err)
	types, err := w.services.Jobs.Types(w.Context(), setup, "")
	w.must(err)
	s.Types = types.Items
	s.Projects, err = w.projects.Projects(w.Context(), setup, 0, "")
	w.must(err)
	s.Permissions, err = w.projects.Permissions(w.Context(), setup)
	w.must(err)
	s.Version, err = gate.View(w.Context(), w.gate, setup, gate.Query[string]{Name: "me.read", Read: func(r *gate.Reader) (version string, err error) {
		err = r.QueryRow(`SELECT value FROM meta WHERE key = 'policy_version'`).Scan(&version)
		return version, err
	}})
	w.must(err)
	return s
}

func TestNobodyAppliesABlueprintWithoutTheRights(t *testing.T) {
	inWorlds(t, func(w *world) {
		b := blueprints.Blueprint{Name: "mine", Roles: []remit.Role{{Name: "king", Allow: []string{"*"}}}}
		err := blueprints.Apply(w.Context(), w.holder("moths", "project_manager"), w.services, b)
		if remit.KindOf(err) != remit.Denied {
			w.Errorf("got %v, want denied", err)
		}
	})
}

func TestTheJobTypeOfBothProjectsIsTheSame(t *testing.T) {
	t.Parallel()
	moths, err := blueprints.Load("moths")
	if err != nil {
		t.Fatal(err)
	}
	observatory, err := blueprints.Load("observatory")
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, observatory.JobTypes, moths.JobTypes)
	wantEqual(t, observatory.Permissions, moths.Permissions)
	ml := moths.JobTypes[0]
	wantEqual(t, string(ml.Params), `{"additionalProperties":false,"properties":{`+
		`"min_pixels":{"description":"In pixels.","minimum":1,"title":"Smallest source","type":"integer"},`+
		`"threshold":{"description":"Detection limit in sigmas of the background noise.","exclusiveMinimum":0,"title":"Threshold","type":"number"}},"type":"object"}`)
	ml.Params, ml.Title, ml.Description = nil, "", ""
	wantEqual(t, ml, remit.JobType{Key: "ml", On: []string{"file", "collection"}, Runner: "process",
		Command: []string{"{remit}", "sample", "detect", "{inputs}"}, Args: true, TimeLimitS: 600, MaxAttempts: 3, Notify: []remit.JobState{"failed", "held"}})
}
