package cli

import (
	"github.com/spf13/cobra"

	"github.com/remit-server/remit/internal/sample"
)

// version and the sample programs need no server.
func (a *app) version() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return one(a, map[string]string{"version": Version}, func(v map[string]string) { a.say("remit %s", v["version"]) })
		}}
}

func (a *app) sample() *cobra.Command {
	cmd := &cobra.Command{Use: "sample", Short: "Sample programs that jobs of the demo run"}
	cmd.AddCommand(
		&cobra.Command{Use: "detect [FLAGS] FILE…", Short: "Find sources in FITS or JPEG pictures", DisableFlagParsing: true,
			RunE: func(_ *cobra.Command, args []string) error {
				if code := sample.DetectMain(args, a.Env, a.Out, a.Err); code != 0 {
					return exitStatus(code)
				}
				return nil
			}},
		&cobra.Command{Use: "data DIR", Short: "Write sample data roots: star fields and camera-trap pictures", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return sample.Tree(args[0]) }})
	return cmd
}
