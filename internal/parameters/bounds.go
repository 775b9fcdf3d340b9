package parameters

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What one schema may be. Compiling takes time that grows faster than the schema.
const (
	MaxSchema = 64 << 10 // bytes
	maxDeep   = 64       // objects and lists within each other, in values as well; in a schema a property within another is two
	maxParts  = 2000     // objects and lists
	maxAsked  = 10_000   // schemas that one value is held against
)

func checkLength(text json.RawMessage) error {
	if len(text) > MaxSchema {
		return invalid("params", "The schema of the parameters has %d bytes; %d are allowed", len(text), MaxSchema)
	}
	return nil
}

// checkParts bounds the objects and lists of a schema, and how deep they are.
func checkParts(node any, at []string, left *int) error {
	names := partsOf(node)
	if names == nil {
		return nil
	}
	*left--
	switch {
	case len(at) >= maxDeep:
		return invalid(placeOf(at), "The schema of the parameters is too deep at %.200s: %d objects and lists may be within each other", placeOf(at), maxDeep).
			WithHint("Keep what is deep apart, below $defs, and name it with $ref.")
	case *left < 0:
		return invalid(placeOf(at), "The schema of the parameters is too long at %.200s: it may have %d objects and lists", placeOf(at), maxParts)
	}
	for _, name := range names {
		if err := checkParts(partOf(node, name), append(at, name), left); err != nil {
			return err
		}
	}
	return nil
}

// partsOf are the names of what is in an object or a list, in order; nil for anything else.
func partsOf(node any) []string {
	switch v := node.(type) {
	case map[string]any:
		return append([]string{}, slices.Sorted(maps.Keys(v))...)
	case []any:
		names := make([]string, len(v))
		for i := range v {
			names[i] = strconv.Itoa(i)
		}
		return names
	}
	return nil
}

func partOf(node any, name string) any {
	if object, ok := node.(map[string]any); ok {
		return object[name]
	}
	i, _ := strconv.Atoi(name)
	return node.([]any)[i]
}

// asked counts the schemas that one value is held against, by the schema that
// the value meets; 0 = it is being counted.
type asked map[*Schema]int

// checkAsked refuses schemas that refer to each other in a ring, by which no
// value is ever done, and those by which a value meets too many. Recursion over
// what is in the value is neither.
func checkAsked(top *Schema) error {
	counts := asked{}
	for todo := []*Schema{top}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if _, counted := counts[s]; counted {
			continue
		}
		if _, err := counts.of(s); err != nil {
			return err
		}
		todo = append(append(todo, alike(s)...), within(s)...)
	}
	return nil
}

func (a asked) of(s *Schema) (int, error) {
	n, known := a[s]
	if known {
		if n == 0 {
			return 0, invalid(locationOf(s), "The schema of the parameters refers to itself at %.200s, by which no value is ever done", locationOf(s)).
				WithHint("Let a schema refer to itself only for what is within: its properties or items.")
		}
		return n, nil
	}
	a[s], n = 0, 1
	for _, also := range alike(s) {
		more, err := a.of(also)
		if err != nil {
			return 0, err
		}
		if n += more; n > maxAsked {
			return 0, invalid(locationOf(s), "The schema of the parameters holds a value against more than %d schemas at %.200s", maxAsked, locationOf(s))
		}
	}
	a[s] = n
	return n, nil
}

// alike are the schemas that ask about the same value.
func alike(s *Schema) (all []*Schema) {
	all = slices.Concat([]*Schema{s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else}, s.AllOf, s.AnyOf, s.OneOf)
	if s.DynamicRef != nil {
		all = append(all, s.DynamicRef.Ref)
	}
	for _, of := range s.DependentSchemas {
		all = append(all, of)
	}
	return slices.DeleteFunc(all, func(s *Schema) bool { return s == nil })
}

// within are the schemas that ask about what is in a value.
func within(s *Schema) []*Schema {
	all := append(forEach(s), s.PrefixItems...)
	for _, of := range s.Properties {
		all = append(all, of)
	}
	return all
}

// forEach are those that may ask about each property, name or item.
func forEach(s *Schema) (all []*Schema) {
	all = []*Schema{s.PropertyNames, s.UnevaluatedProperties, s.Contains, s.Items2020, s.UnevaluatedItems}
	for _, of := range s.PatternProperties {
		all = append(all, of)
	}
	for _, of := range []any{s.AdditionalProperties, s.Items, s.AdditionalItems} {
		switch of := of.(type) {
		case *Schema:
			all = append(all, of)
		case []*Schema:
			all = append(all, of...)
		}
	}
	return slices.DeleteFunc(all, func(s *Schema) bool { return s == nil })
}

// locationOf is the place of a schema that was compiled.
func locationOf(s *Schema) string {
	_, fragment, _ := strings.Cut(s.Location, "#")
	if plain, err := url.PathUnescape(fragment); err == nil {
		fragment = plain
	}
	if fragment == "" {
		return "params"
	}
	names := strings.Split(strings.TrimPrefix(fragment, "/"), "/")
	for i, name := range names {
		names[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
	}
	return placeOf(names)
}
