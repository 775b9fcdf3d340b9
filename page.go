package remit

// Page is one page of a list. Next is the cursor of the following page, ""
// at the end. Permissions holds "create" when the asker may add to the list.
type Page[T any] struct {
	Items       []T      `json:"items"`
	Next        string   `json:"next,omitempty"`
	Permissions []string `json:"permissions"`
}

// Control is one thing that a page offers to do: a button that works, or one
// that is disabled and says why.
type Control struct {
	Verb     string // "run", "cancel"
	Allowed  bool
	Reason   string   // why not: "Insufficient permissions", "You can only cancel your own jobs"
	Missing  string   // the permission that is missing
	Grantors []string // who can grant it, for those who may know
}

// DefaultLimit and MaxLimit bound the length of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Limit is n within bounds, DefaultLimit for 0. Negative and larger ones are Invalid.
func Limit(n int) (int, error) {
	if n == 0 {
		return DefaultLimit, nil
	}
	if n < 0 || n > MaxLimit {
		return 0, Errorf(Invalid, "limit is %d; it goes from 1 to %d", n, MaxLimit).WithField("limit")
	}
	return n, nil
}
