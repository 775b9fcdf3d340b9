package parameters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/remit-server/remit"
)

// Storable says what keeps JSON from being stored and handed on as it is, nil
// when nothing does. Zero bytes in its texts programs cannot take; numbers beyond
// a double they read as others (RFC 8259, section 6), and to work with those that
// are written with a large exponent takes long; what is too deep many readers of lists give up at.
func Storable(text json.RawMessage) error {
	switch {
	case !utf8.Valid(text):
		return errors.New("it is no UTF-8")
	case !json.Valid(text):
		return errors.New("it is no JSON")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return nil // the end: the rest is valid, as was said above
		}
		switch v := token.(type) {
		case json.Delim:
			if depth += deeper(v); depth > maxDeep {
				return fmt.Errorf("more than %d objects and lists are within each other", maxDeep)
			}
		case string:
			if strings.ContainsRune(v, 0) {
				return errors.New("it holds a zero byte")
			}
		case json.Number:
			if !isDouble(string(v)) {
				return fmt.Errorf("the number %.40s is beyond what programs read, 1e-308 to 1e308", v)
			}
		}
	}
}

func deeper(d json.Delim) int {
	if d == '{' || d == '[' {
		return 1
	}
	return -1
}

// isDouble says whether a double comes near to a number of JSON.
func isDouble(n string) bool {
	double, err := strconv.ParseFloat(n, 64)
	digits, _, _ := strings.Cut(strings.ToLower(n), "e")
	return err == nil && (double != 0 || !strings.ContainsAny(digits, "123456789"))
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
