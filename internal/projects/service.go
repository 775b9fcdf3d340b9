package projects

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// Service answers and changes all that this package keeps. Make one with New;
// it is safe for concurrent use.
type Service struct {
	gate  *gate.Gate
	rows  *gate.Kept[Row]          // by slug
	names *gate.Kept[remit.UserID] // by the names of accounts
	looks looks                    // previews that are written down
}

// Options are the settings of a Service. It has none yet.
type Options struct{}

// New makes the service that works through g.
func New(g *gate.Gate, _ Options) *Service {
	return &Service{gate: g, rows: gate.Keep[Row](gate.Projects), names: gate.Keep[remit.UserID](gate.Users)}
}

// paged cuts a list of up to limit+1 items to limit, and returns the cursor of
// the following page: the last item's id when more remain.
func paged[T any](items []T, limit int, id func(T) string) ([]T, string) {
	if len(items) <= limit {
		return items, ""
	}
	return items[:limit], id(items[limit-1])
}

// listed is words, but never nil: an empty list is [] in JSON.
func listed(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}

func invalid(field, format string, args ...any) *remit.Error {
	return remit.Errorf(remit.Invalid, format, args...).WithField(field)
}
