package client

import (
	"context"
	"net/http"
	"time"

	"github.com/remit-server/remit"
)

// Policy answers GET /api/v1/policy: all that is stored about rights, as the
// text of a policy file.
type Policy struct {
	Text    string `json:"text"`
	Version string `json:"version"`
}

// PolicyFile is one YAML file.
type PolicyFile struct {
	Name string `json:"name"` // for the places of its faults
	Text string `json:"text"`
}

// PolicyFiles is the body of POST /api/v1/policy/plan, apply and lint.
type PolicyFiles struct {
	Files   []PolicyFile `json:"files"`
	Prune   bool         `json:"prune,omitempty"`   // roles and teams go that the files do not name
	Version string       `json:"version,omitempty"` // of the plan, for apply: 412 when something else is stored by then
}

// Plan is what is written, and who gains and loses what by it.
type Plan struct {
	Version string         `json:"version"` // of what is stored
	Changes []PolicyChange `json:"changes"`
	Effects []PolicyEffect `json:"effects"`
	Partial bool           `json:"partial,omitempty"` // there are projects that you know of, and may not read the access of
}

// PolicyChange is one row that is written.
type PolicyChange struct {
	Do      string `json:"do"`                // add, change or remove
	What    string `json:"what"`              // permission, role, team, reservation, public, override, member or entry
	Project string `json:"project,omitempty"` // slug; "" = the site
	Text    string `json:"text"`
}

// PolicyEffect is one thing that somebody gains or loses.
type PolicyEffect struct {
	User       string     `json:"user"`               // a name; "*" = every account, "" = everybody, "?" = accounts that you may not see
	Accounts   int        `json:"accounts,omitempty"` // how many, for "?"
	Gains      bool       `json:"gains"`              // else loses
	Permission string     `json:"permission"`
	Project    string     `json:"project"` // slug; "*" = every project, "" = the site
	Collection string     `json:"collection,omitempty"`
	Visibility string     `json:"visibility,omitempty"`
	From       *time.Time `json:"from,omitempty"`
	Until      *time.Time `json:"until,omitempty"`
	Text       string     `json:"text"`
}

