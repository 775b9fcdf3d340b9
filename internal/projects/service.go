package projects

import (
	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// Service answers and changes all that this package keeps. Make one with New;
// it is safe for concurrent use.
type Service struct {
	gate   *gate.Gate
	rows   *gate.Kept[Row]          // by slug
	names  *gate.Kept[remit.UserID] // by the names of accounts
	locate func(db.Reader, remit.On) (authz.Resource, error)
}

// Options are the settings of a Service.
type Options struct {
	// Locate finds a collection that a membership is to be of, as
	// archive.LocateOn does; nil = only the shape of its id is looked at.
	Locate func(db.Reader, remit.On) (authz.Resource, error)
}

// New makes the service that works through g.
func New(g *gate.Gate, o Options) *Service {
	return &Service{gate: g, rows: gate.Keep[Row](gate.Projects), names: gate.Keep[remit.UserID](gate.Users), locate: o.Locate}
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
