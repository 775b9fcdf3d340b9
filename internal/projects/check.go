package projects

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// Question is "may USER do PERMISSION here?".
type Question struct {
	User       string // name; "" = the asker
	Permission string // a permission ("job:read") or an operation ("job.read")
	Project    string // slug; "" = the site, or with On the thing's
	// On finds the one thing asked about, with its id in Thing; nil = things of
	// the project in general. What the asker may not read is as if it were absent.
	On func(r *gate.Reader) (authz.Resource, error)
}

// Verdict answers a Question. Guards (R16) are not asked: it is about rights,
// not about the state of things.
type Verdict struct {
	Allowed bool // on the thing; without one: Own or Others
	Own     bool // for things of the project that the subject owns
	Others  bool // for others' things
	Rule    string
	Reason  string
}

// Check answers q. Rights of others need access:view in the project (R22). An
// unknown permission or operation is remit.Invalid, with a suggestion.
func (s *Service) Check(ctx context.Context, who authz.Subject, q Question) (Verdict, error) {
	return gate.View(ctx, s.gate, who, gate.Query[Verdict]{
		Name: "access.check",
		Read: func(r *gate.Reader) (Verdict, error) { return s.check(r, q) },
		Kept: q.On == nil,
	})
}

// understood is a question whose words have been looked up, and that the asker
// may ask.
type understood struct {
	on      authz.Resource
	subject authz.Subject
	judge   func(authz.Resource) authz.Decision
}

func (s *Service) understand(r *gate.Reader, q Question) (c understood, err error) {
	if c.on, err = s.askedAbout(r, q.Project, q.On); err != nil {
		return c, err
	}
	if c.subject, err = s.asked(r, q.User, c.on); err != nil {
		return c, err
	}
	if c.judge, err = judgeOf(r, c.subject, q.Permission); err != nil {
		return c, invalid("permission", "%w", err)
	}
	return c, askable(r, c.subject, c.on, q.Permission)
}

func (s *Service) check(r *gate.Reader, q Question) (Verdict, error) {
	c, err := s.understand(r, q)
	if err != nil {
		return Verdict{}, err
	}
	d, own, others := c.answers(q.On == nil)
	return Verdict{Allowed: d.Allowed, Own: own.Allowed, Others: others.Allowed, Rule: ruleName(d.Rule), Reason: reason(d)}, nil
}

// answers are those about the thing, or in general, and about own and others' things.
func (c understood) answers(general bool) (d, own, others authz.Decision) {
	mine, theirs := c.on, c.on
	mine.Owner, theirs.Owner = gate.SelfOf(c.subject), ""
	own, others = c.judge(mine), c.judge(theirs)
	if general {
		return either(own, others), own, others
	}
	return c.judge(c.on), own, others
}

// either speaks for things in general: for others' only if these alone are allowed.
func either(own, others authz.Decision) authz.Decision {
	if !own.Allowed && others.Allowed {
		return others
	}
	return own
}

// ruleName is a rule as people and programs read it.
func ruleName(rule authz.Rule) string { return "R" + strconv.Itoa(int(rule)) }

// askedAbout is the thing, the project or the site; what the asker may not
// know of is as if it were absent (R21).
func (s *Service) askedAbout(r *gate.Reader, slug string, thing func(*gate.Reader) (authz.Resource, error)) (authz.Resource, error) {
	var project Row
	if slug != "" {
		var err error
		if project, err = s.visible(r, slug); err != nil {
			return authz.Resource{}, err
		}
	}
	if thing == nil {
		return project.Resource(), nil
	}
	on, err := thing(r)
	if err != nil {
		return on, err
	}
	kind, _, _ := strings.Cut(on.Thing, "_") // every id tells its kind
	if err := r.Require(kind+".read", on); err != nil {
		return on, err
	}
	if slug != "" && on.Project != string(project.ID) {
		return on, gate.NotFound(kind + "s")
	}
	return on, nil
}

