package parameters

import "fmt"

// maxHeld is how many schemas a value with all that is in it is held against at
// most: one that asks twice about what is within asks twice as often with each
// level of the value.
const maxHeld = 200_000

// Validate says what a schema has against a value (Complaint words it), and is
// done in good time whatever they are.
func Validate(s *Schema, value any) error {
	left := maxHeld
	if hold(s, value, &left); left < 0 {
		return fmt.Errorf("it would be held against more than %d schemas, which takes too long", maxHeld)
	}
	return s.Validate(value)
}

// hold counts down, once for each schema that a value may be held against.
func hold(s *Schema, value any, left *int) {
	if *left -= 1 + words(s)/8; *left < 0 { // of a list of words eight are as quick as a schema
		return
	}
	for _, also := range alike(s) {
		hold(also, value, left)
	}
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if of := s.Properties[name]; of != nil {
				hold(of, inner, left)
			}
			holdAll(forEach(s), inner, left)
		}
	case []any:
		for i, inner := range v {
			if i < len(s.PrefixItems) {
				hold(s.PrefixItems[i], inner, left)
			}
			holdAll(forEach(s), inner, left)
		}
	}
}

// words are how many values a schema lists, of which a value is one (enum).
func words(s *Schema) int {
	if s.Enum == nil {
		return 0
	}
	return len(s.Enum.Values)
}

func holdAll(all []*Schema, value any, left *int) {
	for _, s := range all {
		hold(s, value, left)
	}
}
