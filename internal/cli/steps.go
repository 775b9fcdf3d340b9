package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/remit-server/remit"
)

// saySteps prints what has become of the steps of a workflow, in their order.
func (a *app) saySteps(steps []remit.JobStep) {
	if len(steps) == 0 {
		return
	}
	a.say("steps")
	table := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	for _, s := range steps {
		line := fmt.Sprintf("  %s\t%s\t%s\t%s\t%s", s.Name, s.Type, strings.ReplaceAll(string(s.State), "_", " "), s.Job, printable(s.Held+s.Error))
		fmt.Fprintln(table, strings.TrimRight(line, "\t "))
	}
	table.Flush()
}
