package remit

// Matrix is what each role means in one project: a row for each permission, a
// cell for each role.
type Matrix struct {
	Roles []Role      `json:"roles"` // those that are held in projects, by name
	Rows  []MatrixRow `json:"rows"`  // by permission
}

// MatrixRow is one permission.
type MatrixRow struct {
	Permission string       `json:"permission"`
	Title      string       `json:"title,omitempty"`
	Selectors  bool         `json:"selectors"` // own and others may differ
	Cells      []MatrixCell `json:"cells"`     // in the order of the roles
}

// MatrixCell is what one role means for one permission.
type MatrixCell struct {
	Own    MatrixHalf `json:"own"`    // for the holder's own things
	Others MatrixHalf `json:"others"` // for those of others
}

// MatrixHalf is what a role says, where that comes from, and what comes of it.
type MatrixHalf struct {
	Effect   string `json:"effect"`             // "allow", "deny", "none"
	From     string `json:"from,omitempty"`     // "template", "override"; "" = nothing speaks
	Override string `json:"override,omitempty"` // "allow", "remove", "deny"
	Pattern  string `json:"pattern,omitempty"`  // as it is written where it comes from
	// Allowed is the decision for somebody who holds this role and nothing
	// else: what it requires, what is public, reserved or held by everybody on
	// the site counts. Rule decided.
	Allowed bool   `json:"allowed"`
	Rule    string `json:"rule"`
}
