package projects

import (
	"cmp"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Service answers and changes all that this package keeps. Make one with New;
// it is safe for concurrent use.
type Service struct {
	gate  *gate.Gate
	rows  *gate.Kept[Row]          // by slug
	names *gate.Kept[remit.UserID] // by the names of accounts
	opts  Options
	looks looks // previews that are written down
}

// Options are the settings of a Service.
type Options struct {
	// Locate finds a collection that a membership, an entry or a request is to be
	// of, as archive.LocateOn does; nil = only the shape of its id is looked at.
	Locate func(db.Reader, remit.On) (authz.Resource, error)

	UndoDelete  time.Duration // how long a deleted project can be brought back; 0 = 14 days
	RequestLife time.Duration // how long an access request waits for an answer; 0 = 30 days
	MaxRequests int           // that one person may have open at once; 0 = 20
}

const day = 24 * time.Hour

func (o Options) complete() Options {
	o.UndoDelete = cmp.Or(o.UndoDelete, 14*day)
	o.RequestLife = cmp.Or(o.RequestLife, 30*day)
	o.MaxRequests = cmp.Or(o.MaxRequests, 20)
	return o
}

// New makes the service that works through g.
func New(g *gate.Gate, opts Options) *Service {
	return &Service{gate: g, opts: opts.complete(), rows: gate.Keep[Row](gate.Projects), names: gate.Keep[remit.UserID](gate.Users)}
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
