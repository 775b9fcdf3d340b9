package web

import (
	"testing"

	"github.com/remit-server/remit"
)

func TestWhatASchemaRefusesIsWordedForPeople(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"Job type ml does not take params.x: exclusiveMinimum: got 0, want 0":   "0 is too little: it must be more than 0",
		"Job type ml does not take params.x: maxLength: got 12, want 5":         "It is too long: it has 12 characters, and 5 are allowed",
		"Job type ml does not take params.x: value must be one of 'a', 'b'":     "Value must be one of 'a', 'b'",
		"Job type ml does not take params.x: got string, want integer":          "Got string, want integer",
		"Job type ml does not take params.x: 'minimum: got' does not match 'y'": "'minimum: got' does not match 'y'",
		"Something else": "Something else",
	} {
		if got := worded(remit.Errorf(remit.Invalid, "%s", message), "params.x"); got != want {
			t.Errorf("%s: %s, want %s", message, got, want)
		}
	}
}
