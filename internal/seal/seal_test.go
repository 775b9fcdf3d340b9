package seal_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/seal"
)

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	ring := seal.New()
	sealed := ring.Seal("hunter22", "job_1 token")
	if strings.Contains(sealed, "hunter") || sealed == ring.Seal("hunter22", "job_1 token") {
		t.Errorf("sealed: %s", sealed)
	}
	if plain, err := ring.Open(sealed, "job_1 token"); err != nil || plain != "hunter22" {
		t.Errorf("opened: %q, %v", plain, err)
	}
	if seal.KeyOf(sealed) != ring.KeyID() || !ring.Has(ring.KeyID()) {
		t.Errorf("sealed by %s, the ring's key is %s", seal.KeyOf(sealed), ring.KeyID())
	}
	changed := sealed[:len(sealed)-5] + "AAAA="
	for name, try := range map[string]struct{ sealed, place string }{"another place": {sealed, "job_2 token"}, "changed": {changed, "job_1 token"},
		"empty": {"", "job_1 token"}, "no base64": {ring.KeyID() + ".?", "job_1 token"}, "short": {ring.KeyID() + ".AAAA", "job_1 token"}} {
		if plain, err := ring.Open(try.sealed, try.place); remit.KindOf(err) != remit.Unavailable {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	t.Parallel()
	one, two := seal.New(), seal.New()
	sealed := one.Seal("hunter22", "")
	if _, err := two.Open(sealed, ""); remit.KindOf(err) != remit.Unavailable || two.Has(one.KeyID()) {
		t.Errorf("another key opens it: %v", err)
	}
	both, err := seal.Parse("\n" + two.Text() + one.Text())
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := both.Open(sealed, ""); err != nil || plain != "hunter22" || both.KeyID() != two.KeyID() {
		t.Errorf("with the new key before the old one: %q, %v", plain, err)
	}
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "short", "AAAA", strings.Repeat("A", 88)} {
		if _, err := seal.Parse(text); remit.KindOf(err) != remit.Invalid {
			t.Errorf("%q is taken: %v", text, err)
		}
	}
}
