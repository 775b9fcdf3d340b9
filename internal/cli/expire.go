package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
)

func (a *app) expire() *cobra.Command {
	return a.act("expire", "Let the artifacts of finished jobs go")
}

func (a *app) extend() *cobra.Command {
	var days int
	var until string
	cmd := &cobra.Command{
		Use: "extend JOB… --days N|--until MOMENT", Short: "Keep the artifacts of finished jobs for longer, or for less long",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			at, err := typedMoment("until", until)
			switch {
			case err != nil:
				return err
			case (at == nil) == (days == 0), days < 0, days > 36_500:
				return usage("say how long with --days, from 1 to 36500, or with --until")
			case at == nil:
				end := time.Now().AddDate(0, 0, days)
				at = &end
			}
			server, err := a.client()
			if err != nil {
				return err
			}
			for _, ref := range args {
				job, err := find(c.Context(), server, ref)
				if err == nil {
					job, err = server.ExtendJob(c.Context(), job.ID, *at)
				}
				if err == nil {
					err = one(a, job, func(j remit.Job) { a.say("%s  kept until %s", j.ID, moment(j.ExpiresAt)) })
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&days, "days", 0, "for so many days from now")
	cmd.Flags().StringVar(&until, "until", "", "until this moment")
	return cmd
}
