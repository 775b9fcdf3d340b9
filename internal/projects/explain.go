package projects

import (
	"context"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// Explain answers q as Check does, with the reasons and with what would turn
// the answer over (R22). Who wrote what is told to those who may see the
// members. About no thing it explains what goes for own things if these are
// allowed, else for others'. Of an operation it explains the permission that
// decides it.
func (s *Service) Explain(ctx context.Context, who authz.Subject, q Question) (remit.Explanation, error) {
	return gate.View(ctx, s.gate, who, gate.Query[remit.Explanation]{
		Name: "access.check",
		Read: func(r *gate.Reader) (remit.Explanation, error) { return s.explain(r, q) },
	})
}

func (s *Service) explain(r *gate.Reader, q Question) (none remit.Explanation, err error) {
	c, err := s.understand(r, q)
	if err != nil {
		return none, err
	}
	on := c.on
	if q.On == nil {
		if on.Owner = c.subject.ID; !c.judge(on).Allowed {
			on.Owner = ""
		}
	}
	permission := c.judge(on).Permission
	if _, known := r.Policy().Permission(q.Permission); known {
		permission = q.Permission
	}
	if permission == "" {
		return none, invalid("permission", "%s asks for no permission, so there is nothing to explain", q.Permission)
	}
	t, err := tellerOf(r, c)
	if err != nil {
		return none, err
	}
	now := r.Now().UnixMicro()
	x := t.explanation(r.Policy().Explain(c.subject, permission, on, now))
	for _, f := range r.Policy().Flips(c.subject, permission, on, now) {
		x.Flips = append(x.Flips, t.flip(f).String())
	}
	for _, f := range x.Flips {
		x.Text += "  → " + f + "\n"
	}
	return x, nil
}

// teller puts names in the place of ids.
type teller struct {
	r       *gate.Reader
	project string // its id, which is the only one in an explanation
	slug    string
	subject authz.Subject
	people  bool // the asker may know who wrote what
	teams   map[string]string
}

func tellerOf(r *gate.Reader, c understood) (*teller, error) {
	teams, err := teamsByID(r)
	if err != nil {
		return nil, err
	}
	t := &teller{r: r, project: c.on.Project, subject: c.subject, teams: teams}
	if t.project == "" {
		t.people = r.Holds("user:read", authz.Resource{}).Allowed
		return t, nil
	}
	t.people = r.Holds("member:read", authz.Resource{Project: t.project}).Allowed
	slugs, err := Slugs(r, remit.ProjectID(t.project))
	t.slug = slugs[remit.ProjectID(t.project)]
	return t, err
}

// named is an explanation in names.
func (t *teller) named(x authz.Explanation) authz.Explanation {
	if t.subject.Kind == authz.Person && t.subject.ID != "" {
		x.Detail = strings.ReplaceAll(x.Detail, t.subject.ID, t.r.UserName(remit.UserID(t.subject.ID)))
	}
	considered := make([]authz.Considered, len(x.Considered))
	for i, c := range x.Considered {
		c.Project, c.Team, c.Note, c.Membership = t.place(c.Project), t.teams[c.Team], t.note(c.Note), t.note(c.Membership)
		considered[i] = c
	}
	parts := make([]authz.Part, len(x.Parts))
	for i, part := range x.Parts {
		parts[i] = authz.Part{As: part.As, Explanation: t.named(part.Explanation)}
	}
	x.Considered, x.Parts = considered, parts
	return x
}

func (t *teller) place(id string) string {
	if id == t.project {
		return t.slug
	}
	return id
}

func (t *teller) note(n *authz.Note) *authz.Note {
	if n == nil || !t.people {
		return nil
	}
	return &authz.Note{By: t.r.UserName(remit.UserID(n.By)), At: n.At, Why: n.Why}
}

func (t *teller) flip(f authz.Flip) authz.Flip {
	changes := make([]authz.Change, len(f.Changes))
	for i, c := range f.Changes {
		c.Project = t.place(c.Project)
		if c.User != "" {
			c.User = t.r.UserName(remit.UserID(c.User))
		}
		changes[i] = c
	}
	return authz.Flip{Changes: changes}
}

// explanation is one for the outside.
func (t *teller) explanation(x authz.Explanation) remit.Explanation {
	x = t.named(x)
	out := outside(x)
	out.Text = x.String()
	return out
}

func outside(x authz.Explanation) remit.Explanation {
	out := remit.Explanation{Allowed: x.Allowed, Rule: ruleName(x.Rule), Permission: x.Asked, Why: x.Why, Detail: x.Detail,
		Considered: make([]remit.Considered, len(x.Considered))}
	if x.Permission != x.Asked {
		out.Missing = x.Permission
	}
	for i, c := range x.Considered {
		out.Considered[i] = remit.Considered{Rule: ruleName(c.Rule), Permission: c.Permission, Role: c.Role, Team: c.Team, Project: c.Project,
			Collection: c.Collection, Pattern: c.Pattern, Effect: effectName(c.Effect), Public: c.Public, Override: c.Override,
			Live: c.Live, Decided: c.Decided, Why: c.Why, From: instant(c.From), Until: instant(c.Until), Written: written(c.Note), Given: written(c.Membership)}
	}
	for _, part := range x.Parts {
		out.Parts = append(out.Parts, remit.Because{As: string(part.As), Explanation: outside(part.Explanation)})
	}
	return out
}

func effectName(e authz.Effect) string {
	for name, effect := range effects {
		if effect == e {
			return name
		}
	}
	return ""
}

func written(n *authz.Note) *remit.Written {
	if n == nil {
		return nil
	}
	return &remit.Written{By: n.By, At: instant(n.At), Why: n.Why}
}

// instant is a time in microseconds; 0 is none.
func instant(at int64) *time.Time {
	if at == 0 {
		return nil
	}
	t := time.UnixMicro(at).UTC()
	return &t
}
