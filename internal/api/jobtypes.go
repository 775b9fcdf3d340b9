package api

import (
	"cmp"
	"context"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
)

func (a *api) jobTypeRoutes() {
	const types = "/api/v1/job-types"
	handle(a, on(put, "/api/v1/projects/{slug}/job-types/{key}", "Switch a job type on or off in a project", "jobtype.switch"), a.switchType)
	handle(a, on(put, types+"/{key}", "Add a job type, or change it", "jobtype.declare"), a.putType)
	handle(a, on(post, types+"/apply", "Add and change job types, all of them or none", "jobtype.declare").named("jobtype.apply"), a.applyTypes)
}

func (a *api) switchType(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Key string `path:"key"`
	Input[client.TypeSwitch]
}) (*answer[remit.JobType], error) {
	t, err := a.Jobs.Switch(ctx, who, in.Slug, in.Key, in.Body.On)
	return &answer[remit.JobType]{t}, err
}

// declaration is a job type as it is declared: most of it may be left out.
type declaration struct{ remit.JobType }

// Schema implements huma.SchemaProvider.
func (declaration) Schema(r huma.Registry) *huma.Schema {
	lend := huma.SchemaFromType(r, reflect.TypeFor[remit.Lend]())
	lend.Required = []string{"permission"}
	lend.PrecomputeMessages()
	s := huma.SchemaFromType(r, reflect.TypeFor[remit.JobType]())
	s.Properties["lends"] = &huma.Schema{Type: huma.TypeArray, Nullable: true, Items: lend}
	s.Properties["lends"].PrecomputeMessages()
	s.Required = []string{"title", "on", "runner"}
	s.PrecomputeMessages()
	return s
}

func (a *api) putType(ctx context.Context, who authz.Subject, in *struct {
	Key string `path:"key"`
	Input[declaration]
}) (*answer[remit.JobType], error) {
	t := in.Body.JobType
	if t.Key = cmp.Or(t.Key, in.Key); t.Key != in.Key {
		return nil, remit.Errorf(remit.Invalid, "The address is of job type %.80q, and the body of %.80q: a key cannot change", in.Key, t.Key).
			WithField("key").WithHint("Leave key out of the body, or declare a type with another key.")
	}
	t, err := a.Jobs.PutType(ctx, who, t)
	return &answer[remit.JobType]{t}, err
}

// declarations is client.JobTypes.
type declarations struct {
	Types  []declaration `json:"types" nullable:"false"`
	DryRun bool          `json:"dry_run,omitempty"`
}

func (a *api) applyTypes(ctx context.Context, who authz.Subject, in *Input[declarations]) (*answer[remit.Page[client.JobTypeChange]], error) {
	all := make([]remit.JobType, len(in.Body.Types))
	for i, d := range in.Body.Types {
		all[i] = d.JobType
	}
	changes, err := a.Jobs.DeclareTypes(ctx, who, all, in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	items := make([]client.JobTypeChange, len(changes))
	for i, c := range changes {
		items[i] = client.JobTypeChange{Key: c.Key, New: c.New, Fields: c.Fields}
	}
	return &answer[remit.Page[client.JobTypeChange]]{whole(items)}, nil
}
