package projects

import (
	"slices"

	"github.com/remit-server/remit/authz"
)

// deal is a change of the policy by somebody, as R24 judges it: by what was
// written before and is written after, and by nothing else.
type deal struct {
	who           authz.Subject // who makes it, with the caps of the request
	now           int64         // from when on it counts
	ends          int64         // when the key of the request expires, 0 = never
	before, after authz.Source
	self          *standing
}

// unfair is what a deal gives or takes too much.
type unfair struct {
	code string // gives_more or takes_more
	user string // who gains, or would lose; "*" and "" as in authz.Difference; nobody = whoever it will be
	cell cell   // what the editor does not hold
	at   int64  // when
}

// nobody stands for all whom a name may be about some day.
const nobody = "\x00"

// reading is a deal with its policies compiled, in one way of reading them.
type reading struct {
	*deal
	*editor
	was, is *authz.Policy // of accounts that are neither superusers nor disabled
	times   map[string][]int64
}

// compiled takes over from known, unless that is nil, what it shares with s.
func compiled(known *authz.Policy, s authz.Source) (*authz.Policy, error) {
	if known == nil {
		return authz.Compile(s)
	}
	return known.Recompile(s)
}

// read is the deal with its policies compiled, after as has made of them what is
// asked. known is a policy that shares much with them, nil for none. The editor is
// read as they are; all accounts of the two policies are plain.
func (d *deal) read(known *authz.Policy, as func(authz.Source) authz.Source) (*reading, error) {
	before, after := as(d.before), as(d.after)
	if slices.Equal(before.Opened, after.Opened) { // so that the policies share what they can
		after.Opened = before.Opened
	}
	r := &reading{deal: d, times: map[string][]int64{}}
	holds, err := compiled(known, before)
	if err != nil {
		return nil, err
	}
	r.editor = d.reads(holds, before)
	before.Users = plain(before.Users)
	if after.Users = plain(after.Users); slices.Equal(before.Users, after.Users) {
		after.Users = before.Users
	}
	if r.was, err = holds.Recompile(before); err != nil {
		return nil, err
	}
	r.is, err = r.was.Recompile(after)
	return r, err
}

// asWritten is the policy as it is.
func asWritten(s authz.Source) authz.Source { return s }

// unreserved is the policy without R4: what is reserved is nobody's to use,
// but part of what people hold and give.
func unreserved(s authz.Source) authz.Source {
	s.Reserved, s.Opened = nil, slices.Clone(s.Opened)
	for _, p := range s.Catalog.Permissions {
		if p.Reserved {
			s.Opened = append(s.Opened, p.Name)
		}
	}
	return s
}

// latent is the policy without R4 and R9.
func latent(s authz.Source) authz.Source {
	s = unreserved(s)
	s.SiteEntries = slices.DeleteFunc(slices.Clone(s.SiteEntries), func(e authz.Entry) bool { return e.Effect == authz.Deny })
	s.SiteOverrides = slices.Clone(s.SiteOverrides)
	for i, o := range s.SiteOverrides {
		if o.Effect == authz.Deny { // and so what the role's template said
			s.SiteOverrides[i].Effect = authz.Remove
		}
	}
	return s
}

// plain are accounts that are neither superusers nor disabled: superusers hold
// everything anyway, and what a disabled account holds waits for it.
func plain(users []authz.User) []authz.User {
	users = slices.Clone(users)
	for i := range users {
		users[i].Superuser, users[i].Disabled = false, false
	}
	return users
}

// judge is R24: by what anybody gains or loses, with and without what is
// reserved, and by what the change names. It returns what is unfair, nil for
// nothing and for those who hold everything anyway, and the policies as they are
// written, for R25. A policy that does not compile is an error.
func (d *deal) judge(known *authz.Policy) (*unfair, *reading, error) {
	if err := d.shareCatalog(); err != nil {
		return nil, nil, err
	}
	d.sharePublic()
	d.self = d.standing()
	written, err := d.read(known, asWritten)
	if err != nil || d.unlimited() {
		return nil, written, err
	}
	open, err := d.read(written.policy, unreserved)
	if err != nil {
		return nil, written, err
	}
	for _, r := range []*reading{open, written} {
		if found := r.effects(); found != nil {
			return found, written, nil
		}
	}
	found, err := d.entries(open, written)
	return found, written, err
}

// shareCatalog reads both policies with the permissions of both: what a permission
// gives to holders of a pattern by coming, or takes by going, nobody gave or took.
func (d *deal) shareCatalog() error {
	gone := only(d.before.Catalog.Permissions, func(p authz.Permission) bool { return !knows(d.after.Catalog, p.Name) })
	if len(gone) > 0 {
		if _, err := authz.Compile(d.after); err != nil {
			return err
		}
		d.after.Catalog.Permissions = slices.Concat(d.after.Catalog.Permissions, gone)
	}
	d.before.Catalog = d.after.Catalog
	return nil
}

// sharePublic reads both policies with what is public afterwards: publishing is a
// right of its own, and exempt.
func (d *deal) sharePublic() {
	is := byProject(d.after)
	differs := func(p authz.Project) bool {
		now, known := is[p.ID]
		return known && (now.HasPublic != p.HasPublic || !slices.Equal(now.Public, p.Public))
	}
	if !slices.ContainsFunc(d.before.Projects, differs) {
		return
	}
	d.before.Projects = slices.Clone(d.before.Projects)
	for i, p := range d.before.Projects {
		if differs(p) {
			d.before.Projects[i].Public, d.before.Projects[i].HasPublic = is[p.ID].Public, is[p.ID].HasPublic
		}
	}
}

// knows says whether a catalogue has a permission by this name, new or old.
func knows(c authz.Catalog, name string) bool {
	return slices.ContainsFunc(c.Permissions, func(p authz.Permission) bool { return p.Name == name || slices.Contains(p.Aliases, name) })
}

// effects compares what everybody holds, now and later.
func (r *reading) effects() *unfair {
	rows := authz.Diff(r.was, r.is, r.now)
	if found := r.gain(rows); found != nil {
		return found
	}
	if found := r.released(); found != nil {
		return found
	}
	return r.loss(rows)
}

// unlimited says that there is nothing which the editor does not hold: R8, R32.
func (d *deal) unlimited() bool {
	if d.who.Caps != nil || d.ends != 0 || d.who.Preview != nil {
		return false
	}
	super := func(u authz.User) bool { return u.ID == d.who.ID && u.Superuser && !u.Disabled }
	return d.who.Kind == authz.Local || d.who.Kind == authz.Person && slices.ContainsFunc(d.before.Users, super)
}
