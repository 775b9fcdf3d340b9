package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// fetchZip writes all that an attempt made into one file. A download that
// breaks off leaves none.
func (a *app) fetchZip(c *cobra.Command, server *client.Client, id remit.JobID, attempt int, name string, force bool) error {
	body, err := server.OpenZip(c.Context(), id, attempt)
	if err != nil {
		return err
	}
	defer body.Close()
	if name == "-" {
		_, err = io.Copy(a.Out, body)
		return broken(err)
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(name, flags, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return remit.Errorf(remit.Conflict, "%s is there already", name).WithHint("Choose another name, or replace it with --force.")
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	if err = errors.Join(broken(err), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	a.tell("%s", printable(name))
	return nil
}

func broken(err error) error {
	if err == nil {
		return nil
	}
	return remit.Errorf(remit.Unavailable, "the download broke off: %w", err).WithHint("Try it again.")
}
