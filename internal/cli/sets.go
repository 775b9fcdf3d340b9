package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

const definitionUsage = `what fills it, as JSON: {"from":[COLLECTION…],"file_type":"image/","name":"trap7","sample":{"random":100,"seed":"1"}}; without: by hand`

// definition is what was typed as it is, so that the server refuses each word
// in it that it does not know.
func definition(c *cobra.Command, text string) (json.RawMessage, error) {
	if !c.Flags().Changed("set") {
		return json.RawMessage(`{"by_hand":true}`), nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil || object == nil {
		return nil, remit.Errorf(remit.Invalid, "--set %.80q is no JSON object", text).WithField("set").WithHint("See docs/sets.md.")
	}
	return json.RawMessage(text), nil
}

func (a *app) setCreate() *cobra.Command {
	var project, text string
	cmd := &cobra.Command{Use: "create NAME", Short: "Make a set: files of other collections, by hand or by a filter", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVarP(&project, "project", "p", "", "the project (default: $REMIT_PROJECT, or the only one)")
	cmd.Flags().StringVar(&text, "set", "", definitionUsage)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		d, err := definition(c, text)
		if err != nil {
			return err
		}
		slug, err := a.chosen(c.Context(), server, project)
		if err != nil {
			return err
		}
		x, err := server.CreateSetOf(c.Context(), slug, args[0], d)
		if err != nil {
			return err
		}
		if x.Set != nil && !x.Set.ByHand {
			a.tell("Fill it with: remit queue populate --project %s --on %s", slug, x.ID)
		}
		return a.showSet(x)
	})
	return cmd
}

func (a *app) setFill() *cobra.Command {
	var text string
	cmd := &cobra.Command{Use: "fill SET", Short: "Change what fills a set; a populate job fills it", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&text, "set", "", definitionUsage)
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		d, err := definition(c, text)
		if err != nil {
			return err
		}
		x, err := server.DefineSetAs(c.Context(), remit.CollectionID(args[0]), d)
		if err != nil {
			return err
		}
		return a.showSet(x)
	})
	return cmd
}

// setPut is `add` or `remove`.
func (a *app) setPut(verb string) *cobra.Command {
	short := map[string]string{"add": "Put files into a set that is filled by hand", "remove": "Take files out of a set that is filled by hand"}[verb]
	return &cobra.Command{Use: verb + " SET FILE…", Short: short, Args: cobra.MinimumNArgs(2),
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			var files []remit.FileID
			for _, id := range args[1:] {
				files = append(files, remit.FileID(id))
			}
			body := client.SetFiles{Add: files}
			if verb == "remove" {
				body = client.SetFiles{Remove: files}
			}
			x, err := server.PutFiles(c.Context(), remit.CollectionID(args[0]), body)
			if err != nil {
				return err
			}
			return a.showSet(x)
		})}
}

func (a *app) showSet(x remit.Collection) error {
	return one(a, x, func(x remit.Collection) {
		a.say("%s  %s  %s", x.ID, printable(x.Name), fmt.Sprintf("%d files", x.Files))
	})
}

func (a *app) collectionUpdate() *cobra.Command {
	var p client.CollectionPatch
	cmd := &cobra.Command{Use: "update COLLECTION", Short: "Rename a set, or change who sees a collection", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&p.Name, "name", "", "the new name of a set")
	cmd.Flags().StringVar(&p.Visibility, "visibility", "", "private, project or public")
	cmd.RunE = a.with(func(c *cobra.Command, server *client.Client, args []string) error {
		for name, value := range map[string]string{"name": p.Name, "visibility": p.Visibility} {
			if c.Flags().Changed(name) && value == "" {
				return usage("--%s is empty", name)
			}
		}
		if p == (client.CollectionPatch{}) {
			return usage("nothing to change: give --name or --visibility")
		}
		x, err := server.UpdateCollection(c.Context(), remit.CollectionID(args[0]), p)
		if err != nil {
			return err
		}
		return a.showSet(x)
	})
	return cmd
}

func (a *app) setDelete() *cobra.Command {
	return &cobra.Command{Use: "delete SET", Short: "Delete a set; its files stay in their collections", Args: cobra.ExactArgs(1),
		Long: `Delete a set; its files stay in their collections. Jobs on it must have ended, and
schedules, members and personal entries that name it must be gone. What its jobs
made is shown to nobody afterwards.`,
		RunE: a.with(func(c *cobra.Command, server *client.Client, args []string) error {
			return server.DeleteSet(c.Context(), remit.CollectionID(args[0]))
		})}
}
