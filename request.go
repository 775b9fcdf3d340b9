package remit

import "time"

// AccessRequest is somebody's wish for a role or a permission in a project.
type AccessRequest struct {
	ID         RequestID    `json:"id"`
	Project    string       `json:"project"` // slug
	User       string       `json:"user"`
	Role       string       `json:"role,omitempty"`       // or
	Permission string       `json:"permission,omitempty"` // a pattern, optionally ending in @own or @others
	Collection CollectionID `json:"collection,omitempty"` // only there; "" = the whole project
	Reason     string       `json:"reason"`
	Until      *time.Time   `json:"until,omitempty"` // how long it is asked for; nil = without end
	State      RequestState `json:"state"`
	CreatedAt  time.Time    `json:"created_at"`
	ExpiresAt  time.Time    `json:"expires_at"`           // when nobody can answer it any more
	DecidedBy  string       `json:"decided_by,omitempty"` // for those who may see the members
	DecidedAt  *time.Time   `json:"decided_at,omitempty"`
	Answer     string       `json:"answer,omitempty"`
	GivenUntil *time.Time   `json:"given_until,omitempty"` // of an approved one; nil = without end
	// Permissions are the operation verbs that the asker may use on it now.
	Permissions []string `json:"permissions"`
}

// RequestState is what became of an access request.
type RequestState string

// The states of an access request.
const (
	RequestOpen      RequestState = "open"
	RequestApproved  RequestState = "approved"
	RequestRejected  RequestState = "rejected"
	RequestWithdrawn RequestState = "withdrawn" // by who asked
	RequestExpired   RequestState = "expired"   // nobody answered in time
)

// Notice tells one person of an access request, or of what became of a project.
type Notice struct {
	ID        NoticeID   `json:"id"`
	Request   RequestID  `json:"request,omitempty"`
	Project   string     `json:"project"` // slug
	What      string     `json:"what"`    // of a request: "asked": decide on it; "approved", "rejected": your own; of a project: "unmanaged"
	Why       string     `json:"why,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	ReadAt    *time.Time `json:"read_at,omitempty"` // nil = it was not read yet
}
