package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// neverEmpty are flags of which an empty one, such as that of a variable that
// nobody has set, would mean something else than was meant.
var neverEmpty = []string{"project", "name", "zone", "idempotency-key"}

// emptyFlag refuses those that were typed and are empty.
func emptyFlag(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && slices.Contains(neverEmpty, f.Name) && strings.TrimSpace(f.Value.String()) == "" {
			err = usage("--%s is empty; give it a value, or leave it out", f.Name)
		}
	})
	return err
}