// PolicyFinding is something that lint found.
type PolicyFinding struct {
	Code    string `json:"code"`
	Level   string `json:"level"` // error, warning or note
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// Migrate is the body of POST /api/v1/policy/migrate.
type Migrate struct {
	Drop  bool `json:"drop,omitempty"`  // names that the catalogue does not know go
	Write bool `json:"write,omitempty"` // else it is only reported
}

// Migration is one pattern that a migration writes anew.
type Migration struct {
	Where string   `json:"where"`
	Was   string   `json:"was"`
	Is    []string `json:"is"` // empty = it is dropped, or left
	Why   string   `json:"why,omitempty"`
	Left  bool     `json:"left,omitempty"`
}

// Access is who holds what in a project. In PUT and plan a list that is left
// out is left alone, one that is there is the whole list, and ids and who
// wrote what when are not read.
type Access struct {
	Version   string           `json:"version,omitempty"`
	Public    []string         `json:"public,omitzero" required:"false"` // what everybody may do
	Overrides []remit.Override `json:"overrides,omitzero" required:"false"`
	Members   []AccessMember   `json:"members,omitzero" required:"false"`
	Entries   []AccessEntry    `json:"entries,omitzero" required:"false"`
}

// AccessMember is a membership, an ended one too.
type AccessMember struct {
	ID         remit.MemberID     `json:"id,omitempty"`
	User       string             `json:"user,omitempty"` // or
	Team       string             `json:"team,omitempty"`
	Roles      []string           `json:"roles"`
	Collection remit.CollectionID `json:"collection,omitempty"`
	From       *time.Time         `json:"from,omitempty"`
	Until      *time.Time         `json:"until,omitempty"`
	Why        string             `json:"why,omitempty"`
	Deleted    bool               `json:"deleted,omitempty"` // the account is; not read
}

// AccessEntry is a personal entry, an ended one too.
type AccessEntry struct {
	ID         remit.EntryID      `json:"id,omitempty"`
	User       string             `json:"user"`
	Permission string             `json:"permission"`
	Effect     string             `json:"effect"` // allow or deny
	Collection remit.CollectionID `json:"collection,omitempty"`
	From       *time.Time         `json:"from,omitempty"`
	Until      *time.Time         `json:"until,omitempty"`
	Why        string             `json:"why,omitempty"`
	By         string             `json:"by,omitempty"`
	CreatedAt  *time.Time         `json:"created_at,omitempty"`
	Deleted    bool               `json:"deleted,omitempty"` // the account is; not read
}

// Rows are the members and entries as the rest of the program knows them. A
// list that is left out stays nil.
func (a Access) Rows() (members []remit.Member, entries []remit.Entry) {
	if a.Members != nil {
		members = make([]remit.Member, len(a.Members))
	}
	for i, m := range a.Members {
		members[i] = remit.Member{ID: m.ID, User: m.User, Team: m.Team, Roles: m.Roles, Collection: m.Collection, From: m.From, Until: m.Until, Why: m.Why}
	}
	if a.Entries != nil {
		entries = make([]remit.Entry, len(a.Entries))
	}
	for i, e := range a.Entries {
		entries[i] = remit.Entry{ID: e.ID, User: e.User, Permission: e.Permission, Effect: e.Effect, Collection: e.Collection, From: e.From, Until: e.Until, Why: e.Why}
	}
	return members, entries
}

// WithRows is Rows backwards, with who wrote the entries and when, if that is
// known.
func (a Access) WithRows(members []remit.Member, entries []remit.Entry) Access {
	if members != nil {
		a.Members = make([]AccessMember, len(members))
	}
	for i, m := range members {
		a.Members[i] = AccessMember{ID: m.ID, User: m.User, Team: m.Team, Roles: m.Roles, Collection: m.Collection, From: m.From, Until: m.Until, Why: m.Why, Deleted: m.Deleted}
	}
	if entries != nil {
		a.Entries = make([]AccessEntry, len(entries))
	}
	for i, e := range entries {
		a.Entries[i] = AccessEntry{ID: e.ID, User: e.User, Permission: e.Permission, Effect: e.Effect, Collection: e.Collection, From: e.From, Until: e.Until, Why: e.Why, By: e.By, Deleted: e.Deleted}
		if !e.CreatedAt.IsZero() {
			a.Entries[i].CreatedAt = &e.CreatedAt
		}
	}
	return a
}

// Policy is all that is stored about rights.
func (c *Client) Policy(ctx context.Context) (Policy, error) {
	return get[Policy](ctx, c, "/api/v1/policy")
}

// PlanPolicy says what applying the files would do.
func (c *Client) PlanPolicy(ctx context.Context, f PolicyFiles) (Plan, error) {
	return post[Plan](ctx, c, "/api/v1/policy/plan", f)
}

// ApplyPolicy writes what the files say; remit.Stale when Version is of
// something else than is stored.
func (c *Client) ApplyPolicy(ctx context.Context, f PolicyFiles) (Plan, error) {
	return post[Plan](ctx, c, "/api/v1/policy/apply", f)
}

// LintPolicy looks for what is wrong with the files, or most likely not meant.
func (c *Client) LintPolicy(ctx context.Context, f PolicyFiles) (remit.Page[PolicyFinding], error) {
	return post[remit.Page[PolicyFinding]](ctx, c, "/api/v1/policy/lint", f)
}

// MigratePolicy writes old names of permissions anew.
func (c *Client) MigratePolicy(ctx context.Context, m Migrate) (remit.Page[Migration], error) {
	return post[remit.Page[Migration]](ctx, c, "/api/v1/policy/migrate", m)
}

// Access is who holds what in a project.
func (c *Client) Access(ctx context.Context, slug string) (Access, error) {
	return get[Access](ctx, c, "/api/v1/projects/"+seg(slug)+"/access")
}

// PlanAccess says what PutAccess would do.
func (c *Client) PlanAccess(ctx context.Context, slug string, a Access) (Plan, error) {
	return post[Plan](ctx, c, "/api/v1/projects/"+seg(slug)+"/access/plan", a)
}

// PutAccess writes who holds what in a project; remit.Stale when a.Version is
// of something else than is stored.
func (c *Client) PutAccess(ctx context.Context, slug string, a Access) (Plan, error) {
	var p Plan
	err := c.call(ctx, http.MethodPut, "/api/v1/projects/"+seg(slug)+"/access", a, &p)
	return p, err
}
