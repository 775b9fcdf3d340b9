package authz_test

import (
	"fmt"

	"github.com/remit-server/remit/authz"
)

// Flips answers the question after "why": what would have to change? Each line
// is one way; "and" joins changes that are needed together.
func ExamplePolicy_Flips() {
	policy := mustCompile(festival())
	dan := authz.Subject{Kind: authz.Person, ID: "dan"}
	for _, project := range []string{"album", "tour"} {
		for _, flip := range policy.Flips(dan, "budget:edit", authz.Resource{Project: project}, 0) {
			fmt.Printf("%s: %v\n", project, flip)
		}
	}
	// Output:
	// album: end the entry that denies dan budget:edit in album
	// tour: allow dan budget:edit in tour and allow dan budget:view in tour
	// tour: allow dan budget:edit in tour and let role drummer allow budget:view in tour
	// tour: let role drummer allow budget:edit in tour and allow dan budget:view in tour
	// tour: let role drummer allow budget:edit in tour and let role drummer allow budget:view in tour
}
