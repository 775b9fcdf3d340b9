package api

import (
	"context"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/policyfile"
)

// mostFiles is how many bytes of policy files one request may bring.
const mostFiles = 16 << 20

func (a *api) policyRoutes() {
	const policy, access = "/api/v1/policy", "/api/v1/projects/{slug}/access"
	handle(a, on(get, policy, "Export everything about rights as a policy file", "policy.read"), a.exportPolicy)
	handle(a, on(post, policy+"/plan", "Ask what applying policy files would do", "policy.plan").upTo(mostFiles), a.planPolicy)
	handle(a, on(post, policy+"/apply", "Apply policy files", "policy.apply").upTo(mostFiles), a.applyPolicy)
	handle(a, on(post, policy+"/lint", "Look for what is wrong with policy files", "policy.plan").named("policy.lint").upTo(mostFiles), a.lintPolicy)
	handle(a, on(post, policy+"/migrate", "Write old names of permissions anew", "policy.migrate", "policy.plan"), a.migratePolicy)
	handle(a, on(get, access, "Show who holds what in a project", "access.read"), a.access)
	handle(a, on(put, access, "Write who holds what in a project", "access.write"), a.putAccess)
	handle(a, on(post, access+"/plan", "Ask who would gain and lose what", "access.plan"), a.planAccess)
}

// versioned is an answer with the version of what it is about.
type versioned[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func withETag[T any](version string, body T) *versioned[T] {
	return &versioned[T]{`"` + version + `"`, body}
}

// IfMatch is the version that a change was made for.
type IfMatch struct {
	Version string `header:"If-Match" doc:"The ETag of what was read: 412 when something else is stored by then"`
}

// or is the version of the header, else that of the body. "*" is any.
func (m IfMatch) or(body string) string {
	version := strings.Trim(strings.TrimPrefix(m.Version, "W/"), `"`)
	if version == "" {
		version = body
	}
	if version == "*" {
		return ""
	}
	return version
}

func (a *api) exportPolicy(ctx context.Context, who authz.Subject, _ *struct{}) (*versioned[client.Policy], error) {
	text, version, err := a.Policy.Export(ctx, who)
	return withETag(version, client.Policy{Text: text, Version: version}), err
}

func (a *api) planPolicy(ctx context.Context, who authz.Subject, in *Input[client.PolicyFiles]) (*versioned[client.Plan], error) {
	return planned(a.Policy.Plan(ctx, who, request(in.Body, "")))
}

func (a *api) applyPolicy(ctx context.Context, who authz.Subject, in *struct {
	IfMatch
	Input[client.PolicyFiles]
}) (*versioned[client.Plan], error) {
	return planned(a.Policy.Apply(ctx, who, request(in.Body, in.or(in.Body.Version))))
}

func request(f client.PolicyFiles, version string) policyfile.Request {
	return policyfile.Request{Files: files(f), Prune: f.Prune, Version: version}
}

func files(f client.PolicyFiles) []policyfile.File {
	all := make([]policyfile.File, len(f.Files))
	for i, one := range f.Files {
		all[i] = policyfile.File(one)
	}
	return all
}

func planned(p policyfile.Plan, err error) (*versioned[client.Plan], error) {
	out := client.Plan{Version: p.Version, Partial: p.Partial, Changes: make([]client.PolicyChange, len(p.Changes)), Effects: make([]client.PolicyEffect, len(p.Effects))}
	for i, c := range p.Changes {
		out.Changes[i] = client.PolicyChange(c)
	}
	for i, e := range p.Effects {
		out.Effects[i] = client.PolicyEffect(e)
	}
	return withETag(p.Version, out), err
}

func (a *api) lintPolicy(ctx context.Context, who authz.Subject, in *Input[client.PolicyFiles]) (*answer[remit.Page[client.PolicyFinding]], error) {
	found, err := a.Policy.Lint(ctx, who, files(in.Body))
	items := make([]client.PolicyFinding, len(found))
	for i, f := range found {
		items[i] = client.PolicyFinding{Code: f.Code, Level: string(f.Level), File: f.At.File, Line: f.At.Line, Column: f.At.Col, Message: f.Message}
	}
	return &answer[remit.Page[client.PolicyFinding]]{whole(items)}, err
}

func (a *api) migratePolicy(ctx context.Context, who authz.Subject, in *Input[client.Migrate]) (*answer[remit.Page[client.Migration]], error) {
	report, err := a.Policy.Migrate(ctx, who, in.Body.Drop, in.Body.Write)
	items := make([]client.Migration, len(report))
	for i, m := range report {
		items[i] = client.Migration(m)
		items[i].Is = append([]string{}, m.Is...)
	}
	return &answer[remit.Page[client.Migration]]{whole(items)}, err
}

func (a *api) access(ctx context.Context, who authz.Subject, in *BySlug) (*versioned[client.Access], error) {
	w, version, err := a.Policy.Access(ctx, who, in.Slug)
	out := client.Access{Version: version, Public: append([]string{}, w.Public...), Overrides: append([]remit.Override{}, w.Overrides...)}
	return withETag(version, out.WithRows(append([]remit.Member{}, w.Members...), append([]remit.Entry{}, w.Entries...))), err
}

func (a *api) putAccess(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	IfMatch
	Input[client.Access]
}) (*versioned[client.Plan], error) {
	return planned(a.Policy.PutAccess(ctx, who, in.Slug, rows(in.Body), in.or(in.Body.Version)))
}

func (a *api) planAccess(ctx context.Context, who authz.Subject, in *struct {
	BySlug
	Input[client.Access]
}) (*versioned[client.Plan], error) {
	return planned(a.Policy.PlanAccess(ctx, who, in.Slug, rows(in.Body)))
}

// rows are a request's; lists that are left out stay nil.
func rows(in client.Access) policyfile.Rows {
	r := policyfile.Rows{Public: in.Public, Overrides: in.Overrides}
	r.Members, r.Entries = in.Rows()
	return r
}
