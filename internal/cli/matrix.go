package cli

import (
	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) roleMatrix() *cobra.Command {
	cmd := &cobra.Command{Use: "matrix", Short: "Show what each role means in a project, and where that comes from", Args: cobra.NoArgs,
		Long: "Show what each role means in a project. What the project changes about a role is marked +, - (removed)\nand ! (denied); (no) is what a role allows and its holders may not do all the same."}
	project := cmd.Flags().StringP("project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		slug, err := a.chosen(c.Context(), server, *project)
		if err != nil {
			return err
		}
		m, err := server.Matrix(c.Context(), slug)
		if err != nil {
			return err
		}
		if a.json || a.jsonl {
			return a.document(m)
		}
		columns := []column[remit.MatrixRow]{{"PERMISSION", func(r remit.MatrixRow) string { return r.Permission }}}
		for i, role := range m.Roles {
			columns = append(columns, column[remit.MatrixRow]{role.Name, func(r remit.MatrixRow) string { return cellText(r.Cells[i]) }})
		}
		return list(a, remit.Page[remit.MatrixRow]{Items: m.Rows}, columns...)
	})
	return cmd
}

func cellText(c remit.MatrixCell) string {
	own, others := halfText(c.Own), halfText(c.Others)
	switch {
	case own == others:
		return own
	case others == ".":
		return own + " own"
	case own == ".":
		return others + " others"
	}
	return own + " own, " + others + " others"
}

func halfText(h remit.MatrixHalf) string {
	word := map[bool]string{true: "yes", false: "."}[h.Allowed]
	if h.Effect == "allow" && !h.Allowed {
		word = "(no)"
	}
	return word + map[string]string{"allow": "+", "remove": "-", "deny": "!"}[h.Override]
}