// visible is the function of that name, with the project as it is kept. A key
// may ask about a project that its account sees: that the scope does not cover
// reading it is no secret from it.
func (s *Service) visible(r *gate.Reader, slug string) (Row, error) {
	row, err := s.rows.Of(r, slug, func() (Row, error) { return Locate(r, slug) })
	if err != nil {
		return row, err
	}
	if d := r.Can("project.read", row.Resource()); d.OutsideCaps() && !d.ProjectHidden && r.Who().Preview == nil {
		return row, nil
	}
	return row, r.Require("project.read", row.Resource())
}

// asked is the subject of the question.
func (s *Service) asked(r *gate.Reader, name string, on authz.Resource) (authz.Subject, error) {
	who := r.Who()
	if name == "" || who.Kind == authz.Person && name == who.Name && who.Preview == nil {
		return who, nil
	}
	if err := r.Require("access.read", authz.Resource{Project: on.Project}); err != nil {
		return authz.Subject{}, err
	}
	id, err := s.names.Of(r, name, func() (remit.UserID, error) { return identity.IDOf(r, name) })
	if remit.KindOf(err) == remit.NotFound || err == nil && !seen(r, id, on.Project) {
		return authz.Subject{}, invalid("user", "There is no user %.80q that you may see", name)
	}
	return authz.Subject{Kind: authz.Person, ID: string(id), Name: name}, err
}

// seen says whether the asker may know of an account: by itself, or because it
// holds something in a project where the asker may see who does.
func seen(r *gate.Reader, id remit.UserID, project string) bool {
	return r.Policy().Holds(string(id), project) || r.Can("user.read", authz.Resource{Owner: string(id), Thing: string(id)}).Allowed
}

// askable refuses permissions of the site about others to those who may ask
// about them in a project only.
func askable(r *gate.Reader, subject authz.Subject, on authz.Resource, names ...string) error {
	if err := lookable(r, on, names); err != nil {
		return err
	}
	if isAsker(r, subject) || r.Can("access.read", authz.Resource{}).Allowed {
		return nil
	}
	if ofSite(r.Policy(), names) {
		return r.Require("access.read", authz.Resource{})
	}
	return nil
}

// lookable refuses previews of the site to those who may look at projects only (R23).
func lookable(r *gate.Reader, on authz.Resource, names []string) error {
	if r.Who().Preview == nil || on.Project != "" && !ofSite(r.Policy(), names) {
		return nil
	}
	return r.RequireAs(r.Viewer(), "access.read", authz.Resource{})
}

func ofSite(p *authz.Policy, names []string) bool {
	for _, name := range names {
		if slices.ContainsFunc(p.Meant(name), func(one authz.Permission) bool { return one.Level == authz.OnSite }) {
			return true
		}
	}
	return false
}

// isAsker says whether a subject is the asker, and so with their key.
func isAsker(r *gate.Reader, subject authz.Subject) bool {
	who := r.Who()
	return subject.Kind == who.Kind && subject.ID == who.ID && (subject.Preview == nil) == (who.Preview == nil)
}

// judgeOf returns how a permission or an operation is decided on a thing.
func judgeOf(r *gate.Reader, subject authz.Subject, name string) (func(authz.Resource) authz.Decision, error) {
	p, now := r.Policy(), r.Now().UnixMicro()
	if _, known := p.Permission(name); known {
		return func(on authz.Resource) authz.Decision { return p.Check(subject, name, on, now) }, nil
	}
	if _, known := p.Operation(name); known && !strings.Contains(name, ":") {
		return func(on authz.Resource) authz.Decision {
			d := p.Can(subject, name, on, now)
			d.Allowed = d.Allowed || d.Guard != "" // guards come after all rights
			return d
		}, nil
	}
	return nil, unknown(p, name)
}

// unknown suggests permissions and operations.
func unknown(p *authz.Policy, name string) error {
	if len(name) > authz.MaxName {
		return p.Fault(name)
	}
	if near := p.Suggest(name); near != "" {
		return fmt.Errorf("unknown permission %q, did you mean %q?", name, near)
	}
	return fmt.Errorf("unknown permission %q", name)
}

// reason says the deciding rule in words.
func reason(d authz.Decision) string {
	switch why := d.Reason(); {
	case d.Permission == "":
		return ""
	case !d.Allowed:
		return d.Permission + ": " + why
	default:
		return why
	}
}
