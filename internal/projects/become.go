package projects

import (
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// become is identity.Rights.Become.
func become(r *gate.Reader, of remit.UserID, owned []identity.Owned) (*identity.Missing, error) {
	p, err := beside(r, of)
	if p == nil || err != nil {
		return nil, err
	}
	return p.becomes(r.Policy(), owned)
}

// becomes is R24 for who could be an account from now on: the asker holds what
// it holds, own things against own ones, at each moment and in each place; and
// on what it owns the asker may do as one of the others what it may do itself.
func (p *person) becomes(known *authz.Policy, owned []identity.Owned) (*identity.Missing, error) {
	readings, err := p.readings(known)
	if err != nil {
		return nil, err
	}
	for _, e := range readings {
		if found := p.outranks(e); found != nil {
			return found, nil
		}
		for _, c := range p.touches(e.policy, owned) {
			for _, at := range p.moments() {
				if allows(e.policy, p.id, c.owned(true), at) && !e.may(c, at) {
					return p.missing(c, at, true), nil
				}
			}
		}
	}
	return nil, nil
}

// outranks finds what the other holds and the asker does not.
func (p *person) outranks(e *editor) *identity.Missing {
	names, times := e.policy.Names(""), p.moments()
	for _, in := range p.places() {
		for _, name := range names {
			for _, c := range allSeen(cell{permission: name}.in(in.project, in.collection)) {
				for _, at := range times {
					if allows(e.policy, p.id, c, at) && !e.may(c, at) {
						return p.missing(c, at, false)
					}
				}
			}
		}
	}
	return nil
}

// allSeen are halves and what is public, where a right may do with less that it
// requires (R15).
func allSeen(c cell) []cell {
	own, others := c.owned(true), c
	own.visibility, others.visibility = authz.Public, authz.Public
	return append(halves(c), own, others)
}

// places are those where one of the two may hold something else than elsewhere.
// Projects that name neither, and in which the same is public, are alike.
func (p *person) places() []place {
	all, seen := []place{{everywhere, ""}}, map[string]bool{}
	for _, in := range p.before.Projects {
		mine, named := p.deal.self.places[in.ID]
		theirs, alsoNamed := p.theirs.places[in.ID]
		if !named && !alsoNamed {
			like := likeness(in)
			if seen[like] {
				continue
			}
			seen[like] = true
		}
		all = append(all, place{in.ID, ""})
		for _, collection := range sortedSet(slices.Concat(mine, theirs)) {
			all = append(all, place{in.ID, collection})
		}
	}
	return all
}

// likeness is what a project is to those whom nothing in it names.
func likeness(p authz.Project) string {
	like := strings.Join(sortedSet(p.Public), " ")
	if p.HasPublic {
		like += " +"
	}
	return like
}
