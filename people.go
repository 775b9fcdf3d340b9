package remit

import "time"

// User is an account.
type User struct {
	ID        UserID    `json:"id"`
	Name      string    `json:"name"` // unique; a slug: letters, digits, "-", "_", "."
	FullName  string    `json:"full_name,omitempty"`
	Email     string    `json:"email,omitempty"`
	Superuser bool      `json:"superuser"`
	Disabled  bool      `json:"disabled"`
	CreatedAt time.Time `json:"created_at"`
	// DeletedAt is when the account was deleted: it is disabled for good, and its
	// name is nobody else's.
	DeletedAt   *time.Time `json:"deleted_at,omitempty"`
	Permissions []string   `json:"permissions"` // operation verbs that the asker may use on it
}

// Invitation lets whoever has its secret make one account, once.
type Invitation struct {
	ID          InviteID  `json:"id"`
	Name        string    `json:"name"` // of the account to be
	FullName    string    `json:"full_name,omitempty"`
	Email       string    `json:"email,omitempty"`
	By          string    `json:"by,omitempty"` // name of who invited
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	Secret      string    `json:"secret,omitempty"` // "remit_invite_…"; only in the answer that makes it
	Permissions []string  `json:"permissions"`
}

// APIKey is a credential of a user for programs. Its secret is shown once.
type APIKey struct {
	ID          KeyID      `json:"id"`
	Title       string     `json:"title"`
	User        string     `json:"user"`               // the user's name
	Scopes      []string   `json:"scopes"`             // permission patterns; ["*"] is everything the user may do (R5)
	Projects    []string   `json:"projects,omitempty"` // slugs; none = all
	Hint        string     `json:"hint"`               // the last four characters
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	LastUsedAt  *time.Time `json:"last_used_at,omitempty"`
	RotatedAt   *time.Time `json:"rotated_at,omitempty"`
	OldUntil    *time.Time `json:"old_until,omitempty"` // until then the secret before the rotation works too
	Secret      string     `json:"secret,omitempty"`    // "remit_…"; only in the answer that makes or rotates it
	Permissions []string   `json:"permissions"`
}

// Session is a signed-in browser.
type Session struct {
	ID          SessionID `json:"id"`
	User        string    `json:"user"`
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	Address     string    `json:"address,omitempty"` // IP address that signed in
	Agent       string    `json:"agent,omitempty"`   // what the browser calls itself
	Current     bool      `json:"current"`           // the one that asks
	Permissions []string  `json:"permissions"`
}
