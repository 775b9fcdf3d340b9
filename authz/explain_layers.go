package authz

import "slices"

// order is R9 to R13 as far as something written decides them: the first that
// is met decides.
var order = []Decision{
	{Rule: 9},
	{Rule: 10},
	{Rule: 10, Allowed: true},
	{Rule: 11},
	{Rule: 11, Allowed: true},
	{Rule: 12},
	{Rule: 12, Allowed: true},
	{Rule: 13, Allowed: true},
}

// layers decides by what was considered and not silenced.
func layers(list []Considered) Decision {
	for _, d := range order {
		if holds(list, d.Rule, effectOf(d)) {
			return d
		}
	}
	return Decision{Rule: 14}
}

// effectOf is what something must do to be what a decision rests on.
func effectOf(d Decision) Effect {
	if d.Allowed {
		return Allow
	}
	return Deny
}

// holds says whether something not silenced does this under this rule.
func holds(list []Considered, rule Rule, effect Effect) bool {
	return slices.ContainsFunc(list, func(c Considered) bool {
		return c.Why == "" && c.Rule == rule && c.Effect == effect
	})
}

// inCollection is what grants that name the thing's collection allow of
// others' private things: not against a deny of the same kind or stronger.
func inCollection(list []Considered) Decision {
	near := slices.DeleteFunc(slices.Clone(list), func(c Considered) bool {
		return c.Effect == Allow && c.Collection == ""
	})
	if d := layers(near); d.Allowed && (d.Rule == 11 || d.Rule == 12) {
		return d
	}
	return Decision{}
}

// settle marks what the decision rests on and says of the rest why it does
// not. By collection, only what names one can be it.
func settle(list []Considered, d Decision, byCollection bool) {
	for i := range list {
		c := &list[i]
		switch {
		case c.Why != "":
		case byCollection && c.Collection == "":
			c.Why = "does not name the collection"
		case c.Rule == d.Rule && c.Effect == effectOf(d):
			c.Decided = true
		default:
			c.Why = overruled(*c, d)
		}
	}
}

// silence gives what is left, decided or not, a reason why it did not decide.
func silence(list []Considered, reason string) {
	for i := range list {
		if c := &list[i]; c.Why == "" {
			c.Decided, c.Why = false, reason
		}
	}
}
