package main

import (
	"errors"
	"time"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/authz/rpc"
	"github.com/remit-server/remit/bench/figures"
)

// sections in the order in which they are run. The large site goes first, for
// its memory is measured while nothing else is there.
var sections = figures.Sections[*bench]{
	{Name: "site", Run: largeSite},
	{Name: "load", Run: loading},
	{Name: "check", Run: oneCheck},
	{Name: "all", Run: allPermissions},
	{Name: "http-check", Run: httpCheck},
	{Name: "http-all", Run: httpAll},
	{Name: "http-list", Run: httpList},
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
