package authz

import "fmt"

// Floor is the least that a check can cost: everything worked out beforehand,
// one map from user and project to two sets of bits. It knows no time, no
// keys, no reasons, no lists; it shows what these cost the others.
type Floor struct {
	ByName                       bool // names are looked up first, as an engine has to
	users, permissions, projects map[string]int
	held                         map[place]rights
}

type place struct{ user, project int }

// rights are a bit for each permission.
type rights struct{ own, others uint64 }

// Name implements Peer.
func (f *Floor) Name() string {
	if f.ByName {
		return "floor-names"
	}
	return "floor-integers"
}

// Module implements Peer.
func (f *Floor) Module() string { return "" }

// Load implements Peer.
func (f *Floor) Load(m Model) error {
	if len(m.Permissions) > 64 {
		return fmt.Errorf("%d permissions do not fit into 64 bits", len(m.Permissions))
	}
	f.users = places(m.Users, func(u User) string { return u.Name })
	f.projects = places(m.Projects, func(p Project) string { return p.Name })
	f.permissions = places(m.Permissions, func(name string) string { return name })
	f.held = map[place]rights{}
	denied := map[place]uint64{}
	for i, u := range m.Users {
		for _, held := range u.Memberships {
			at := place{i, held.Project}
			granted, blocked := m.bits(held)
			f.held[at] = rights{f.held[at].own | granted.own, f.held[at].others | granted.others}
			denied[at] |= blocked
		}
	}
	for at, blocked := range denied {
		f.held[at] = rights{f.held[at].own &^ blocked, f.held[at].others &^ blocked}
	}
	return nil
}

// bits are what one membership grants and blocks.
func (m Model) bits(held Membership) (granted rights, blocked uint64) {
	for _, g := range m.Roles[held.Role].Grants {
		granted.own |= 1 << g.Permission
		if !g.OwnOnly {
			granted.others |= 1 << g.Permission
		}
	}
	for _, o := range m.Projects[held.Project].Overrides {
		switch {
		case o.Role != held.Role:
		case o.Deny:
			blocked |= 1 << o.Permission
		default:
			granted.own |= 1 << o.Permission
			granted.others |= 1 << o.Permission
		}
	}
	return granted, blocked
}

// Allowed implements Peer.
func (f *Floor) Allowed(q Question) (bool, error) { return f.allowed(&q), nil }

// Loop implements Looper.
func (f *Floor) Loop(questions []Question) func(first, n int) (wrong int) {
	return turns(len(questions), func(at int) bool {
		q := &questions[at]
		return f.allowed(q) == q.Allowed
	})
}

func (f *Floor) allowed(q *Question) bool {
	user, permission, project, own := q.Places.User, q.Places.Permission, q.Places.Project, q.Places.Owner == q.Places.User
	if f.ByName {
		user, permission, project, own = f.users[q.User], f.permissions[q.Permission], f.projects[q.Project], q.Owner == q.User
	}
	r := f.held[place{user, project}]
	bits := r.others
	if own {
		bits = r.own
	}
	return bits&(1<<permission) != 0
}

func places[T any](list []T, name func(T) string) map[string]int {
	at := make(map[string]int, len(list))
	for i, one := range list {
		at[name(one)] = i
	}
	return at
}
