package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
)

func (a *app) policyOperations() *cobra.Command {
	return &cobra.Command{
		Use: "operations", Short: "Print the table of operations: what each one needs", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return list(a, remit.Page[operationRow]{Items: operationRows()},
				column[operationRow]{"OPERATION", func(r operationRow) string { return r.Name }},
				column[operationRow]{"NEEDS", func(r operationRow) string { return r.needs() }},
				column[operationRow]{"ALSO", func(r operationRow) string { return r.Read }},
				column[operationRow]{"LISTS", func(r operationRow) string { return r.Lists }},
				column[operationRow]{"GUARDS", func(r operationRow) string { return strings.Join(r.Guards, ", ") }},
			)
		},
	}
}

// operationRow is one operation as it is printed.
type operationRow struct {
	Name   string     `json:"name"`
	Groups [][]string `json:"needs"`           // all of these, any one of each
	Read   string     `json:"read,omitempty"`  // of the existing thing
	Lists  string     `json:"lists,omitempty"` // what each listed thing needs
	Guards []string   `json:"guards,omitempty"`
}

func operationRows() []operationRow {
	var rows []operationRow
	for _, o := range remit.Operations() {
		row := operationRow{Name: o.Name, Groups: o.Groups, Read: o.Read, Lists: o.Scope}
		for _, g := range o.Guards {
			row.Guards = append(row.Guards, string(g))
		}
		rows = append(rows, row)
	}
	return rows
}

func (r operationRow) needs() string {
	groups := make([]string, len(r.Groups))
	for i, g := range r.Groups {
		groups[i] = strings.Join(g, " or ")
	}
	return strings.Join(groups, " and ")
}
