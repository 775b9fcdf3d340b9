package parameters

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/remit-server/remit"
)

// Storable says whether text is JSON that both engines keep as it is, and
// without zero bytes in its strings: nodes hand those to programs, which
// cannot take them.
func Storable(text json.RawMessage) bool {
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

// Decode is a JSON value as schemas take it: numbers as they were written
// (json.Number).
func Decode(text json.RawMessage) (any, error) {
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// Encode is a JSON value as it is stored: names in order, nothing escaped for HTML.
func Encode(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, remit.Errorf(remit.Internal, "writing parameters: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
