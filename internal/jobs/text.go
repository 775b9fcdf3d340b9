package jobs

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/remit-server/remit"
)

// storableJSON says whether text is JSON that both engines keep as it is, and
// without zero bytes in its strings: nodes hand those to programs, which
// cannot take them.
func storableJSON(text json.RawMessage) bool {
	if !json.Valid(text) || !utf8.Valid(text) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return true // the end: the rest is valid, as was said above
		}
		if s, ok := token.(string); ok && strings.ContainsRune(s, 0) {
			return false
		}
	}
}

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
