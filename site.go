package remit

import "time"

// SiteAccess is who has which rights on the whole site.
type SiteAccess struct {
	Members      []SiteMember  `json:"members"`      // oldest first, ended ones too
	Overrides    []Override    `json:"overrides"`    // of roles of the site; by role and permission
	Entries      []Entry       `json:"entries"`      // oldest first, ended ones too
	Reservations []Reservation `json:"reservations"` // by permission: what the program or the site reserves, or has opened
	Permissions  []string      `json:"permissions"`  // operation verbs that the asker may use here
}

// SiteMember is a user or a team with a role of the site.
type SiteMember struct {
	ID        MemberID   `json:"id"`
	User      string     `json:"user,omitempty"`
	Team      string     `json:"team,omitempty"`
	Role      string     `json:"role"`
	From      *time.Time `json:"from,omitempty"`
	Until     *time.Time `json:"until,omitempty"`
	Why       string     `json:"why,omitempty"`
	By        string     `json:"by,omitempty"`      // who made it one
	Deleted   bool       `json:"deleted,omitempty"` // the account is
	CreatedAt time.Time  `json:"created_at"`
}

// Reservation says whether a permission is for superusers alone for now (R4).
type Reservation struct {
	Permission string `json:"permission"`
	State      string `json:"state"`    // "reserved", "opened", or "default": what the program says
	Reserved   bool   `json:"reserved"` // what comes of it
}

// RoleUse is a role template with what depends on it.
type RoleUse struct {
	Role
	Overridden  []RoleOverrides `json:"overridden"` // by project; those whose access the asker may see
	Permissions []string        `json:"permissions"`
}

// RoleOverrides is what one project changes about a role.
type RoleOverrides struct {
	Project   string     `json:"project"` // slug
	Overrides []Override `json:"overrides"`
}
