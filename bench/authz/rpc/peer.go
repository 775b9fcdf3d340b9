package rpc

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"path/filepath"

	"github.com/remit-server/remit/bench/authz"
)

// Peer is a server in a process of its own.
type Peer interface {
	Name() string
	// Start runs the server with its data in dir and the site in it, without things.
	Start(ctx context.Context, dir string, s Site) error
	// AddThings adds the site's things.
	AddThings(ctx context.Context, s Site) error
	// Ways are those to ask it; there are none before Start.
	Ways() []Way
	// Stop ends the process; without one it does nothing.
	Stop() error
}

// Way is one way of asking a peer.
type Way struct {
	Name  string
	Stale bool                              // answers may be some seconds old
	Check func(authz.Question) Call         // nil: not asked so
	All   func(authz.Question, []bool) Call // all permissions at once; nil: not asked so
	List  func(ctx context.Context, user int) (things []int, err error)

	client *Client
}

// Peers are all that are compared, by programs in the folder bin: Remit first,
// each on SQLite or in memory, and, if there is a cluster, on PostgreSQL too.
func Peers(bin, postgres string) []Peer {
	peers := []Peer{&Remit{Bin: bin}, &OpenFGA{Bin: bin}, &SpiceDB{Bin: bin}}
	if postgres != "" {
		peers = append(peers, &Remit{Bin: bin, Postgres: postgres}, &OpenFGA{Bin: bin, Postgres: postgres}, &SpiceDB{Bin: bin, Postgres: postgres})
	}
	return peers
}

// called is a peer's name with the version of the module that its program was
// built of, and where it keeps its data.
func called(name, bin, module, where string) string {
	info, err := buildinfo.ReadFile(filepath.Join(bin, name))
	if err != nil {
		return name + " on " + where // starting it will say what is missing
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module {
			name += " " + m.Version
		}
	}
	return name + " on " + where
}

// where says in a word where data is kept.
func where(postgres, otherwise string) string {
	if postgres != "" {
		return "PostgreSQL"
	}
	return otherwise
}

func fault(who string, err error) error { return fmt.Errorf("%s: %w", who, err) }
