package authz

import (
	"cmp"
	"maps"
	"slices"
)

// users tells what each account gains and loses beyond the general rows.
func (d *differ) users() {
	touched := d.touched()
	slices.SortFunc(touched, func(a, b uint32) int { return cmp.Compare(d.personID(a), d.personID(b)) })
	for _, person := range touched {
		d.user(person)
	}
}

func (d *differ) personID(person uint32) string {
	pair := d.people.of(person)
	if pair[was] != nobody {
		return d.policies[was].userID(uint32(pair[was]))
	}
	return d.policies[is].userID(uint32(pair[is]))
}

// touched lists the people for whom anything may differ: by what they are on
// the site, or by what they hold or may see in a project that changed.
func (d *differ) touched() (list []uint32) {
	members := newBits(int(d.people.count))
	for place := range d.places.count {
		if d.changed(place) {
			d.members(place, members)
		}
	}
	calm := d.quiet(&d.accounts)
	for person := range d.people.count {
		if members.has(int(person)) || !(calm && d.ordinary(person)) && d.mayDiffer(person) {
			list = append(list, person)
		}
	}
	return list
}

// mayDiffer says of somebody who holds nothing in a project that changed
// whether anything can.
func (d *differ) mayDiffer(person uint32) bool {
	s := d.standing(person)
	return !d.quiet(&s) || len(d.opened) > 0 && s != d.accounts
}

// changed says whether a project is not the very same on both sides.
func (d *differ) changed(place uint32) bool {
	return d.project(was, place) != d.project(is, place)
}

// members puts whoever holds anything in a project on either side into a set.
func (d *differ) members(place uint32, into bits) {
	for side := range sides {
		if in := d.project(side, place); in != nil {
			in.users(func(user uint32) { into.set(int(d.people.place(side, user))) })
		}
	}
}

// openings finds the projects with public parts, and those of them that may
// make a difference to people who hold nothing there: where these changed, or
// all of them, when what everybody holds did.
func (d *differ) openings() {
	for place := range d.places.count {
		a, b := d.project(was, place), d.project(is, place)
		if !a.isOpen() && !b.isOpen() {
			continue
		}
		d.parks = append(d.parks, place)
		if public := d.public(place); d.everyone || public[was] != public[is] {
			d.opened = append(d.opened, place)
		}
	}
	d.byID(d.opened)
}

func (p *project) isOpen() bool { return p != nil && p.hasPublic }

func (d *differ) byID(places []uint32) {
	slices.SortFunc(places, func(a, b uint32) int { return cmp.Compare(d.projectID(a), d.projectID(b)) })
}

// user tells about one account.
func (d *differ) user(person uint32) {
	id, s := d.personID(person), d.standing(person)
	d.tell(point{situation: s, rank: oneUser, where: atSite}, id, "", "")
	d.tell(point{situation: s, rank: oneUser, where: atAny}, id, "*", "")
	for _, place := range d.rooms(person, &s) {
		d.inProject(person, id, s, place)
	}
}

// rooms lists the projects in which a user's answers may differ otherwise than
// anywhere: theirs, and unless they are like any account, those with public
// parts.
func (d *differ) rooms(person uint32, s *situation) []uint32 {
	still, places := d.quiet(s), d.buffer[:0]
	for side, number := range d.people.of(person) {
		if number == nobody {
			continue
		}
		for _, n := range d.policies[side].belongs.of(uint32(number)) {
			if place := d.places.place(side, n); !still || d.changed(place) {
				places = append(places, place)
			}
		}
	}
	switch {
	case *s == d.accounts:
	case still:
		places = append(places, d.opened...)
	default:
		places = append(places, d.parks...)
	}
	d.byID(places)
	d.buffer = places
	return slices.Compact(places)
}

// inProject tells about one account in one project.
func (d *differ) inProject(person uint32, id string, s situation, place uint32) {
	var parts [sides]part
	s.public = d.public(place)
	for side := range sides {
		parts[side] = d.part(side, d.project(side, place), d.people.of(person)[side])
		s.held[side] = parts[side].wide
	}
	project := d.projectID(place)
	d.tell(point{situation: s, rank: oneUser, where: atProject}, id, project, "")
	wide := s.held
	for _, collection := range collectionsNamed(parts) {
		for side := range sides {
			s.held[side] = d.in(side, parts[side], collection)
		}
		d.tell(point{situation: s, rank: oneUser, where: atCollection, wide: wide}, id, project, collection)
	}
}

// collectionsNamed lists the collections that anything held on either side names.
func collectionsNamed(parts [sides]part) []string {
	var list []string
	for _, one := range parts {
		if one.more != nil {
			list = slices.AppendSeq(list, maps.Keys(one.more.collections))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
