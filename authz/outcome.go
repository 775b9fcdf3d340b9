package authz

// outcome is what a rule says: its number, and whether it allows.
type outcome uint8

const (
	silent  outcome = 0
	allowed outcome = 0x80
)

func yes(rule outcome) outcome { return allowed | rule }
func no(rule outcome) outcome  { return rule }

func (o outcome) allowed() bool { return o&allowed != 0 }
func (o outcome) spoken() bool  { return o != silent }
func (o outcome) refused() bool { return o-1 < allowed-1 }
func (o outcome) rule() Rule    { return Rule(o &^ allowed) }

// or is what the next rules say where o is silent.
func (o outcome) or(next outcome) outcome {
	if o == silent {
		o = next
	}
	return o
}

// trait is what rules have to know of a permission at once.
type trait uint8

const (
	never        trait = 1 << iota // R3
	reserved                       // R4
	publicOK                       // R7 may speak
	onFloor                        // and does: the site role anonymous gives it
	heedsPrivacy                   // it has a private counterpart
	requires                       // R15
	isView                         // it is ProjectView
)

// describe fills in the traits.
func (c *compiler) describe() {
	p := c.policy
	p.traits = make([]trait, len(p.permissions))
	for id := range p.permissions {
		perm := &p.permissions[id]
		for _, is := range []struct {
			trait
			so bool
		}{
			{never, perm.Never}, {reserved, c.reserved.has(id)}, {publicOK, perm.PublicOK}, {onFloor, c.floor.has(id)},
			{heedsPrivacy, perm.private != noPermission}, {requires, len(perm.needs) > 0}, {isView, permID(id) == p.view},
		} {
			if is.so {
				p.traits[id] |= is.trait
			}
		}
	}
}
