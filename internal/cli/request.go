package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

func (a *app) access() *cobra.Command {
	cmd := &cobra.Command{Use: "access", Short: "Personal entries of a project; ask for access, and decide on requests"}
	cmd.AddCommand(a.accessEntries()...)
	cmd.AddCommand(a.accessRequest(), a.accessRequests(), a.accessShow(), a.accessApprove(), a.accessReject(), a.accessWithdraw(), a.accessNotices())
	return cmd
}

func (a *app) accessRequest() *cobra.Command {
	var project, role, onThing, reason, until string
	cmd := &cobra.Command{Use: "request [PERMISSION]", Short: "Ask for a permission or a role in a project", Args: cobra.MaximumNArgs(1),
		Example: "  remit access request job:run.ml -p moths --reason \"the June nights\" --until 2026-07-31\n  remit access request --role researcher -p moths --reason \"I joined the team\""}
	cmd.Flags().StringVarP(&project, "project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	cmd.Flags().StringVar(&role, "role", "", "ask for this role instead of a permission")
	cmd.Flags().StringVar(&onThing, "on", "", "in this collection only")
	cmd.Flags().StringVar(&reason, "reason", "", "for whoever decides (needed)")
	cmd.Flags().StringVar(&until, "until", "", "a date or a time; default: without end")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		q := client.NewRequest{Role: role, Permission: strings.Join(args, ""), Reason: reason}
		var err error
		if q.Project, err = a.chosen(c.Context(), server, project); err != nil {
			return err
		}
		if q.Until, err = typedMoment("until", until); err != nil {
			return err
		}
		if onThing != "" {
			q.On = &remit.On{Collection: remit.CollectionID(onThing)}
		}
		made, err := server.RequestAccess(c.Context(), q)
		if err != nil {
			return err
		}
		return one(a, made, a.sayRequest)
	})
	return cmd
}

func (a *app) sayRequest(q remit.AccessRequest) {
	a.say("%s  %s  %s in %s for %s, until %s", q.ID, q.State, printable(wanted(q)), whereOf(q), printable(q.User), untilText(q.Until))
	if q.State == remit.RequestOpen {
		a.say("  waits for an answer until %s", moment(&q.ExpiresAt))
	}
	if q.Answer != "" {
		a.say("  answer: %s", printable(q.Answer))
	}
	if q.State == remit.RequestApproved {
		a.say("  given until %s", untilText(q.GivenUntil))
	}
}

func wanted(q remit.AccessRequest) string {
	if q.Role != "" {
		return "role " + q.Role
	}
	return q.Permission
}

// whereOf is the project of a request, or the one collection in it.
func whereOf(q remit.AccessRequest) string {
	if q.Collection != "" {
		return "collection " + string(q.Collection) + " of " + q.Project
	}
	return q.Project
}

// waitsUntil is when nobody can answer a request any more; "-" when it is settled.
func waitsUntil(q remit.AccessRequest) string {
	if q.State != remit.RequestOpen {
		return "-"
	}
	return moment(&q.ExpiresAt)
}

func untilText(t *time.Time) string {
	if t == nil {
		return "taken back"
	}
	return moment(t)
}

func (a *app) accessRequests() *cobra.Command {
	cmd := &cobra.Command{Use: "requests", Short: "List my requests and those that I decide on", Args: cobra.NoArgs}
	query := limited(cmd)
	project := cmd.Flags().StringP("project", "p", "", "in this project only")
	state := cmd.Flags().String("state", "", "open, approved, rejected, withdrawn or expired")
	mine := cmd.Flags().Bool("mine", false, "only those that I made")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		q := query()
		q["project"], q["state"] = *project, *state
		if *mine {
			q["mine"] = "true"
		}
		page, err := server.AccessRequests(c.Context(), q)
		if err != nil {
			return err
		}
		type row = remit.AccessRequest
		return list(a, page,
			column[row]{"REQUEST", func(q row) string { return string(q.ID) }},
			column[row]{"STATE", func(q row) string { return string(q.State) }},
			column[row]{"WHO", func(q row) string { return q.User }},
			column[row]{"WANTS", wanted},
			column[row]{"IN", func(q row) string { return q.Project }},
			column[row]{"ONLY IN", func(q row) string { return first(string(q.Collection), "-") }},
			column[row]{"UNTIL", func(q row) string { return moment(q.Until) }},
			column[row]{"WAITS UNTIL", waitsUntil},
			column[row]{"I MAY", func(q row) string { return strings.Join(q.Permissions, ", ") }},
			column[row]{"REASON", func(q row) string { return q.Reason }},
		)
	})
	return cmd
}

