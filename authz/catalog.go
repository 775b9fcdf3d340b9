package authz

// Catalog lists everything that can be permitted and every operation that
// asks for it. It is data: a program that embeds authz brings its own.
type Catalog struct {
	Permissions []Permission
	Operations  []Operation
	// System gives background loops their rights: name → patterns. A subject
	// of kind System holds exactly these, in every project. `*` is all project
	// permissions; those of the site are named.
	System map[string][]string
	// Node lists what a node may do; everything else is refused to it (R6),
	// except what a job lends it (R28).
	Node []NodeRight
	// Token lists, as exact names, what the bearer of one job's token may do on
	// that job, besides what strangers may (R31).
	Token []string
}

// NodeRight is one thing that nodes may do (R6). Each condition that is set
// must hold.
type NodeRight struct {
	Permission string
	Needs      Facts // any one of these facts about the thing; 0 = no fact is asked
	Serves     bool  // the node serves the thing's project
}

// Level says where a permission is decided.
type Level uint8

const (
	// InProject permissions are decided within one project (R10–R12), then by the site layer.
	InProject Level = iota
	// OnSite permissions concern the installation and skip R10–R12.
	OnSite
)

// Permission is one entry of the catalogue: `thing:verb` with optional
// qualifiers after dots.
type Permission struct {
	Name string
	// Aliases are old names. Where one is written or asked it stands for every
	// permission that lists it; patterns match them too, so that `jobs:*` goes
	// on meaning what it meant before `jobs:read` became `job:read`.
	Aliases   []string
	Level     Level
	Title     string   // a few words for people: "Run ml on a collection"
	Selectors bool     // may be given for own or others' things only
	Requires  []string // R15: what must be allowed as well, on the same thing
	// PublicOK lets everybody have it (R7): where a project or the site role
	// anonymous gives it, and on public things if it, or what it requires, heeds
	// their visibility (see Private).
	PublicOK bool
	Reserved bool // R4: for superusers unless the site says otherwise
	Never    bool // R3: refused to everybody
	Reads    bool // it only looks, so a preview may use it (R23)
	// Lends are what comes with it by what it starts (R28), so that whoever gives
	// it gives these as well (R24). They decide no question.
	Lends []string
	// Private is the permission asked instead for others' private things
	// ("collection:read" → "collection:read_private"); "" when visibility does
	// not matter. With PublicOK, public things are open to everybody by themselves. What this permission requires is asked then, what the private
	// one requires is not.
	Private string
}

// Operation is one thing a person can ask the program to do: all of some
// groups, each any one of some permissions. In a permission name `{run}`
// stands for Resource.Run, the run right of what a job is on (R27).
type Operation struct {
	Name string // "job.cancel"
	// Groups are asked all, any one of each. With none everybody may, strangers
	// included, and what they see is decided by Scope or by further questions.
	Groups  [][]string
	Primary string // a deny that decides it (R9, R11, R12) refuses the operation; "" = the first permission of the first group
	Read    string // the read permission of the existing thing asked about; "" for creating and for lists
	Scope   string // for lists: the permission that each listed thing needs
	// To are groups that are asked of the place where a thing goes, when it is
	// moved, copied or merged (R29); see Policy.CanMove.
	To     [][]string
	Guards []Guard    // R16, in the order they are reported
	Verb   string     // "cancel": for refusals and `permissions` lists
	Noun   string     // "jobs": for refusals
	Audit  AuditLevel // what is written down
	// ChangesPolicy marks writers of the policy: they run one at a time and
	// make every process read it anew.
	ChangesPolicy bool
}

// AuditLevel says what of an operation goes into the audit log.
type AuditLevel uint8

const (
	// AuditNone writes nothing: reads, heartbeats, log chunks.
	AuditNone AuditLevel = iota
	// AuditChange writes the change and its refusals.
	AuditChange
	// AuditRefusal writes only refusals.
	AuditRefusal
)

// Guard is a condition on the state of a thing that binds everybody,
// superusers included (R16). A failed guard is a conflict, not a refusal.
type Guard string

// The guards of R16.
const (
	GuardWorkable   Guard = "workable"    // not a workflow
	GuardNode       Guard = "node"        // the asker is a node
	GuardLockHolder Guard = "lock_holder" // the asking node holds the job's lease
	GuardHeldLock   Guard = "held_lock"   // the asking node holds or has held it
	GuardTopLevel   Guard = "top_level"   // not a step of a workflow
	GuardClaimed    Guard = "claimed"     // some node holds it
	GuardFinished   Guard = "finished"    // it has ended
)
