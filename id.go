package remit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// Ids are sortable text: a prefix that names the kind, then 48 bits of
// milliseconds and 80 random bits, so that ids order by time and none can be
// guessed (R21).
type (
	UserID       string // "user_…"
	KeyID        string // "key_…"
	SessionID    string // "session_…"
	ProjectID    string // "project_…"
	MemberID     string // "member_…"
	EntryID      string // "entry_…"
	TeamID       string // "team_…"
	InviteID     string // "invite_…"
	RequestID    string // "request_…": an access request
	NoticeID     string // "notice_…"
	NodeID       string // "node_…"
	RootID       string // "root_…"
	CollectionID string // "collection_…"
	FileID       string // "file_…"
	JobID        string // "job_…"
	ScheduleID   string // "schedule_…"

	NotificationID string // "notification_…"
	WebhookID      string // "webhook_…"
	DeliveryID     string // "delivery_…"
)

// crockford is the base32 alphabet without i, l, o and u; its order is that of the bytes.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an id of kind T for a thing made at now.
//
//	id := remit.NewID[remit.JobID](now)
func NewID[T ~string](now time.Time) T {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	if _, err := rand.Read(b[6:]); err != nil {
		panic(err) // crypto/rand never fails on a supported system
	}
	return T(prefixOf[T]() + crockford.EncodeToString(b[:]))
}

// DerivedID makes the id of a thing of kind T that is there once for these names
// without being stored: always the same for the same names, and before all that
// NewID makes.
func DerivedID[T ~string](names ...string) T {
	sum := sha256.Sum256([]byte(strings.Join(names, "\x00")))
	var b [16]byte
	copy(b[6:], sum[:])
	return T(prefixOf[T]() + crockford.EncodeToString(b[:]))
}

// IsID says whether s has the shape of an id of kind T.
func IsID[T ~string](s string) bool {
	rest, ok := strings.CutPrefix(s, prefixOf[T]())
	if !ok || len(rest) != 26 {
		return false
	}
	_, err := crockford.DecodeString(rest)
	return err == nil
}

// LeastID is before all ids of things that are made at now or later, and after
// those of the milliseconds before.
func LeastID[T ~string](now time.Time) T {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	return T(prefixOf[T]() + crockford.EncodeToString(b[:]))
}

func prefixOf[T ~string]() string {
	var zero T
	switch any(zero).(type) {
	case UserID:
		return "user_"
	case KeyID:
		return "key_"
	case SessionID:
		return "session_"
	case ProjectID:
		return "project_"
	case MemberID:
		return "member_"
	case EntryID:
		return "entry_"
	case TeamID:
		return "team_"
	case InviteID:
		return "invite_"
	case RequestID:
		return "request_"
	case NoticeID:
		return "notice_"
	case NodeID:
		return "node_"
	case RootID:
		return "root_"
	case CollectionID:
		return "collection_"
	case FileID:
		return "file_"
	case JobID:
		return "job_"
	case ScheduleID:
		return "schedule_"
	case NotificationID:
		return "notification_"
	case WebhookID:
		return "webhook_"
	case DeliveryID:
		return "delivery_"
	}
	panic("remit: NewID of a type that is no id")
}
