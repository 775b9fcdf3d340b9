package authz

import "slices"

// membership lists for every user the projects in which they hold anything,
// now or ever, by number. It is kept in pages, so that a policy can share most
// of it with the one before.
type membership []*page

// page is what a run of users belong to.
type page [pageUsers][]uint32

const pageUsers = 256

func newMembership(users int, projects []*project) membership {
	m := make(membership, pagesFor(users))
	for i := range m {
		m[i] = new(page)
	}
	for _, in := range projects {
		in.users(func(user uint32) {
			list := &m[user/pageUsers][user%pageUsers]
			*list = append(*list, in.number)
		})
	}
	return m
}

func pagesFor(users int) int { return (users + pageUsers - 1) / pageUsers }

func (m membership) of(user uint32) []uint32 { return m[user/pageUsers][user%pageUsers] }

// grown has room for as many users.
func (m membership) grown(users int) membership {
	out := slices.Clone(m)
	for len(out) < pagesFor(users) {
		out = append(out, new(page))
	}
	return out
}

// moved follows a project from one version to the next, of which either may be
// nil. Pages that are not in fresh are copied first, and noted there.
func (m membership) moved(before, after *project, fresh map[uint32]bool) {
	list := func(user uint32) *[]uint32 {
		n := user / pageUsers
		if !fresh[n] {
			fresh[n], m[n] = true, new(*m[n])
		}
		return &m[n][user%pageUsers]
	}
	if before != nil {
		before.users(func(user uint32) {
			if !after.has(user) {
				of := list(user)
				*of = slices.DeleteFunc(slices.Clone(*of), func(n uint32) bool { return n == before.number })
			}
		})
	}
	if after != nil {
		after.users(func(user uint32) {
			if !before.has(user) {
				of := list(user)
				*of = append(slices.Clone(*of), after.number)
			}
		})
	}
}

func (p *project) has(user uint32) bool {
	if p == nil {
		return false
	}
	_, held := p.find(user)
	return held
}
