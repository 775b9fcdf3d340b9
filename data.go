package remit

import "time"

// DataRoot is a directory whose top-level directories are a project's collections.
type DataRoot struct {
	ID            RootID     `json:"id"`
	Project       string     `json:"project"` // slug
	Path          string     `json:"path"`    // absolute, on the server
	CreatedAt     time.Time  `json:"created_at"`
	LastScannedAt *time.Time `json:"last_scanned_at,omitempty"`
	Permissions   []string   `json:"permissions"`
}

// Collection is a set of files that belong together: a night, a trap.
type Collection struct {
	ID          CollectionID `json:"id"`
	Project     string       `json:"project"` // slug
	Name        string       `json:"name"`    // a folder's is that of its directory
	Kind        string       `json:"kind"`    // "folder", "set"
	Visibility  string       `json:"visibility"`
	Owner       string       `json:"owner,omitempty"` // user name
	Files       int          `json:"files"`           // present ones
	Bytes       int64        `json:"bytes"`
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
	Permissions []string     `json:"permissions"`

	// Set is how a set is filled, for those who may change it.
	Set *SetDefinition `json:"set,omitempty"`
}

// The visibilities of a collection and so of its files.
const (
	VisibilityPrivate = "private" // its owner, and holders of collection:read_private
	VisibilityProject = "project" // holders of collection:read in its project
	VisibilityPublic  = "public"  // everybody
)

// File is one file of a collection.
type File struct {
	ID          FileID       `json:"id"`
	Project     string       `json:"project"` // slug
	Collection  CollectionID `json:"collection"`
	Path        string       `json:"path"` // below its collection, with slashes
	Size        int64        `json:"size"` // bytes
	ModifiedAt  time.Time    `json:"modified_at"`
	SHA256      string       `json:"sha256,omitempty"` // hex; absent when it could not be read
	MediaType   string       `json:"media_type,omitempty"`
	State       string       `json:"state"`             // "present", "missing", "unreadable"
	Problem     string       `json:"problem,omitempty"` // why it is unreadable, or its header is
	Preview     string       `json:"preview"`           // "ready", "none", "failed"
	Metadata    *Metadata    `json:"metadata,omitempty"`
	Owner       string       `json:"owner,omitempty"`
	CreatedAt   time.Time    `json:"created_at"`
	MissingAt   *time.Time   `json:"missing_at,omitempty"`
	Permissions []string     `json:"permissions"`
}

// The states of a file.
const (
	FilePresent    = "present"
	FileMissing    = "missing"
	FileUnreadable = "unreadable"
)
