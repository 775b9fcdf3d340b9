package remit

import "time"

// Project is a room of its own: members, jobs, data.
type Project struct {
	ID          ProjectID `json:"id"`
	Slug        string    `json:"slug"` // unique, in every address
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	// Visibility is "public" when anything in it is open to everybody, else "private".
	Visibility string `json:"visibility"`
	// CollectionVisibility is what new collections get.
	CollectionVisibility string `json:"collection_visibility,omitempty"`
	// Public are the permissions that everybody has here; none in a draft.
	Public      []string   `json:"public,omitempty"`
	CreatedAt   time.Time  `json:"created_at"`
	ArchivedAt  *time.Time `json:"archived_at,omitempty"` // since when nothing in it changes; nil = it is not archived
	Site        bool       `json:"site,omitempty"`        // its jobs look after the whole site
	Roles       []string   `json:"roles,omitempty"`       // those of the asker here
	Permissions []string   `json:"permissions"`           // full permission names that the asker holds here
}

// DeletedProject is one that can be brought back.
type DeletedProject struct {
	ID           ProjectID `json:"id"`
	Slug         string    `json:"slug"` // that it had; another project may have it now
	Title        string    `json:"title"`
	DeletedAt    time.Time `json:"deleted_at"`
	DeletedBy    string    `json:"deleted_by,omitempty"` // "" = the program itself
	RestoreUntil time.Time `json:"restore_until"`        // not any more from then on
	Permissions  []string  `json:"permissions"`          // "restore"
}

// Member is a user or a team with its roles in a project.
type Member struct {
	ID          MemberID     `json:"id"`
	Project     string       `json:"project"` // slug
	User        string       `json:"user,omitempty"`
	Team        string       `json:"team,omitempty"`
	Roles       []string     `json:"roles"`
	Collection  CollectionID `json:"collection,omitempty"` // only there; "" = the whole project
	From        *time.Time   `json:"from,omitempty"`
	Until       *time.Time   `json:"until,omitempty"`
	Why         string       `json:"why,omitempty"`
	By          string       `json:"by,omitempty"`      // who made it one
	Deleted     bool         `json:"deleted,omitempty"` // the account is
	CreatedAt   time.Time    `json:"created_at"`
	Permissions []string     `json:"permissions"`
}

// Team is a group of users that can be a member like a user.
type Team struct {
	ID          TeamID    `json:"id"`
	Name        string    `json:"name"` // unique; a slug, as users have
	Title       string    `json:"title,omitempty"`
	Users       []string  `json:"users"`             // names, sorted
	Deleted     []string  `json:"deleted,omitempty"` // those of them whose accounts are deleted
	CreatedAt   time.Time `json:"created_at"`
	Permissions []string  `json:"permissions"` // operation verbs that the asker may use on it
}

// Role is a site-wide template of what its holders may do in a project.
type Role struct {
	Name        string   `json:"name"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Allow       []string `json:"allow"` // patterns, optionally ending in @own or @others
	Site        bool     `json:"site"`  // held on the site, not in a project
}

// Override changes what a role means in one project.
type Override struct {
	Role       string `json:"role"`
	Permission string `json:"permission"` // a pattern, optionally ending in @own or @others
	Effect     string `json:"effect"`     // "allow", "remove", "deny"
	// Warnings say what the change does not do; only in the answer to it.
	Warnings []string `json:"warnings,omitempty"`
}

// Entry is a personal allow or deny in a project.
type Entry struct {
	ID         EntryID      `json:"id"`
	User       string       `json:"user"`
	Permission string       `json:"permission"`
	Effect     string       `json:"effect"` // "allow", "deny"
	Collection CollectionID `json:"collection,omitempty"`
	From       *time.Time   `json:"from,omitempty"`
	Until      *time.Time   `json:"until,omitempty"`
	Why        string       `json:"why,omitempty"`
	By         string       `json:"by,omitempty"` // who wrote it
	CreatedAt  time.Time    `json:"created_at"`
	Deleted    bool         `json:"deleted,omitempty"` // the account is
	// Warnings say what the entry does not do; only in the answer that makes it.
	Warnings []string `json:"warnings,omitempty"`
}
