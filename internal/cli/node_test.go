package cli

import (
	"testing"

	"github.com/remit-server/remit"
)

func TestANodesDirectoryIsInItsUsersOwnPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ state, home, address, want string }{
		{"", "/home/ada", "http://127.0.0.1:8080", "/home/ada/.local/state/remit-node/127.0.0.1-8080"},
		{"/state", "/home/ada", "https://remit.example.org/", "/state/remit-node/remit.example.org"},
		{"relative", "/home/ada", "http://[::1]:80", "/home/ada/.local/state/remit-node/[--1]-80"},
		{"", "", "http://127.0.0.1:8080", ""},
	} {
		a := &app{Streams: Streams{Env: func(name string) string { return map[string]string{"XDG_STATE_HOME": c.state, "HOME": c.home}[name] }}}
		got, err := a.nodeDir(c.address)
		if got != c.want || (err != nil) != (c.want == "") || err != nil && remit.KindOf(err) != remit.Invalid {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
