package cli

import (
	"bufio"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) userPassword() *cobra.Command {
	return &cobra.Command{Use: "password [NAME]", Short: "Change my password, or reset that of somebody else; read from standard input",
		Long: `Change my password, or reset that of somebody else.

Of my own the old password is asked for first, then the new one; without a
terminal they are the first and the second line of standard input. All other
sessions of the account end; its API keys go on working.`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			me, err := server.Me(c.Context())
			if err != nil {
				return err
			}
			name, mine := whose(me, args)
			if name == "" {
				return usage("nobody is signed in: name the account")
			}
			change, err := a.newPassword(name, mine)
			if err != nil {
				return err
			}
			if err := server.SetPassword(c.Context(), name, change); err != nil {
				return err
			}
			a.tell("The password of %s is changed; all other sessions have ended.", name)
			return nil
		})}
}

// whose account a command is about: the one that is named, else one's own.
func whose(me client.Me, args []string) (name string, mine bool) {
	if me.User != nil {
		name = me.User.Name
	}
	if len(args) == 0 || args[0] == name {
		return name, true
	}
	return args[0], false
}

func (a *app) newPassword(name string, mine bool) (p client.PasswordChange, err error) {
	in := bufio.NewReader(a.In)
	if mine {
		if p.Old, err = a.secret(in, "Old password: "); err != nil {
			return p, err
		}
	}
	p.New, err = a.secret(in, "New password of "+name+": ")
	return p, err
}

func (a *app) userDelete() *cobra.Command {
	var heir string
	cmd := &cobra.Command{Use: "delete NAME --heir OTHER", Short: "Delete an account; what it owns goes to its heir",
		Long: `Delete an account: it is disabled for good, its sessions and API keys end, and
its jobs, collections and files belong to the heir. Its name stays its own:
histories keep their meaning, and nobody else is ever called so.`,
		Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if heir == "" {
				return usage("somebody has to own what %s owns: --heir is missing", args[0])
			}
			u, err := server.DeleteUser(c.Context(), args[0], heir)
			if err != nil {
				return err
			}
			return one(a, u, a.sayUser)
		})}
	cmd.Flags().StringVar(&heir, "heir", "", "the account that is to own what this one owns")
	return cmd
}

func (a *app) userInvite() *cobra.Command {
	var full, email string
	cmd := &cobra.Command{Use: "invite NAME", Short: "Invite somebody; the invitation's secret is printed once",
		Long: `Invite somebody to an account of that name. Whoever has the secret that is
printed accepts it within seven days, once, with a password of their own: by
the link that is shown with it, or with
  remit user accept URL`,
		Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			i, err := server.Invite(c.Context(), client.NewInvitation{Name: args[0], FullName: full, Email: email})
			if err != nil {
				return err
			}
			return one(a, i, func(i remit.Invitation) {
				a.tell("%s: send it to %s on a safe way, it is not shown again. It ends %s.", i.ID, i.Name, moment(&i.ExpiresAt))
				a.tell("The link: %s", server.URL("/invite#"+i.Secret))
				a.say("%s", i.Secret)
			})
		})}
	cmd.Flags().StringVar(&full, "full-name", "", "the person's name")
	cmd.Flags().StringVar(&email, "email", "", "the person's address")
	return cmd
}

func (a *app) userAccept() *cobra.Command {
	return &cobra.Command{Use: "accept URL|LINK", Short: "Accept an invitation to a server; its secret, unless the link has it, and a new password are read from standard input",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			in := bufio.NewReader(a.In)
			address, token := invited(args[0])
			if token == "" {
				typed, err := a.secret(in, "Invitation: ")
				if err != nil {
					return err
				}
				token = invitation(typed)
			}
			password, err := a.secret(in, "New password: ")
			if err != nil {
				return err
			}
			server, err := client.New(address, "")
			if err != nil {
				return err
			}
			signedIn, err := server.Accept(c.Context(), client.Acceptance{Token: token, Password: password})
			if err != nil {
				return err
			}
			if its, err := client.New(address, signedIn.Token); err == nil {
				_ = its.SignOut(c.Context()) // else it ends by itself
			}
			a.tell("You have an account: %s. Sign in with:\n  remit login %s --name %s", signedIn.User, address, signedIn.User)
			return nil
		}}
}

// invited is the server of an invitation's link, and its secret; "" when only
// the server is named.
func invited(link string) (address, token string) {
	address, token, _ = strings.Cut(link, "#")
	address = strings.TrimRight(address, "/")
	if token != "" {
		address = strings.TrimSuffix(address, "/invite")
	}
	return address, strings.TrimSpace(token)
}

// invitation is the secret of what was typed: itself, or a whole link.
func invitation(typed string) string {
	return strings.TrimSpace(typed[strings.LastIndex(typed, "#")+1:])
}

func (a *app) userInvitations() *cobra.Command {
	cmd := &cobra.Command{Use: "invitations", Short: "List invitations that can still be accepted", Args: cobra.NoArgs}
	query := limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		page, err := server.Invitations(c.Context(), query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Invitation]{"INVITATION", func(i remit.Invitation) string { return string(i.ID) }},
			column[remit.Invitation]{"NAME", func(i remit.Invitation) string { return i.Name }},
			column[remit.Invitation]{"BY", func(i remit.Invitation) string { return i.By }},
			column[remit.Invitation]{"ENDS", func(i remit.Invitation) string { return moment(&i.ExpiresAt) }},
		)
	})
	return cmd
}

func (a *app) userWithdraw() *cobra.Command {
	return &cobra.Command{Use: "withdraw INVITATION", Short: "Withdraw an invitation", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if err := server.Withdraw(c.Context(), remit.InviteID(args[0])); err != nil {
				return err
			}
			a.tell("%s is withdrawn.", args[0])
			return nil
		})}
}

func (a *app) keyRotate() *cobra.Command {
	var grace time.Duration
	cmd := &cobra.Command{Use: "rotate KEY", Short: "Give an API key of mine a new secret, which is printed once",
		Long: `Give an API key of mine a new secret. The key stays the one that it is: its
scopes, its end, and the jobs that run by it. The old secret ends at once, or
after --grace.`,
		Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if grace < 0 || grace%time.Second != 0 {
				return usage("--grace %s is no time in whole seconds that lasts, such as 2h", grace)
			}
			k, err := server.RotateKey(c.Context(), remit.KeyID(args[0]), client.Rotation{GraceSeconds: int(grace / time.Second)})
			if err != nil {
				return err
			}
			return one(a, k, func(k remit.APIKey) {
				a.tell("%s: keep it, it is not shown again.", k.ID)
				if k.OldUntil != nil {
					a.tell("The old secret works until %s.", moment(k.OldUntil))
				}
				a.say("%s", k.Secret)
			})
		})}
	cmd.Flags().DurationVar(&grace, "grace", 0, "how long the old secret goes on working, at most 24h (default: it ends at once)")
	return cmd
}
