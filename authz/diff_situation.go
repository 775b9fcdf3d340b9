package authz

// situation is all that answers depend on: for people in one situation they
// differ alike. Its parts are numbered.
type situation struct {
	state              [sides]state
	site, public, held [sides]uint32
}

// state of an account.
type state uint8

const (
	gone state = iota // not there, or disabled (R1)
	live
	super
)

// still says that nothing in it changes.
func (s *situation) still() bool {
	return s.state[was] == s.state[is] && s.site[was] == s.site[is] &&
		s.public[was] == s.public[is] && s.held[was] == s.held[is]
}

// quiet says that no answer can differ.
func (d *differ) quiet(s *situation) bool {
	return s.state == [sides]state{gone, gone} || !d.shuffled && s.still()
}

// site numbers a line of the site.
func (d *differ) site(side int, line uint32) uint32 {
	memo := &d.siteOf[side][line]
	if *memo == 0 {
		*memo = 1 + d.sites.number(d.tongue(side), d.policies[side].sites[line].course(d.now))
	}
	return *memo - 1
}

// tongue is a side whose words mean the same as this side's.
func (d *differ) tongue(side int) int {
	if d.terms.aligned {
		return was
	}
	return side
}

// ordinary says that an account is like any other: on both sides.
func (d *differ) ordinary(person uint32) bool {
	for side, number := range d.people.of(person) {
		if number == nobody {
			return false
		}
		if a := &d.policies[side].accounts[number]; a.site != ofAccounts || a.superuser || a.disabled {
			return false
		}
	}
	return true
}

// standing is the situation of an account on the site.
func (d *differ) standing(person uint32) (s situation) {
	if d.ordinary(person) {
		return d.accounts
	}
	for side, number := range d.people.of(person) {
		if number == nobody || d.policies[side].accounts[number].disabled {
			continue
		}
		account := &d.policies[side].accounts[number]
		s.state[side], s.site[side] = live, d.site(side, account.site)
		if account.superuser {
			s.state[side] = super
		}
	}
	return s
}

// project returns a side's version, nil when it has none.
func (d *differ) project(side int, place uint32) *project {
	if number := d.places.of(place)[side]; number != nobody {
		return d.policies[side].projects[number]
	}
	return nil
}

func (d *differ) projectID(place uint32) string {
	if in := d.project(is, place); in != nil {
		return in.source.ID
	}
	return d.project(was, place).source.ID
}

func (d *differ) public(place uint32) (numbers [sides]uint32) {
	for side := range sides {
		numbers[side] = d.publics.number(d.tongue(side), d.project(side, place))
	}
	return numbers
}

// part is what somebody holds in a project, on one side.
type part struct {
	wide uint32   // numbered
	more *holding // where collections are named
}

// part of the account with a number, nobody's too.
func (d *differ) part(side int, in *project, number int32) (out part) {
	if in == nil || number == nobody {
		return out
	}
	held, ok := in.find(uint32(number))
	switch {
	case !ok:
	case held&isSpecial == 0:
		out.wide = d.roles(side, in.class, held)
	default:
		special := &in.special[held&^isSpecial]
		out.wide = d.held.number(d.tongue(side), special.wide.course(d.now))
		if len(special.collections) > 0 {
			out.more = special
		}
	}
	return out
}

// roles numbers what roles held together give, for ever.
func (d *differ) roles(side int, k *class, held uint32) uint32 {
	memo, known := d.plain[side][k]
	if !known {
		memo = make([]uint32, len(k.held))
		d.plain[side][k] = memo
	}
	if memo[held] == 0 {
		verdict := k.verdicts[int(held)*k.size:][:k.size]
		memo[held] = 1 + d.held.number(d.tongue(side), course{{from: d.now, says: verdict}})
	}
	return memo[held] - 1
}

// in numbers what is held in a collection.
func (d *differ) in(side int, of part, collection string) uint32 {
	if of.more == nil {
		return of.wide
	}
	return d.held.number(d.tongue(side), of.more.in(collection).course(d.now))
}
