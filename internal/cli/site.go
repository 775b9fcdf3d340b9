package cli

import (
	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) site() *cobra.Command {
	cmd := &cobra.Command{Use: "site", Short: "Rights on the whole site: show, member, entry, override, reserve"}
	cmd.AddCommand(a.siteShow(), a.siteMember(), a.siteEntry(), a.siteOverride(), a.siteReserve())
	return cmd
}

func (a *app) siteShow() *cobra.Command {
	return &cobra.Command{Use: "show", Aliases: []string{"list"}, Short: "Show who has which rights on the site, and what is reserved", Args: cobra.NoArgs,
		RunE: a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
			access, err := server.SiteAccess(c.Context())
			if err != nil {
				return err
			}
			return one(a, access, a.saySite)
		})}
}

func (a *app) saySite(s remit.SiteAccess) {
	for _, m := range s.Members {
		a.say("member  %s  %s  %s  from %s until %s  %s", m.ID, marked(holder(m.User, m.Team), m.Deleted), m.Role, moment(m.From), moment(m.Until), printable(m.Why))
	}
	for _, e := range s.Entries {
		a.say("entry  %s  %s  %s %s  from %s until %s  %s", e.ID, marked(e.User, e.Deleted), e.Effect, e.Permission, moment(e.From), moment(e.Until), printable(e.Why))
	}
	for _, o := range s.Overrides {
		a.say("role %s: %s %s", o.Role, o.Effect, o.Permission)
	}
	for _, r := range s.Reservations {
		a.say("%s  %s", map[bool]string{true: "reserved", false: "open"}[r.Reserved], r.Permission)
	}
}

func (a *app) siteMember() *cobra.Command {
	cmd := &cobra.Command{Use: "member", Short: "Roles of the site: add, remove"}
	add := &cobra.Command{Use: "add USER|team:TEAM ROLE", Short: "Give somebody, or a team, a role of the site", Args: cobra.ExactArgs(2)}
	g := giving(add)
	add.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		n := client.NewSiteMember{Role: args[1], Why: g.why}
		n.User, n.Team = whom(args[0])
		var err error
		if n.From, n.Until, err = g.span(); err != nil {
			return err
		}
		m, err := server.AddSiteMember(c.Context(), n)
		if err != nil {
			return err
		}
		return one(a, m, func(m remit.SiteMember) { a.say("%s  %s  %s", m.ID, holder(m.User, m.Team), m.Role) })
	})
	cmd.AddCommand(add, a.taken("remove MEMBER", "Take a role of the site away", func(c *cobra.Command, server *client.Client, id string) error {
		return server.RemoveSiteMember(c.Context(), remit.MemberID(id))
	}))
	return cmd
}

// taken is a command that takes one thing away.
func (a *app) taken(use, short string, take func(c *cobra.Command, server *client.Client, id string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if err := take(c, server, args[0]); err != nil {
				return err
			}
			a.tell("%s is taken away.", args[0])
			return nil
		})}
}

func (a *app) siteEntry() *cobra.Command {
	cmd := &cobra.Command{Use: "entry", Short: "Personal entries of the site: allow, deny, remove"}
	for _, effect := range []string{"allow", "deny"} {
		add := &cobra.Command{Use: effect + " USER PERMISSION", Short: map[string]string{"allow": "Allow", "deny": "Deny"}[effect] + " one person something on the site", Args: cobra.ExactArgs(2)}
		g := giving(add)
		add.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			n := client.NewEntry{User: args[0], Permission: args[1], Effect: effect, Why: g.why}
			var err error
			if n.From, n.Until, err = g.span(); err != nil {
				return err
			}
			e, err := server.AddSiteEntry(c.Context(), n)
			if err != nil {
				return err
			}
			return one(a, e, a.sayEntry)
		})
		cmd.AddCommand(add)
	}
	cmd.AddCommand(a.taken("remove ENTRY", "Take an entry of the site back", func(c *cobra.Command, server *client.Client, id string) error {
		return server.RemoveSiteEntry(c.Context(), remit.EntryID(id))
	}))
	return cmd
}

func (a *app) siteOverride() *cobra.Command {
	return &cobra.Command{Use: "override ROLE PERMISSION allow|remove|deny|inherit", Short: "Change what a role of the site means", Args: cobra.ExactArgs(3),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if err := server.SetSiteOverride(c.Context(), remit.Override{Role: args[0], Permission: args[1], Effect: args[2]}); err != nil {
				return err
			}
			a.tell("On the site, %s: %s %s.", args[0], args[2], args[1])
			return nil
		})}
}

func (a *app) siteReserve() *cobra.Command {
	return &cobra.Command{Use: "reserve PERMISSION [reserved|opened|default]", Short: "Keep a permission for superusers, open it, or leave it to the program", Args: cobra.RangeArgs(1, 2),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			state := "reserved"
			if len(args) == 2 {
				state = args[1]
			}
			r, err := server.Reserve(c.Context(), client.NewReservation{Permission: args[0], State: state})
			if err != nil {
				return err
			}
			return one(a, r, func(r remit.Reservation) {
				a.say("%s  %s", map[bool]string{true: "reserved", false: "open"}[r.Reserved], r.Permission)
			})
		})}
}
