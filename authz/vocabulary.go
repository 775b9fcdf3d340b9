package authz

// vocabulary is a compiled Catalog: permissions and operations with numbers
// for names. It never changes.
type vocabulary struct {
	permissions []permission      // sorted by name; a permID is an index
	numbers     map[string]permID // of names and aliases
	merged      [][]permID        // what aliases of several permissions stand for, by name
	view        permID            // of ProjectView, noPermission when the catalogue lacks it
	operations  map[string]operation
	node        map[permID][]NodeRight
	token       bits // permissions that a token gives (R31)
	things      map[string]bool

	// Sets of cells.
	inProject bits // of permissions that R10 to R12 decide
	never     bits
	selective bits // of permissions that have selectors
	halves    [cellCount]bits
}

// permID numbers the permissions densely. An alias of several permissions has
// a number below noPermission.
type permID int32

const noPermission permID = -1

// permission is a Permission with its relations resolved.
type permission struct {
	private  permID   // see Permission.Private
	needs    []permID // R15, transitively, without itself
	looks    bool     // it, or something it requires, heeds visibility
	neededBy []permID // the reverse of needs, without those that are never allowed
	Permission
}

// words is the length of a set of cells.
func (v *vocabulary) words() int { return len(v.inProject) }

func (v *vocabulary) cells() bits { return make(bits, v.words()) }

// find returns the number of a permission or alias, or noPermission.
func (v *vocabulary) find(name string) permID {
	if id, known := v.numbers[name]; known {
		return id
	}
	return noPermission
}

// meant lists the permissions that a number from find stands for.
func (v *vocabulary) meant(id permID) []permID {
	switch {
	case id >= 0:
		return []permID{id}
	case id == noPermission:
		return nil
	}
	return v.merged[noPermission-1-id]
}

// exact returns the number of a permission by its own name, not by an alias.
func (v *vocabulary) exact(name string) permID {
	if id := v.find(name); id >= 0 && v.permissions[id].Name == name {
		return id
	}
	return noPermission
}

// isBan says whether an exact name denies a whole project (R10): that of
// ProjectView, or an old name of it.
func (v *vocabulary) isBan(name string) bool {
	for _, id := range v.meant(v.find(name)) {
		if id == v.view {
			return true
		}
	}
	return false
}

// matches says whether a pattern without selector speaks of the permission,
// by its name or by an old one.
func (perm *permission) matches(pattern string) bool {
	if Match(pattern, perm.Name) {
		return true
	}
	for _, alias := range perm.Aliases {
		if Match(pattern, alias) {
			return true
		}
	}
	return false
}

// suits says whether a pattern with this selector can match the permission.
func (perm *permission) suits(sel selector) bool {
	return !perm.Never && (perm.Selectors || sel.any())
}

// speaksOf says whether what is written speaks of one cell of a permission.
func (v *vocabulary) speaksOf(written string, id permID, c cell) bool {
	pattern, sel, ok := cutSelector(written)
	perm := &v.permissions[id]
	return ok && sel.has(c) && perm.suits(sel) && perm.matches(pattern)
}
