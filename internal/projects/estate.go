package projects

import (
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// Rights compare what people hold, for identity.OnGive.
var Rights = identity.Rights{Become: become, Inherit: inherit}

// person is a deal that changes nothing: what the asker holds, next to what
// another does.
type person struct {
	*deal
	id     string
	theirs *standing
}

func (p *person) subject() authz.Subject { return authz.Subject{Kind: authz.Person, ID: p.id} }

// beside puts an account next to the asker, with what both will hold again when
// deleted projects are brought back; nil when there is nothing that the asker
// does not hold.
func beside(r *gate.Reader, id remit.UserID) (*person, error) {
	d, err := unchanged(r)
	if err != nil {
		return nil, err
	}
	if d.unlimited() {
		return nil, nil
	}
	return d.beside(string(id)), nil
}

func (d *deal) beside(id string) *person {
	d.before.Users = enabled(d.before.Users, id)
	p := &person{deal: d, id: id}
	d.self = d.standing()
	p.theirs = (&deal{who: p.subject(), now: d.now, before: d.before}).standing()
	return p
}

// enabled are the accounts with one that is disabled no more: what it holds waits
// for it.
func enabled(users []authz.User, id string) []authz.User {
	i := slices.IndexFunc(users, func(u authz.User) bool { return u.ID == id && u.Disabled })
	if i < 0 {
		return users
	}
	users = slices.Clone(users)
	users[i].Disabled = false
	return users
}

// moments are those at which what one of the two holds may change.
func (p *person) moments() []int64 {
	return inOrder(slices.Concat(p.deal.self.moments, p.theirs.moments))
}

// readings of the policy, with the asker in each: as it is written, without
// what is reserved, and without what the site denies.
func (p *person) readings(known *authz.Policy) (all []*editor, err error) {
	for _, as := range []func(authz.Source) authz.Source{asWritten, unreserved, latent} {
		source := as(p.before)
		if slices.Equal(source.Opened, p.before.Opened) {
			source.Opened = p.before.Opened
		}
		policy, err := known.Recompile(source)
		if err != nil {
			return nil, err
		}
		all = append(all, p.reads(policy, source))
	}
	return all, nil
}

// inherit is identity.Rights.Inherit.
func inherit(r *gate.Reader, from, heir remit.UserID, owned []identity.Owned) (*identity.Missing, error) {
	p, err := beside(r, heir)
	if p == nil || err != nil {
		return nil, err
	}
	return p.inherits(r.Policy(), string(from), owned)
}

// inherits is R24 for things that get another owner: what is named by that, which
// is all that owners may be given, and what the heir gains. Whoever holds it on
// others' things gains nothing.
func (p *person) inherits(known *authz.Policy, from string, owned []identity.Owned) (*identity.Missing, error) {
	readings, err := p.readings(known)
	if err != nil {
		return nil, err
	}
	for i, e := range readings {
		names := i == len(readings)-1 // R4 and R9 are absent
		for _, c := range p.touches(e.policy, owned) {
			for _, at := range p.moments() {
				gains := !allows(e.policy, p.id, c, at) && (names || allows(e.policy, p.id, c.owned(true), at))
				if gains && !e.holds(c.owned(p.isAsker(from)), at) {
					return p.missing(c, at, true), nil
				}
			}
		}
	}
	return nil, nil
}

// touches are the cells, on others' things, that are about the things owned.
func (d *deal) touches(p *authz.Policy, owned []identity.Owned) (cells []cell) {
	for _, o := range owned {
		for _, name := range p.Names(o.Kind + ":") {
			means, _ := p.Permission(name)
			run, isRun := strings.CutPrefix(name, "job:run.")
			if means.Selectors && !means.Never && (!isRun || run == o.On.Run) {
				cells = append(cells, cell{name, false, o.On.Project, o.On.Collection, o.On.Visibility})
			}
		}
	}
	return cells
}

func (d *deal) isAsker(id string) bool { return d.who.Kind == authz.Person && d.who.ID == id }

func (p *person) missing(c cell, at int64, things bool) *identity.Missing {
	m := &identity.Missing{Permission: c.permission, Project: c.project, At: time.UnixMicro(at), Things: things}
	if c.project == everywhere {
		m.Project = ""
	}
	if q := permissionOf(p.before.Catalog, c.permission); q.Selectors {
		m.Permission += map[bool]string{true: "@own", false: "@others"}[c.own]
	}
	return m
}
