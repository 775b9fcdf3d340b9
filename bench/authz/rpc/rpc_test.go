package rpc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/remit-server/remit/bench/authz"
	"github.com/remit-server/remit/bench/authz/rpc"
)

// small has everything that the full site has.
var small = authz.Size{Projects: 12, Users: 60, Memberships: 3, Permissions: 12}

// bin is where `make bench-servers` puts the programs.
var bin = filepath.Join("..", "..", "..", "bin")

func TestEveryServerAgreesOnEveryQuestionAndEveryList(t *testing.T) {
	t.Parallel()
	site := rpc.NewSite(authz.NewModel(small), 600)
	programs, err := filepath.Abs(bin)
	if err != nil {
		t.Fatal(err)
	}
	field, err := rpc.Start(t.Context(), t.TempDir(), rpc.Peers(programs, os.Getenv("REMIT_TEST_POSTGRES")), site)
	t.Cleanup(func() {
		if err := field.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := field.Verify(t.Context(), 500); err != nil {
		t.Error(err)
	}
	checks, err := field.Checks(t.Context(), rpc.Quick)
	if err != nil {
		t.Error(err)
	}
	everything, err := field.Everything(t.Context(), rpc.Quick)
	if err != nil {
		t.Error(err)
	}
	lists, err := field.Lists(t.Context(), rpc.Quick)
	if err != nil {
		t.Error(err)
	}
	for _, m := range append(checks, everything...) {
		t.Logf("%-40s %3d %9.0f/s p50 %s p99 %s", m.Way, m.Workers, m.PerSecond, m.P50, m.P99)
	}
	for _, l := range lists {
		t.Logf("%-40s %s, %s again, for %d", l.Way, l.Took, l.Again, l.Things)
	}
}

func TestAMissingProgramSaysWhatToRun(t *testing.T) {
	t.Parallel()
	field, err := rpc.Start(t.Context(), t.TempDir(), rpc.Peers(t.TempDir(), ""), rpc.NewSite(authz.NewModel(small), 10))
	if err == nil || !strings.Contains(err.Error(), "make bench-servers") {
		t.Errorf("it says %v", err)
	}
	if err := field.Stop(); err != nil {
		t.Error(err)
	}
}
