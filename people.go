package remit

import "time"

// User is an account.
type User struct {
	ID          UserID    `json:"id"`
	Name        string    `json:"name"` // unique; a slug: letters, digits, "-", "_", "."
	FullName    string    `json:"full_name,omitempty"`
	Email       string    `json:"email,omitempty"`
	Superuser   bool      `json:"superuser"`
	Disabled    bool      `json:"disabled"`
	CreatedAt   time.Time `json:"created_at"`
	Permissions []string  `json:"permissions"` // operation verbs that the asker may use on it
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
	Secret      string     `json:"secret,omitempty"` // "remit_…"; only in the answer that makes it
	Permissions []string   `json:"permissions"`
}

// Session is a signed-in browser.
type Session struct {
	ID        SessionID `json:"id"`
	User      string    `json:"user"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}
