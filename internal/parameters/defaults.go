package parameters

import (
	"maps"
	"slices"
)

// maxFilled bounds how many schemas filling in defaults looks at: those of a
// schema that refers to itself may never end.
const maxFilled = 100_000

// fillDefaults puts the defaults of a schema into a value where a property is
// not given, at every depth of what is given: by properties, items, $ref and
// allOf, but not where a schema offers a choice.
func fillDefaults(s *Schema, value any) error {
	left := maxFilled
	return fill(s, value, &left)
}

func fill(s *Schema, value any, left *int) error {
	if s == nil {
		return nil
	}
	if *left--; *left < 0 {
		return invalid("params", "The parameters have too much in them to fill in defaults, or defaults that never end")
	}
	var err error
	switch v := value.(type) {
	case map[string]any:
		err = fillObject(s, v, left)
	case []any:
		err = fillList(s, v, left)
	}
	for _, also := range append([]*Schema{s.Ref}, s.AllOf...) {
		if err == nil {
			err = fill(also, value, left)
		}
	}
	return err
}

func fillObject(s *Schema, object map[string]any, left *int) error {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		property := s.Properties[name]
		if _, given := object[name]; !given {
			value, has := defaultOf(property, left)
			if !has {
				continue
			}
			object[name] = cloned(value)
		}
		if err := fill(property, object[name], left); err != nil {
			return err
		}
	}
	return nil
}

func fillList(s *Schema, list []any, left *int) error {
	for i, item := range list {
		of := s.Items2020
		if i < len(s.PrefixItems) {
			of = s.PrefixItems[i]
		}
		if err := fill(of, item, left); err != nil {
			return err
		}
	}
	return nil
}

// defaultOf is the default that a schema says, or the one that it refers to.
func defaultOf(s *Schema, left *int) (any, bool) {
	for ; s != nil && *left > 0; *left-- {
		if s.Default != nil {
			return *s.Default, true
		}
		s = s.Ref
	}
	return nil, false
}

// cloned is a JSON value that shares nothing with the one it was made from.
func cloned(value any) any {
	switch v := value.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for name, inner := range v {
			c[name] = cloned(inner)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, inner := range v {
			c[i] = cloned(inner)
		}
		return c
	}
	return value
}
