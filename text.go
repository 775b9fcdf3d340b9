package remit

import (
	"strings"
	"unicode/utf8"
)

// IsText says whether s can be stored by either engine: it is UTF-8 and has no
// NUL byte in it, both of which PostgreSQL refuses and SQLite does not.
func IsText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }
