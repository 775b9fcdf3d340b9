// Command remit is the server, the worker node and the command line in one.
package main

import (
	"os"

	"github.com/remit-server/remit/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.System()))
}