func (a *app) accessApprove() *cobra.Command {
	var until, answer string
	cmd := &cobra.Command{Use: "approve REQUEST", Short: "Give what somebody asks for", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&until, "until", "", "for less time than was asked for")
	cmd.Flags().StringVar(&answer, "answer", "", "for who asked")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		end, err := typedMoment("until", until)
		if err != nil {
			return err
		}
		q, err := server.ApproveAccess(c.Context(), remit.RequestID(args[0]), client.Approval{Until: end, Answer: answer})
		if err != nil {
			return err
		}
		return one(a, q, a.sayRequest)
	})
	return cmd
}

func (a *app) accessReject() *cobra.Command {
	var answer string
	cmd := &cobra.Command{Use: "reject REQUEST", Short: "Say no to a request", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&answer, "answer", "", "why, for who asked (needed)")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		q, err := server.RejectAccess(c.Context(), remit.RequestID(args[0]), answer)
		if err != nil {
			return err
		}
		return one(a, q, a.sayRequest)
	})
	return cmd
}

func (a *app) accessWithdraw() *cobra.Command {
	return &cobra.Command{Use: "withdraw REQUEST", Short: "Take my request back", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			q, err := server.WithdrawAccess(c.Context(), remit.RequestID(args[0]))
			if err != nil {
				return err
			}
			return one(a, q, a.sayRequest)
		})}
}

func (a *app) accessNotices() *cobra.Command {
	cmd := &cobra.Command{Use: "notices", Short: "List what I am told of", Args: cobra.NoArgs}
	query := limited(cmd)
	all := cmd.Flags().Bool("all", false, "those that I have read too")
	read := cmd.Flags().Bool("read", false, "note that I have read them")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, _ []string) error {
		q := query()
		if !*all {
			q["unread"] = "true"
		}
		page, err := server.Notices(c.Context(), q)
		if err != nil {
			return err
		}
		if *read && len(page.Items) > 0 {
			ids := make([]remit.NoticeID, len(page.Items))
			for i, n := range page.Items {
				ids[i] = n.ID
			}
			if err := server.MarkRead(c.Context(), ids...); err != nil {
				return err
			}
		}
		about, err := a.requestsOf(c.Context(), server, page.Items)
		if err != nil {
			return err
		}
		return list(a, page,
			column[remit.Notice]{"WHEN", func(n remit.Notice) string { return moment(&n.CreatedAt) }},
			column[remit.Notice]{"WHAT", func(n remit.Notice) string { return n.What }},
			column[remit.Notice]{"PROJECT", func(n remit.Notice) string { return n.Project }},
			column[remit.Notice]{"REQUEST", func(n remit.Notice) string { return string(n.Request) }},
			column[remit.Notice]{"ABOUT", func(n remit.Notice) string { return about[n.Request] }},
			column[remit.Notice]{"WHY", func(n remit.Notice) string { return n.Why }},
		)
	})
	return cmd
}

// requestsOf says in words what the requests of notices are about.
func (a *app) requestsOf(ctx context.Context, server *client.Client, notices []remit.Notice) (map[remit.RequestID]string, error) {
	about := map[remit.RequestID]string{}
	if a.json || a.jsonl || len(notices) == 0 {
		return about, nil
	}
	page, err := server.AccessRequests(ctx, client.Query{"limit": "500"})
	for _, q := range page.Items {
		about[q.ID] = wanted(q) + " in " + whereOf(q) + " for " + q.User
	}
	return about, err
}

func (a *app) accessShow() *cobra.Command {
	return &cobra.Command{Use: "show REQUEST", Short: "Show a request", Args: cobra.ExactArgs(1),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			q, err := server.AccessRequest(c.Context(), remit.RequestID(args[0]))
			if err != nil {
				return err
			}
			return one(a, q, a.sayRequest)
		})}
}
