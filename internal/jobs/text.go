package jobs

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/remit-server/remit"
)

// clean makes a text that both engines keep, and at most limit bytes long.
func clean(text string, limit int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	return text
}

// printable replaces what the engines cannot both store, byte by byte, so
// that offsets stay what they are.
func printable(text string) string {
	if remit.IsText(text) {
		return text
	}
	b := []byte(text)
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			b[i] = '?'
		}
		i += size
	}
	return string(b)
}

// runes is the longest beginning of text of at most n bytes that splits no character.
func runes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// index is the place of an item in a list.
func index(i int) string { return strconv.Itoa(i) }
