package authz

// Difference is one thing that somebody gains or loses when one policy takes
// the place of another. Where it speaks in general ("", "*"), it speaks of
// everything below: of whatever was not so already.
type Difference struct {
	// User is an account's id, "*" for any account that holds nothing more,
	// "" for strangers and so for everybody.
	User string
	// Permission is a full name. It ends in @own or @others when the other of
	// the two does not change as well.
	Permission string
	// Project is a project's id, "*" for any project in which nothing more is
	// written, "" for the site.
	Project    string
	Collection string     // "" = things at large
	Visibility Visibility // ProjectWide speaks of Public things too, never of Private ones
	Gained     bool       // else it is lost
	Interval              // From is the moment asked about or later; Until 0 = for ever
}

// Diff says by effect, not by text, who gains and who loses what when before
// becomes after, at now (in microseconds since 1970 UTC) and at every later
// moment. There is a difference wherever Check in the one policy and Check in
// the other do not allow the same:
//
//   - to strangers, to an account that holds nothing more, to each user of
//     either policy (who is refused by R1 where the account is not known);
//   - each permission of either catalogue: those of the site on the site, others
//     in each project of either policy and in one that nobody knows;
//   - on own things and on others' (strangers own nothing), at large and in each
//     collection that something of the user's names;
//   - ProjectWide, and where that matters to the permission or to one that it
//     requires, also Private and Public.
//
// Left out is what is there in more general words: the same permission, on own
// or others' things, at the same moment, lost or gained as well, by "*" or "" for
// a user, by "" for "*", in "*" for a project, at large for a collection, on
// ProjectWide things for Public ones. Private things are always told: who may
// read what the project sees need not see what is private. All other
// differences are there, once, each for as long as it lasts, ordered by user,
// project, collection, permission, visibility and time, "" and "*" first.
//
// A program can decide R24 by it: whoever makes the change would have to hold
// what is gained, everywhere that a row speaks of. Keys, previews, nodes, tokens
// and the program's own loops are not looked at, nor are operations and guards:
// a change of the catalogue can change these without a row. No account and no
// project may be named "*".
//
// The cost follows the change. Projects that both policies share are not
// looked into, and people in the same situation are worked out once.
func Diff(before, after *Policy, now int64) []Difference {
	d := newDiffer(before, after, now)
	d.everybody()
	d.users()
	return d.found
}

// The two sides of a difference.
const (
	was = iota
	is
	sides
)

// differ holds what is needed only while comparing. Numbers of the two
// policies come in pairs; things that are numbered by the differ itself, so
// that equal means the same, are called numbered.
type differ struct {
	policies  [sides]*Policy
	now       int64
	terms     *terms
	shuffled  bool // anything may differ for people in the same situation
	sites     *courses
	held      *courses
	publics   *floors
	siteOf    [sides][]uint32            // by place in Policy.sites: numbered, + 1
	plain     [sides]map[*class][]uint32 // by number in the class: numbered, + 1
	people    twins
	places    twins
	strangers situation
	accounts  situation
	everyone  bool     // what strangers or accounts hold may differ
	parks     []uint32 // projects with public parts
	opened    []uint32 // those that may make a difference to people who hold nothing there
	stories   map[situation]story
	rows      map[point][]row
	buffer    []uint32
	found     []Difference
}

func newDiffer(before, after *Policy, now int64) *differ {
	d := &differ{
		policies: [sides]*Policy{before, after},
		now:      now,
		terms:    newTerms(before, after),
		people:   pairUp(before.users, after.users, len(before.accounts), len(after.accounts)),
		places:   pairUp(before.places, after.places, len(before.projects), len(after.projects)),
		stories:  map[situation]story{},
		rows:     map[point][]row{},
	}
	d.shuffled = !d.terms.aligned || len(d.terms.always) > 0
	d.sites, d.held, d.publics = newCourses(), newCourses(), newFloors()
	for side, p := range d.policies {
		d.siteOf[side] = make([]uint32, len(p.sites))
		d.plain[side] = map[*class][]uint32{}
	}
	d.strangers, d.accounts = d.general(ofStrangers), d.general(ofAccounts)
	d.everyone = d.shuffled || !d.strangers.still() || !d.accounts.still()
	d.openings()
	return d
}

// general is the situation of whoever has no more than one of the first lines
// of the site.
func (d *differ) general(line uint32) situation {
	s := situation{state: [sides]state{live, live}}
	for side := range d.policies {
		s.site[side] = d.site(side, line)
	}
	return s
}

// everybody tells what strangers and accounts gain and lose.
func (d *differ) everybody() {
	for rank, who := range []struct {
		name string
		situation
	}{{"", d.strangers}, {"*", d.accounts}} {
		d.tell(point{situation: who.situation, rank: asker(rank), where: atSite}, who.name, "", "")
		d.tell(point{situation: who.situation, rank: asker(rank), where: atAny}, who.name, "*", "")
		for _, place := range d.opened {
			here := who.situation
			here.public = d.public(place)
			d.tell(point{situation: here, rank: asker(rank), where: atProject}, who.name, d.projectID(place), "")
		}
	}
}

// tell adds the differences at a point.
func (d *differ) tell(at point, user, project, collection string) {
	for _, r := range d.rowsAt(at) {
		d.found = append(d.found, Difference{
			User: user, Permission: r.permission, Project: project, Collection: collection,
			Visibility: r.visibility, Gained: r.gained, Interval: r.Interval,
		})
	}
}
