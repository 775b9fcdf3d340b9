package cli

import (
	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// accessEntries are the commands about what is allowed and denied to one person.
func (a *app) accessEntries() []*cobra.Command {
	return []*cobra.Command{
		a.accessGive("grant", "Allow one person something in a project, as a member or not", "allow"),
		a.accessGive("deny", "Deny one person something in a project, whatever their roles say", "deny"),
		a.accessRevoke(), a.accessList(),
	}
}

// inOne adds the flag that names the project of a command.
func inOne(cmd *cobra.Command) *string {
	return cmd.Flags().StringP("project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
}

func (a *app) accessGive(verb, short, effect string) *cobra.Command {
	var collection string
	cmd := &cobra.Command{Use: verb + " USER PERMISSION", Short: short, Args: cobra.ExactArgs(2),
		Example: "  remit access " + verb + " bob file:download -p moths --for 4h --why 'the paper'"}
	cmd.Flags().StringVar(&collection, "collection", "", "only in this collection, by its id")
	g, project := giving(cmd), inOne(cmd)
	cmd.RunE = a.inProject(project, func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		n := client.NewEntry{User: args[0], Permission: args[1], Effect: effect, Collection: remit.CollectionID(collection), Why: g.why}
		var err error
		if n.From, n.Until, err = g.span(); err != nil {
			return err
		}
		e, err := server.AddEntry(c.Context(), slug, n)
		if err != nil {
			return err
		}
		a.warn(e.Warnings)
		return one(a, e, a.sayEntry)
	})
	return cmd
}

func (a *app) sayEntry(e remit.Entry) {
	a.say("%s  %s  %s  %s  until %s", e.ID, printable(e.User), e.Effect, e.Permission, moment(e.Until))
}

func (a *app) accessRevoke() *cobra.Command {
	cmd := &cobra.Command{Use: "revoke ENTRY", Short: "Take a personal allow or deny back", Args: cobra.ExactArgs(1)}
	cmd.RunE = a.inProject(inOne(cmd), func(c *cobra.Command, server *client.Client, slug string, args []string) error {
		if err := server.RemoveEntry(c.Context(), slug, remit.EntryID(args[0])); err != nil {
			return err
		}
		a.tell("%s is taken back.", args[0])
		return nil
	})
	return cmd
}

func (a *app) accessList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the personal entries of a project, and what it changes about roles", Args: cobra.NoArgs}
	cmd.RunE = a.inProject(inOne(cmd), func(c *cobra.Command, server *client.Client, slug string, _ []string) error {
		access, err := server.Access(c.Context(), slug)
		if err != nil {
			return err
		}
		if a.json || a.jsonl {
			return a.document(access)
		}
		if err := table(a, entriesOf(access), entryColumns()); err != nil {
			return err
		}
		for _, o := range access.Overrides {
			a.say("role %s: %s %s", o.Role, o.Effect, o.Permission)
		}
		return nil
	})
	return cmd
}

func entriesOf(access client.Access) []remit.Entry {
	entries := make([]remit.Entry, len(access.Entries))
	for i, e := range access.Entries {
		entries[i] = remit.Entry{ID: e.ID, User: e.User, Permission: e.Permission, Effect: e.Effect, Collection: e.Collection,
			From: e.From, Until: e.Until, Why: e.Why, By: e.By, Deleted: e.Deleted}
	}
	return entries
}

func entryColumns() []column[remit.Entry] {
	return []column[remit.Entry]{
		{"ENTRY", func(e remit.Entry) string { return string(e.ID) }},
		{"USER", func(e remit.Entry) string { return marked(e.User, e.Deleted) }},
		{"EFFECT", func(e remit.Entry) string { return e.Effect }},
		{"PERMISSION", func(e remit.Entry) string { return e.Permission }},
		{"ONLY IN", func(e remit.Entry) string { return first(string(e.Collection), "-") }},
		{"FROM", func(e remit.Entry) string { return moment(e.From) }},
		{"UNTIL", func(e remit.Entry) string { return moment(e.Until) }},
		{"BY", func(e remit.Entry) string { return first(e.By, "-") }},
		{"WHY", func(e remit.Entry) string { return e.Why }},
	}
}
