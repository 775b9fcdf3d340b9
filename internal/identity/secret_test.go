package identity_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/remit-server/remit/internal/identity"
)

var prefixes = []string{identity.KeyPrefix, identity.SessionPrefix, identity.NodePrefix}

func TestASecretIsValidForItsOwnPrefixOnly(t *testing.T) {
	t.Parallel()
	for _, made := range prefixes {
		secret, hash := identity.NewSecret(made)
		if !regexp.MustCompile(`^` + made + `[a-z2-7]{32}_[0-9a-f]{8}$`).MatchString(secret) {
			t.Errorf("made %q", secret)
		}
		if hash != identity.Hash(secret) || strings.Contains(hash, secret) {
			t.Errorf("hash of %q is %q", secret, hash)
		}
		for _, asked := range prefixes {
			if got := identity.ValidSecret(asked, secret); got != (asked == made) {
				t.Errorf("%q for %q: valid %v", secret, asked, got)
			}
		}
	}
}

func TestAMistypedSecretIsNotValid(t *testing.T) {
	t.Parallel()
	secret, _ := identity.NewSecret(identity.KeyPrefix)
	for i := range secret {
		other := "a"
		if secret[i] == 'a' {
			other = "b"
		}
		for _, typed := range []string{secret[:i] + other + secret[i+1:], secret[:i] + secret[i+1:], secret[:i]} {
			if identity.ValidSecret(identity.KeyPrefix, typed) {
				t.Errorf("%q is valid, made of %q", typed, secret)
			}
		}
	}
}

func TestSecretsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		secret, _ := identity.NewSecret(identity.KeyPrefix)
		if seen[secret] {
			t.Fatalf("%q was made twice", secret)
		}
		seen[secret] = true
	}
}

func FuzzValidSecret(f *testing.F) {
	secret, _ := identity.NewSecret(identity.KeyPrefix)
	for _, seed := range []string{"", "_", "remit_", secret, secret + "\n", strings.Repeat("_", 50)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if identity.ValidSecret(identity.KeyPrefix, s) && (len(s) != len(secret) || !strings.HasPrefix(s, identity.KeyPrefix)) {
			t.Errorf("%q is valid", s)
		}
	})
}
