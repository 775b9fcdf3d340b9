package api

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Field names are taken as they are written: Go would take "USER" for "user",
// and another reader of the same request would not.
func init() { huma.ValidateStrictCasing = true }

// object is one that a reader of JSON is within.
type object struct {
	list   bool // it is an array
	names  map[string]bool
	name   string // of the field that is read
	inside bool   // the next token is its value
}

// twice is the place of a field that a JSON text gives more than once, "" for
// none. Readers differ in which of them counts, so none does.
func twice(text []byte) string {
	reader := json.NewDecoder(bytes.NewReader(text))
	var within []*object
	for {
		token, err := reader.Token()
		if err != nil {
			return "" // it ends, or is no JSON, which others refuse
		}
		var in *object
		if len(within) > 0 {
			in = within[len(within)-1]
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			within = append(within, &object{list: token == json.Delim('['), names: map[string]bool{}})
			continue
		case json.Delim('}'), json.Delim(']'):
			if within = within[:len(within)-1]; len(within) > 0 {
				within[len(within)-1].inside = false
			}
			continue
		}
		if in == nil || in.list {
			continue
		}
		if in.inside {
			in.inside = false
			continue
		}
		in.name, in.inside = token.(string), true
		if in.names[in.name] {
			return place(within)
		}
		in.names[in.name] = true
	}
}

// place is the path to the field that is read: "body.on.file".
func place(within []*object) string {
	path := "body"
	for _, in := range within {
		if in.name != "" {
			path += "." + in.name
		}
	}
	return path
}

// Repeated is a parameter that an address of the API gives more than once, ""
// for none: each takes one value.
func Repeated(u *url.URL) string {
	if !strings.HasPrefix(u.Path, "/api/") {
		return ""
	}
	return repeated(u.Query())
}

func repeated(query url.Values) string {
	var all []string
	for name, values := range query {
		if len(values) > 1 {
			all = append(all, name)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return slices.Min(all)
}
