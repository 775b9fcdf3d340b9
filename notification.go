package remit

import "time"

// Notification says of which jobs its owner is told, by a letter to the address
// of the account. The owner's right to read a job is asked when the letter is
// sent.
type Notification struct {
	ID      NotificationID `json:"id"`
	Project string         `json:"project,omitempty"` // slug; none = every project
	Type    string         `json:"type,omitempty"`    // key of a job type; none = all
	States  []JobState     `json:"states"`            // some of succeeded, failed, cancelled, held
	Whose   Whose          `json:"whose"`
	// Default says that it is what job types tell the owners of their jobs
	// without being asked: it can be paused, and neither changed nor deleted. The
	// one without a type is of all types, and pauses all of them.
	Default bool   `json:"default,omitempty"`
	Paused  bool   `json:"paused"`
	Held    string `json:"held,omitempty"` // why no letters come though it is not paused
	Problem string `json:"problem,omitempty"`
	// RetryAt is when what could not be sent is tried again.
	RetryAt   *time.Time `json:"retry_at,omitempty"`
	CreatedAt time.Time  `json:"created_at,omitzero"` // none for a default

	Permissions []string `json:"permissions"` // operation verbs: "update", "delete"
}

// Told says whether somebody can be told that a job came to s.
func (s JobState) Told() bool { return s.Finished() || s == JobHeld }

// Whose jobs somebody is told of.
type Whose string

// Whose they are.
const (
	Mine Whose = "mine" // those that the person owns
	All  Whose = "all"  // all of a project that the person may read
)

// Webhook is a web address that a project tells of its jobs, as far as the
// person whose rights it has may read them when they are sent.
type Webhook struct {
	ID        WebhookID  `json:"id"`
	Project   string     `json:"project"` // slug
	Title     string     `json:"title,omitempty"`
	URL       string     `json:"url"`             // up to the host: the rest of it may be a secret
	Owner     string     `json:"owner,omitempty"` // user name: whose rights it has, that of who changed it last
	Type      string     `json:"type,omitempty"`  // key of a job type; none = all
	States    []JobState `json:"states"`          // some of succeeded, failed, cancelled, held
	Paused    bool       `json:"paused"`
	Held      string     `json:"held,omitempty"`     // why nothing is sent though it is not paused
	Problem   string     `json:"problem,omitempty"`  // what came of the last try, when that failed
	RetryAt   *time.Time `json:"retry_at,omitempty"` // when the next one is
	CreatedAt time.Time  `json:"created_at"`
	Secret    string     `json:"secret,omitempty"` // signs what is sent; shown once, when it is made

	Permissions []string `json:"permissions"` // operation verbs: "update", "delete", "test"
}

// Delivery is one message to a webhook.
type Delivery struct {
	ID     DeliveryID    `json:"id"`
	Event  string        `json:"event"`         // "job.failed", "test"
	Job    JobID         `json:"job,omitempty"` // none for a test
	At     time.Time     `json:"at"`            // when it happened
	State  DeliveryState `json:"state"`
	Tries  int           `json:"tries"`
	Reason string        `json:"reason,omitempty"` // what came of the last try, when that failed
	DoneAt *time.Time    `json:"done_at,omitempty"`
}

// DeliveryState says how far a message came.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting DeliveryState = "waiting"  // it will be tried, or tried again
	DeliverySent    DeliveryState = "sent"     // the receiver took it
	DeliveryGivenUp DeliveryState = "given_up" // it was tried for three days
)
