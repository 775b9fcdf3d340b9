package cli

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// with is a command's work that needs the server.
func (a *app) with(do func(c *cobra.Command, server *client.Client, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		server, err := a.client()
		if err != nil {
			return err
		}
		return do(c, server, args)
	}
}

// limited adds the flags of a list and returns its query.
func limited(cmd *cobra.Command) func() client.Query {
	limit := cmd.Flags().Int("limit", 0, "how many at most (default 50, at most 500)")
	after := cmd.Flags().String("after", "", "the cursor of the page before")
	return func() client.Query {
		q := client.Query{"after": *after}
		if *limit != 0 {
			q["limit"] = fmt.Sprint(*limit)
		}
		return q
	}
}

func (a *app) user() *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Accounts: list, show, create, invite, accept, password, disable, enable, delete"}
	cmd.AddCommand(a.userList(), a.userShow(), a.userCreate(), a.userSwitch("disable", true), a.userSwitch("enable", false),
		a.userInvite(), a.userAccept(), a.userInvitations(), a.userWithdraw(), a.userPassword(), a.userDelete())
	return cmd
}

func (a *app) userList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List accounts", Args: cobra.NoArgs}
	query := limited(cmd)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		page, err := server.Users(c.Context(), query())
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.User]{"NAME", func(u remit.User) string { return u.Name }},
			column[remit.User]{"FULL NAME", func(u remit.User) string { return u.FullName }},
			column[remit.User]{"KIND", userKind},
			column[remit.User]{"CREATED", func(u remit.User) string { return moment(&u.CreatedAt) }},
		)
	})
	return cmd
}

func userKind(u remit.User) string {
	switch {
	case u.DeletedAt != nil:
		return "deleted"
	case u.Disabled:
		return "disabled"
	case u.Superuser:
		return "superuser"
	}
	return "user"
}

func (a *app) sayUser(u remit.User) { a.say("%s  %s  %s", u.Name, userKind(u), printable(u.FullName)) }

func (a *app) userShow() *cobra.Command {
	return &cobra.Command{Use: "show NAME", Short: "Show an account", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			u, err := server.User(c.Context(), args[0])
			if err != nil {
				return err
			}
			return one(a, u, a.sayUser)
		})}
}

func (a *app) userCreate() *cobra.Command {
	var full, email string
	var superuser bool
	cmd := &cobra.Command{Use: "create NAME", Short: "Make an account; its password is read from standard input", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			password, err := a.secret(bufio.NewReader(a.In), "Password of "+args[0]+": ")
			if err != nil {
				return err
			}
			u, err := server.CreateUser(c.Context(), client.NewUser{Name: args[0], FullName: full, Email: email, Password: password, Superuser: superuser})
			if err != nil {
				return err
			}
			return one(a, u, a.sayUser)
		})}
	cmd.Flags().StringVar(&full, "full-name", "", "the person's name")
	cmd.Flags().StringVar(&email, "email", "", "the person's address")
	cmd.Flags().BoolVar(&superuser, "superuser", false, "may do everything that anybody may")
	return cmd
}

func (a *app) userSwitch(verb string, disabled bool) *cobra.Command {
	return &cobra.Command{Use: verb + " NAME", Short: strings.ToUpper(verb[:1]) + verb[1:] + " an account", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			u, err := server.UpdateUser(c.Context(), args[0], client.UserPatch{Disabled: &disabled})
			if err != nil {
				return err
			}
			return one(a, u, a.sayUser)
		})}
}

func (a *app) keys() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "API keys: list, create, rotate, revoke"}
	cmd.AddCommand(a.keyList(), a.keyCreate(), a.keyRotate(), &cobra.Command{Use: "revoke KEY", Aliases: []string{"delete"}, Short: "Revoke an API key", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if err := server.DeleteKey(c.Context(), remit.KeyID(args[0])); err != nil {
				return err
			}
			a.tell("%s is revoked.", args[0])
			return nil
		})})
	return cmd
}

func (a *app) keyList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List API keys", Args: cobra.NoArgs,
		RunE: a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
			page, err := server.Keys(c.Context(), nil)
			if err != nil {
				return err
			}
			return list(a, page,
				column[remit.APIKey]{"KEY", func(k remit.APIKey) string { return string(k.ID) }},
				column[remit.APIKey]{"TITLE", func(k remit.APIKey) string { return k.Title }},
				column[remit.APIKey]{"USER", func(k remit.APIKey) string { return k.User }},
				column[remit.APIKey]{"SCOPES", func(k remit.APIKey) string { return strings.Join(k.Scopes, " ") }},
				column[remit.APIKey]{"ENDS IN", func(k remit.APIKey) string { return k.Hint }},
				column[remit.APIKey]{"EXPIRES", func(k remit.APIKey) string { return moment(k.ExpiresAt) }},
				column[remit.APIKey]{"LAST USED", func(k remit.APIKey) string { return moment(k.LastUsedAt) }},
			)
		})}
}

func (a *app) keyCreate() *cobra.Command {
	var scopes, projects []string
	var days int
	cmd := &cobra.Command{Use: "create TITLE", Short: "Make an API key of mine; its secret is printed once", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			if c.Flags().Changed("days") && days < 1 {
				return usage("--days %d: a key lasts for one day at least; leave it out for one without end", days)
			}
			k := client.NewKey{Title: args[0], Scopes: scopes, Projects: projects}
			if days > 0 {
				end := time.Now().Add(time.Duration(days) * 24 * time.Hour)
				k.ExpiresAt = &end
			}
			made, err := server.CreateKey(c.Context(), k)
			if err != nil {
				return err
			}
			return one(a, made, func(k remit.APIKey) {
				a.tell("%s: keep it, it is not shown again.", k.ID)
				a.say("%s", k.Secret)
			})
		})}
	cmd.Flags().StringArrayVar(&scopes, "scope", nil, "a permission pattern that the key is limited to; may be repeated")
	cmd.Flags().StringArrayVar(&projects, "project", nil, "a project that the key is limited to; may be repeated")
	cmd.Flags().IntVar(&days, "days", 0, "days until it expires (default: never)")
	return cmd
}
