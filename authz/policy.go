package authz

// ProjectView is the permission to know that a project exists: its id, slug
// and title. A deny that names it exactly is a ban (R10).
const ProjectView = "project:view"

// Policy is a compiled Source. It never changes, so any number of goroutines
// may ask it without a lock.
type Policy struct {
	source      Source
	permissions []permission // sorted by name; a permID is an index
	index       map[string]permID
	view        permID // of ProjectView, noPermission when the catalogue lacks it
	operations  map[string]operation
	node        map[permID][]NodeRight
	system      map[string][]bool // background loop → permissions (by permID)
	anonymous   cells             // what the site layer says of nobody in particular
	floor       []bool            // R7: permissions that the site role anonymous gives
	people      map[string]*person
	userIDs     []string // sorted
	projects    map[string]*project
	open        []string // projects with anything public, sorted
}

// permID numbers the permissions densely.
type permID int

const noPermission permID = -1

// permission is a Permission with its relations resolved.
type permission struct {
	Permission
	reserved bool     // R4, after what the site reserved and opened
	looks    bool     // it, or something it requires, heeds visibility
	private  permID   // see Permission.Private
	needs    []permID // R15, transitively, without itself
	neededBy []permID // the reverse, without those that are never allowed
}

// person is an account's part of a policy.
type person struct {
	superuser bool
	site      timeline // R9, R13, R14
	projects  []string // where the account holds anything, now or ever
}

// project is one project's part of a policy.
type project struct {
	public    []bool // by permID
	hasPublic bool   // R10: anything at all is public
	held      map[string]*holding
}

// holding is what one account holds in one project.
type holding struct {
	wide        timeline            // for things in no collection, or in one it holds nothing in
	collections map[string]timeline // where memberships or entries name the collection
}

// in returns the timeline for a thing in a collection ("" = in none).
func (h *holding) in(collection string) timeline {
	if line, scoped := h.collections[collection]; scoped {
		return line
	}
	return h.wide
}

// Permission returns the catalogue's entry for name.
func (p *Policy) Permission(name string) (Permission, bool) {
	id, known := p.index[name]
	if !known {
		return Permission{}, false
	}
	return p.permissions[id].Permission, true
}

// Operation returns the operation table's row for name.
func (p *Policy) Operation(name string) (Operation, bool) {
	op, known := p.operations[name]
	return op.Operation, known
}

// Matches says whether a pattern, with or without a selector, speaks of a
// permission of the catalogue. What is never allowed is matched by nothing,
// and a selector matches only permissions that have selectors.
func (p *Policy) Matches(pattern, permission string) bool {
	id, known := p.index[permission]
	if !known {
		return false
	}
	return p.speaksOf(pattern, id, own) || p.speaksOf(pattern, id, others)
}

// speaksOf is Matches for one cell.
func (p *Policy) speaksOf(written string, id permID, c cell) bool {
	pattern, sel, ok := cutSelector(written)
	return ok && sel.has(c) && p.permissions[id].suits(sel) && Match(pattern, p.permissions[id].Name)
}

// suits says whether a pattern with this selector can match the permission.
func (p *permission) suits(sel selector) bool {
	return !p.Never && (p.Selectors || sel.any())
}
