package authz

// Rule is the number of the rule that decided: 1 to 32; 0 when an operation
// asks for nothing and so nothing had to decide.
type Rule uint8

// Decision is the answer to one question.
type Decision struct {
	Allowed    bool
	Rule       Rule
	Permission string // what was asked, or the permission that is missing
	Guard      Guard  // the guard that failed (R16)
	// The rest tells how a refusal reads (R21).
	ProjectHidden bool // project:view is refused as well, to the same account without caps
	OwnOnly       bool // the asker may do this to own things, and this is another's; never of mere reading
	ThingHidden   bool // the thing's read permission is refused, to the same account without caps
}

// OutsideCaps says that the key's scope does not cover it (R5).
func (d Decision) OutsideCaps() bool { return d.Rule == 5 }
