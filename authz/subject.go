package authz

// Kind says what sort of subject asks.
type Kind uint8

// The kinds of subject.
const (
	Anonymous Kind = iota // nobody is signed in
	Person                // a user account
	Node                  // a registered worker (R6)
	System                // a background loop of the program itself
	Bearer                // whoever shows the token of one job (R31): ID is the job's
	Local                 // everybody, when authentication is off (R32): a superuser whose things belong to nobody. Never for who logs in
)

// Subject is who asks.
type Subject struct {
	Kind Kind
	ID   string // user id, node id, or the system role's name
	Name string // for people; never decides anything
	// Projects are those that a node serves; nil for other kinds.
	// A node of the whole site has Site set.
	Projects []string
	Site     bool
	// Caps narrow what an API key or preview may do (R5); nil = uncapped.
	Caps *Caps
	// Preview narrows a person to what another would see (R23); nil = none.
	Preview *Preview
	// Key is the id of the API key used, "" for none; for the audit log only.
	Key string
}

// Caps narrow a subject. They never add.
type Caps struct {
	Scopes   []string // patterns; here `*` includes site permissions
	Projects []string // nil = all
}

// Preview is "view as": the rights of somebody else, cut to those of the
// viewer, and to reading (Permission.Reads). Exactly one of its parts is set.
type Preview struct {
	User string // a person: their rights, and their things are own
	Role string // somebody with just this role in the thing's project; own things stay the viewer's
}

// Visibility of a thing. There are no others (R2).
type Visibility uint8

// Visibilities. The zero value suits things that have none of their own, like jobs.
const (
	ProjectWide Visibility = iota // visible with t:read
	Private                       // others' need t:read_private
	Public                        // part of the public floor (R7)
)

// Facts are what guards and node rights ask about a thing. Those that speak of
// the asking node are worked out for each asker by whoever asks.
type Facts uint16

// The facts of R16 and R6.
const (
	IsWorkflow Facts = 1 << iota
	HasParent        // a step of a workflow
	IsClaimed
	IsFinished
	HoldsLock // the asking node holds the lease that it names
	HeldLock  // the asking node has held a lease of this job
	IsSelf    // the thing is the asking node's own record
	IsLent    // the thing is lent to the asking node (R28)
)

// Resource is the thing asked about. The zero value is the site.
type Resource struct {
	Project    string // project id; "" = the site
	Owner      string // user id; "" = ownerless
	Collection string // the collection it lives in
	Visibility Visibility
	Run        string // for jobs: the run right's qualifier, "ml" or "ml.single" (R27)
	Facts      Facts
	Thing      string // its id; for the audit log, and for tokens (R31)
	Loan       *Loan  // what the asking node's job lends it on this thing (R28); nil = nothing
}

// Loan is what a node may do on an input of the job that it holds (R28). It is
// believed: fill it in from what the job's type lends, and only while the
// asking node holds the job's lease.
type Loan struct {
	Rights []LentRight
	// Owner and Runner of the job, with the caps that go with it.
	Owner, Runner Subject
}

// LentRight is one permission that a job type lends to nodes.
type LentRight struct {
	Permission string
	// OfType rights come with the type. Others hold only while the job's owner
	// and runner both have them.
	OfType bool
}
