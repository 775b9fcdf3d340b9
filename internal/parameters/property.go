package parameters

import (
	"slices"
	"strings"
)

// Property is what a schema says of one property of its object.
type Property struct {
	Schema  *Schema // nil = nothing
	Refused bool    // it takes no such property
}

// PropertyOf is the one with the name.
func PropertyOf(s *Schema, name string) Property {
	if s == nil {
		return Property{Refused: true}
	}
	if p := s.Properties[name]; p != nil {
		return Property{Schema: p}
	}
	return Property{Refused: s.AdditionalProperties == false && len(s.PatternProperties) == 0}
}

// Fits says whether every type that one schema allows is one of the other's,
// where both say plainly which they are.
func Fits(gives, takes *Schema) bool {
	if takes == nil || gives.Types == nil || takes.Types == nil {
		return true
	}
	allowed := takes.Types.ToStrings()
	for _, kind := range gives.Types.ToStrings() {
		number := kind == "integer" && slices.Contains(allowed, "number")
		if !number && !slices.Contains(allowed, kind) {
			return false
		}
	}
	return true
}

// Kinds are the types that a schema allows, in words.
func Kinds(s *Schema) string { return strings.Join(s.Types.ToStrings(), " or ") }
