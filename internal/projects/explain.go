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
// members, when and why to all. About no thing it explains what goes for own
// things, or for others' if only these are allowed. Of an operation it explains
// the permission that decides it.
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
	d, _, _ := c.answers(q.On == nil)
	permission := d.Permission
	if _, known := r.Policy().Permission(q.Permission); known {
		permission = q.Permission
	}
	if permission == "" {
		return none, invalid("permission", "%s asks for no permission, so there is nothing to explain", q.Permission)
	}
	t, err := tellerOf(r, c.subject, c.on)
	if err != nil {
		return none, err
	}
	now, on := r.Now().UnixMicro(), c.on
	raw := r.Policy().Explain(c.subject, permission, on, now)
	if q.On == nil {
		raw, on = c.general(r.Policy(), permission, now)
	}
	x := t.explanation(raw)
	for _, f := range r.Policy().Flips(c.subject, permission, on, now) {
		x.Flips = append(x.Flips, t.flip(f).String())
	}
	for _, f := range x.Flips {
		x.Text += "  → " + f + "\n"
	}
	return x, t.err
}

// general explains a permission on things in general: on those that either is
// about, with the other kind as a part where its answer is another.
func (c understood) general(p *authz.Policy, permission string, now int64) (authz.Explanation, authz.Resource) {
	mine, theirs := c.on, c.on
	mine.Owner, theirs.Owner = gate.SelfOf(c.subject), ""
	x, y := p.Explain(c.subject, permission, mine, now), p.Explain(c.subject, permission, theirs, now)
	as, on := partOthers, mine
	if !x.Allowed && y.Allowed {
		x, y, as, on = y, x, partOwn, theirs
	}
	if x.Allowed != y.Allowed || x.Rule != y.Rule || x.Permission != y.Permission {
		x.Parts = append(x.Parts, authz.Part{As: as, Explanation: y})
	}
	return x, on
}

// What an explanation of things in general may have besides.
const (
	partOwn    authz.PartKind = "own"
	partOthers authz.PartKind = "others"
)

// Explain implements gate.Explainer.
func (PolicySource) Explain(r *gate.Reader, who authz.Subject, permission string, on authz.Resource) (remit.Explanation, error) {
	t, err := tellerOf(r, who, on)
	if err != nil {
		return remit.Explanation{}, err
	}
	return t.explanation(r.Policy().Explain(who, permission, on, r.Now().UnixMicro())), t.err
}

// teller puts names in the place of ids.
type teller struct {
	r       *gate.Reader
	on      authz.Resource // asked about; its project is the only one in an explanation
	slug    string
	subject authz.Subject
	people  bool // the asker may know who wrote what
	held    map[string]told
	err     error // the first fault of the database
}

func tellerOf(r *gate.Reader, subject authz.Subject, on authz.Resource) (*teller, error) {
	t := &teller{r: r, on: on, subject: subject, held: map[string]told{}}
	if on.Project == "" {
		t.people = r.Holds("user:read", authz.Resource{}).Allowed
		return t, nil
	}
	t.people = r.Holds("member:read", authz.Resource{Project: on.Project}).Allowed
	slugs, err := Slugs(r, remit.ProjectID(on.Project))
	t.slug = slugs[remit.ProjectID(on.Project)]
	return t, err
}

// named is an explanation in names.
func (t *teller) named(x authz.Explanation) authz.Explanation {
	for _, id := range []string{t.subject.ID, gate.SelfOf(t.subject)} {
		if t.subject.Kind == authz.Person && id != "" {
			x.Detail = strings.ReplaceAll(x.Detail, id, t.r.UserName(remit.UserID(id)))
		}
	}
	held := t.told(gate.SelfOf(x.Who))
	considered := make([]authz.Considered, len(x.Considered))
	for i, c := range x.Considered {
		if c.Membership == nil {
			c.Membership = held.of(c)
		}
		c.Project, c.Team, c.Note, c.Membership = t.place(c.Project), held.team(c.Team), t.note(c.Note), t.note(c.Membership)
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
	if id == t.on.Project {
		return t.slug
	}
	return id
}

func (t *teller) note(n *authz.Note) *authz.Note {
	if n == nil {
		return nil
	}
	told := &authz.Note{At: n.At, Why: n.Why}
	if t.people {
		told.By = t.r.UserName(remit.UserID(n.By))
	}
	return told
}

func (t *teller) flip(f authz.Flip) authz.Flip {
	changes := make([]authz.Change, len(f.Changes))
	for i, c := range f.Changes {
		c.Project, c.Team = t.place(c.Project), t.told(gate.SelfOf(t.subject)).team(c.Team)
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
	out.Text, out.Project, out.Thing = x.String(), t.slug, t.on.Thing
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
