package policyfile

import (
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// File is one YAML file; its name stands in the places of its faults.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Document is what files say, together. A nil list is one that no file
// mentions; an empty one is there and has nothing in it.
type Document struct {
	Permissions []Permission
	Roles       []Role
	Teams       []Team
	Site        *Access // nil = not mentioned
	Projects    []Access
}

// Permission is an addition to the catalogue.
type Permission struct {
	Name     Name
	Requires []Name
	Private  Name
	Entry    authz.Permission
}

// Role is a template. Site is true for those that are held on the site.
type Role struct {
	Name               Name
	Title, Description *string // nil = not mentioned, as Allow
	Site               bool
	Allow              []Name
}

// Team is a group of users.
type Team struct {
	Name  Name
	Title *string
	Users []Name
}

// Access is who holds what in a project, or on the site.
type Access struct {
	Slug             Name   // "" = the site
	Public           []Name // of projects
	Reserved, Opened []Name // of the site (R4)
	Overrides        []Override
	Members          []Member
	Entries          []Entry
}

// Override changes what a role means there.
type Override struct {
	At               Place
	Role, Permission Name
	Effect           string // allow, remove or deny
}

// Member gives a user or a team roles.
type Member struct {
	At          Place
	User, Team  Name // one of them
	Roles       []Name
	Collection  remit.CollectionID
	From, Until *time.Time
	Why         string
}

// Entry allows or denies one person something.
type Entry struct {
	At          Place
	User        Name
	Permission  Name
	Effect      string // allow or deny
	Collection  remit.CollectionID
	From, Until *time.Time
	Why         string
}
