package remit

import "time"

// AuditEntry is one change or one refused change, as it was written down.
type AuditEntry struct {
	ID         string    `json:"id"` // orders by time
	At         time.Time `json:"at"`
	ActorKind  string    `json:"actor_kind"` // "anonymous", "person", "node", "system"
	ActorID    string    `json:"actor_id,omitempty"`
	Actor      string    `json:"actor,omitempty"` // its name at the time
	Key        string    `json:"key,omitempty"`   // id of the API key used
	Operation  string    `json:"operation"`
	ProjectID  ProjectID `json:"project_id,omitempty"` // none: the site
	Project    string    `json:"project,omitempty"`    // its slug now; none when it is gone
	Thing      string    `json:"thing,omitempty"`
	Allowed    bool      `json:"allowed"`
	Rule       string    `json:"rule,omitempty"`
	Permission string    `json:"permission,omitempty"` // what was missing, for refusals
	Detail     string    `json:"detail,omitempty"`     // in words
	Request    string    `json:"request,omitempty"`
	Preview    string    `json:"preview,omitempty"` // as whom the actor looked (R23)
	Seal       int64     `json:"seal,omitempty"`    // number of its seal; none yet: 0
}

// AuditSeal vouches for a batch of entries and for all seals before it.
type AuditSeal struct {
	Number       int64     `json:"number"` // from 1 on, without gaps
	FirstID      string    `json:"first_id,omitempty"`
	LastID       string    `json:"last_id,omitempty"`
	Count        int64     `json:"count"`
	EntriesHash  string    `json:"entries_hash"`
	PreviousHash string    `json:"previous_hash"` // "" for the first seal
	Hash         string    `json:"hash"`
	SealedAt     time.Time `json:"sealed_at"`
	// An archive's own seal vouches for a file instead of entries.
	Archive      string `json:"archive,omitempty"` // the file's name
	ArchiveHash  string `json:"archive_hash,omitempty"`
	ArchiveFirst int64  `json:"archive_first,omitempty"` // the seals whose entries the file holds
	ArchiveLast  int64  `json:"archive_last,omitempty"`
	// ArchivedBy is the seal whose file holds the entries; 0 = none does.
	ArchivedBy int64 `json:"archived_by,omitempty"`
	// Manifest lists ids and hashes of the entries, to say which one is wrong.
	Manifest string `json:"manifest,omitempty"`
}

// AuditHead is the end of the chain of seals. Kept elsewhere, it proves later
// that nothing before it was changed or cut off.
type AuditHead struct {
	Number   int64     `json:"number"` // 0 = nothing is sealed yet
	Hash     string    `json:"hash"`
	SealedAt time.Time `json:"sealed_at,omitzero"`
	Unsealed int64     `json:"unsealed"` // entries that wait for the next seal
}

// What can be wrong with a sealed log.
const (
	AuditChanged     = "changed"      // an entry is not as it was sealed
	AuditRemoved     = "removed"      // a sealed entry is gone
	AuditInserted    = "inserted"     // an entry says that it is in a seal, and is not
	AuditSealChanged = "seal_changed" // a seal is not as it was made, or does not follow the one before
	AuditSealMissing = "seal_missing" // a seal is gone
	AuditArchive     = "archive"      // an archive file is gone or changed
	AuditCut         = "cut"          // the chain does not hold the head that was kept elsewhere
	AuditLate        = "late"         // an entry came long after its time: a warning, not a fault
)

// AuditFinding is one thing that is wrong.
type AuditFinding struct {
	Kind  string `json:"kind"`
	Seal  int64  `json:"seal,omitempty"`
	Entry string `json:"entry,omitempty"`
	Text  string `json:"text"`
}

// AuditVerdict is what verifying the log came to.
type AuditVerdict struct {
	Intact   bool      `json:"intact"`
	Entries  int64     `json:"entries"` // that were sealed, archives included
	Unsealed int64     `json:"unsealed"`
	Seals    int64     `json:"seals"`
	Archives int64     `json:"archives"`
	Faults   int64     `json:"faults"` // findings but for late entries
	Late     int64     `json:"late"`
	Head     AuditHead `json:"head"`
}
