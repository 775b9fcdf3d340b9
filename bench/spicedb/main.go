// Command spicedb is SpiceDB as its own main builds it, without that program's
// internal packages, which other modules may not import.
//
// Its one invariant: it decides nothing itself; what is measured is the
// packages of github.com/authzed/spicedb in the version that go.mod names.
//
//	go build -o ../../bin/spicedb .
//	spicedb serve --grpc-preshared-key secret --http-enabled
package main

import (
	"fmt"
	"os"

	"google.golang.org/grpc/balancer"

	"github.com/authzed/spicedb/pkg/cmd"
	"github.com/authzed/spicedb/pkg/cmd/server"
	_ "github.com/authzed/spicedb/pkg/runtime" // limits of CPU and memory as in the original
)

func main() {
	balancer.Register(server.ConsistentHashringBuilder)
	root, err := cmd.BuildRootCommand()
	if err == nil {
		err = root.Execute()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
