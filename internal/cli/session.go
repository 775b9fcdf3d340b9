package cli

import (
	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) session() *cobra.Command {
	cmd := &cobra.Command{Use: "session", Short: "Where accounts are signed in: list, revoke"}
	cmd.AddCommand(a.sessionList(), a.sessionRevoke())
	return cmd
}

func (a *app) sessionList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List where I am signed in, and others where I may", Args: cobra.NoArgs}
	query := limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		page, err := server.Sessions(c.Context(), query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Session]{"SESSION", func(s remit.Session) string { return string(s.ID) }},
			column[remit.Session]{"USER", func(s remit.Session) string { return s.User }},
			column[remit.Session]{"SINCE", func(s remit.Session) string { return moment(&s.CreatedAt) }},
			column[remit.Session]{"UNTIL", func(s remit.Session) string { return moment(&s.ExpiresAt) }},
			column[remit.Session]{"ADDRESS", func(s remit.Session) string { return s.Address }},
			column[remit.Session]{"BROWSER", func(s remit.Session) string { return s.Agent }},
		)
	})
	return cmd
}

func (a *app) sessionRevoke() *cobra.Command {
	var all bool
	cmd := &cobra.Command{Use: "revoke SESSION… | --all", Short: "End sessions, or all of mine; API keys go on working",
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if all == (len(args) > 0) {
				return usage("name sessions, or give --all")
			}
			if all {
				ended, err := server.EndOtherSessions(c.Context())
				if err != nil {
					return err
				}
				a.tell("%d sessions have ended.", ended.Ended)
				return nil
			}
			for _, id := range args {
				if err := server.EndSession(c.Context(), remit.SessionID(id)); err != nil {
					return err
				}
				a.tell("%s has ended.", id)
			}
			return nil
		})}
	cmd.Flags().BoolVar(&all, "all", false, "all sessions of mine")
	return cmd
}
