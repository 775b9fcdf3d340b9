package archive

import (
	"errors"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// storable is s without what PostgreSQL refuses in text.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// printable is s on one line and without control characters: names on disk
// may hold anything, and logs end up in terminals.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, storable(s))
}

// maxProblem bounds what is kept of one problem, in bytes.
const maxProblem = 1000

func shortened(s string) string {
	if len(s) <= maxProblem {
		return s
	}
	return strings.ToValidUTF8(s[:maxProblem], "") + " …"
}

// stored is t as it comes back from the database.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// isNotDir: a part of the path that was a directory is a file now.
func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
