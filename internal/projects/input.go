package projects

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// sortedSet is a sorted copy without repetitions.
func sortedSet(words []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(words)))
}

func same(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.UnixMicro() == b.UnixMicro()
}

// stored is a time as the database gives it back.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func storedPtr(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	cut := stored(*t)
	return &cut
}

// maxText bounds what people write in their own words, in bytes.
const maxText = 10_000

// checkText refuses what cannot be stored or read. fields are names and texts
// by turns.
func checkText(fields ...string) error {
	for pair := range slices.Chunk(fields, 2) {
		if field, text := pair[0], pair[1]; len(text) > maxText || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return invalid(field, "%s is no text of up to %d bytes of UTF-8", field, maxText)
		}
	}
	return nil
}

// checkCursor refuses what no page ever named as its next.
func checkCursor[ID ~string](after string) error {
	if after != "" && !remit.IsID[ID](after) {
		return invalid("after", "%q is no cursor", after).WithHint("Use next of the page before.")
	}
	return nil
}

func checkInterval(from, until *time.Time) error {
	if from != nil && until != nil && !from.Before(*until) {
		return invalid("until", "it ends at %s, before it begins", until.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkEnd refuses to give what has ended already (R17).
func checkEnd(tx *gate.Tx, until *time.Time) error {
	if until != nil && !tx.Now().Before(*until) {
		return invalid("until", "it ended at %s; nothing is given for the past", until.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkCollection sees to the shape only; see KnownCollection.
func checkCollection(id remit.CollectionID) error {
	if id != "" && !remit.IsID[remit.CollectionID](string(id)) {
		return invalid("collection", "%q is no collection's id", id)
	}
	return nil
}

// knownUser finds a user that somebody named in a request.
func knownUser(tx *gate.Tx, name string) (remit.UserID, error) {
	id, err := identity.IDOf(tx, name)
	if remit.KindOf(err) == remit.NotFound {
		return "", invalid("user", "There is no user %q", name)
	}
	return id, err
}

// recipient is a user whom somebody gives something to. Deleted accounts are a
// remit.Conflict.
func recipient(tx *gate.Tx, name string) (remit.UserID, error) {
	id, err := identity.Living(tx, name)
	if remit.KindOf(err) == remit.NotFound {
		return "", invalid("user", "There is no user %q", name)
	}
	return id, err
}

// checkRoles refuses roles that do not exist or are held on the site only.
func checkRoles(tx *gate.Tx, names []string) error {
	roles, err := rolesByName(tx)
	if err != nil {
		return err
	}
	for _, name := range names {
		role, known := roles[name]
		if !known {
			return invalid("roles", "There is no role %q", name).WithHint("There are: %s.", strings.Join(projectRoles(roles), ", "))
		}
		if role.Site {
			return invalid("roles", "%s is a role of the site; nobody holds it in a project", name)
		}
	}
	return nil
}

func projectRoles(roles map[string]remit.Role) []string {
	names := []string{}
	for name, role := range roles {
		if !role.Site {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
