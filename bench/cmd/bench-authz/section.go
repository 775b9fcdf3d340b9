package main

import (
	"context"
	"errors"
	"time"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/authz/rpc"
)

// section is one part of the report.
type section struct {
	name string // what -only matches and the template asks for
	run  func(context.Context, *bench) (result, error)
}

// sections in the order in which they are run. The large site goes first, for
// its memory is measured while nothing else is there.
var sections = []section{
	{"site", largeSite},
	{"load", loading},
	{"check", oneCheck},
	{"all", allPermissions},
	{"http-check", httpCheck},
	{"http-all", httpAll},
	{"http-list", httpList},
}

// result is what a section measured.
type result struct {
	columns []string
	rows    [][]string
	targets []target
	figures map[string]string // for the prose
}

// target is something that the project wants to show.
type target struct {
	text, want, measured string
	met                  bool
	profile              string // where the time goes, when it is not met
}

// bench is one run of the program and what its sections share.
type bench struct {
	plan
	quick bool
	bin   string

	peers  []authz.Peer // loaded with model
	loaded []loaded     // what that took
	model  authz.Model
	field  *rpc.Field // the servers
	data   string     // their folder
}

// plan says how much is measured.
type plan struct {
	rounds    int           // all peers are asked in turn within a round
	length    time.Duration // of one peer's turn, about; a slow one takes longer
	questions int
	full      authz.Size // the site of most sections
	large     authz.Size // the one of a million memberships
	things    int        // that are listed
	servers   rpc.Plan
}

var usual = plan{rounds: 15, length: 20 * time.Millisecond, questions: 8192, full: authz.Full,
	large: authz.Size{Projects: 20_000, Users: 200_000, Memberships: 5, Permissions: 60}, things: 100_000, servers: rpc.Usual}

var short = plan{rounds: 3, length: 2 * time.Millisecond, questions: 256, full: authz.Size{Projects: 60, Users: 600, Memberships: 5, Permissions: 60},
	large: authz.Full, things: 3000, servers: rpc.Quick}

// leave lets go of the peers, so that their memory is not in the way.
func (b *bench) leave() { b.peers = nil }

// close ends what is still running.
func (b *bench) close() error {
	b.leave()
	return errors.Join(b.stopServers())
}
