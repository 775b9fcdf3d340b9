package authz

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"maps"
	"slices"
)

// Fingerprint is a SHA-256 over everything in the policy that decides, whoever
// asks: policies with one fingerprint decide every question alike, by the same
// rules. It does not depend on the order in which the source was written, nor
// on whether Compile or Recompile made the policy. What only words an answer is
// not in it: names for people, titles, verbs of operations, notes. That two
// policies have two fingerprints says only that they were written otherwise;
// what that means to anybody, Diff knows.
func (p *Policy) Fingerprint() [sha256.Size]byte {
	d := &dump{Hash: sha256.New()}
	d.catalog(p)
	d.rolebook(p.roles, p.roles.effects)
	d.rolebook(p.siteRoles, p.siteEffects)
	d.siteLine(p.sites[ofAccounts])
	d.siteLine(p.sites[ofStrangers])
	d.users(p)
	d.number(uint64(len(p.places)))
	for _, id := range sortedKeys(p.places) {
		d.project(p, p.projectOf(id))
	}
	return [sha256.Size]byte(d.Sum(nil))
}

// dump writes a policy down in one way only: numbers by which policies may
// differ are written as ids, and every list with its length.
type dump struct {
	hash.Hash
	buffer []byte
}

func (d *dump) number(n uint64) {
	d.buffer = binary.BigEndian.AppendUint64(d.buffer[:0], n)
	d.Write(d.buffer)
}

func (d *dump) text(s string) {
	d.number(uint64(len(s)))
	d.buffer = append(d.buffer[:0], s...)
	d.Write(d.buffer)
}

func (d *dump) texts(list []string) {
	d.number(uint64(len(list)))
	for _, s := range list {
		d.text(s)
	}
}

func (d *dump) words(words []uint64) {
	d.buffer = appendWords(d.buffer[:0], words)
	d.Write(d.buffer)
}

// flags are up to 64 answers to yes-or-no questions.
func (d *dump) flags(list ...bool) {
	var n uint64
	for i, is := range list {
		if is {
			n |= 1 << i
		}
	}
	d.number(n)
}

func (d *dump) catalog(p *Policy) {
	d.number(uint64(len(p.permissions)))
	for id := range p.permissions {
		perm := &p.permissions[id]
		d.text(perm.Name)
		d.texts(slices.Sorted(slices.Values(perm.Aliases)))
		d.text(perm.Private)
		d.flags(perm.Level == OnSite, perm.Selectors, perm.Reads)
		d.number(uint64(p.traits[id]))
		d.texts(p.namesOf(perm.needs))
		d.nodeRights(p.node[permID(id)])
	}
	d.number(uint64(len(p.operations)))
	for _, name := range sortedKeys(p.operations) {
		d.operation(p.operations[name].Operation)
	}
	d.number(uint64(len(p.system)))
	for _, name := range sortedKeys(p.system) {
		d.text(name)
		d.words(p.system[name])
	}
	d.words(p.token)
}

func (v *vocabulary) namesOf(ids []permID) (names []string) {
	for _, id := range ids {
		names = append(names, v.permissions[id].Name)
	}
	return names
}

func (d *dump) nodeRights(rights []NodeRight) {
	rights = slices.Clone(rights)
	slices.SortFunc(rights, func(a, b NodeRight) int {
		return cmp.Or(cmp.Compare(a.Needs, b.Needs), cmp.Compare(a.serves(), b.serves()))
	})
	d.number(uint64(len(rights)))
	for _, right := range rights {
		d.number(uint64(right.Needs))
		d.number(right.serves())
	}
}

func (n NodeRight) serves() uint64 {
	if n.Serves {
		return 1
	}
	return 0
}

// operation writes one down with its order, which says what is reported.
func (d *dump) operation(op Operation) {
	for _, groups := range [][][]string{op.Groups, op.To} {
		d.number(uint64(len(groups)))
		for _, group := range groups {
			d.texts(group)
		}
	}
	d.texts([]string{op.Name, op.Primary, op.Read, op.Scope})
	d.number(uint64(len(op.Guards)))
	for _, guard := range op.Guards {
		d.text(string(guard))
	}
}

// rolebook writes roles in the order of their names.
func (d *dump) rolebook(book roleBook, does []effects) {
	names := sortedKeys(book.numbers)
	d.texts(names)
	for _, name := range names {
		d.effects(&does[book.numbers[name]])
	}
}

func (d *dump) effects(e *effects) {
	d.words(e.allow)
	d.words(e.deny)
	d.flags(e.ban.own, e.ban.others)
}

func (d *dump) users(p *Policy) {
	d.number(uint64(len(p.users)))
	for _, id := range sortedKeys(p.users) {
		account := &p.accounts[p.users[id]]
		d.text(id)
		d.flags(account.superuser, account.disabled)
		d.siteLine(p.sites[account.site])
	}
}

func (d *dump) siteLine(l siteLine) { d.course(l.course(beforeAllTime)) }

// course writes down what is held over time; nothing is one course, however it
// came about.
func (d *dump) course(c course) {
	if c.empty() {
		c = nil
	}
	d.number(uint64(len(c)))
	d.buffer = c.appendTo(d.buffer[:0])
	d.Write(d.buffer)
}

func (d *dump) project(p *Policy, in *project) {
	d.text(in.source.ID)
	d.flags(in.hasPublic)
	d.words(in.public)
	d.rolebook(p.roles, in.class.roles)
	holders := make(map[string]uint32, len(in.slots))
	in.users(func(user uint32) {
		held, _ := in.find(user)
		holders[p.userID(user)] = held
	})
	d.number(uint64(len(holders)))
	for _, id := range sortedKeys(holders) {
		d.text(id)
		d.held(in, holders[id])
	}
}

func (d *dump) held(in *project, held uint32) {
	if held&isSpecial == 0 {
		d.course(course{{from: beforeAllTime, says: in.class.verdicts[int(held)*in.class.size:][:in.class.size]}})
		d.number(0)
		return
	}
	special := &in.special[held&^isSpecial]
	d.course(special.wide.course(beforeAllTime))
	d.number(uint64(len(special.collections)))
	for _, name := range slices.Sorted(maps.Keys(special.collections)) {
		d.text(name)
		d.course(special.collections[name].course(beforeAllTime))
	}
}
