package identity

import (
	"context"
	"errors"
	"testing"

	"github.com/remit-server/remit"
)

var cheap = Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

func matches(t *testing.T, p *passwords, stored, password string) bool {
	t.Helper()
	ok, err := p.matches(t.Context(), stored, password)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func hash(tb testing.TB, p *passwords, password string) string {
	tb.Helper()
	stored, err := p.hash(tb.Context(), password)
	if err != nil {
		tb.Fatal(err)
	}
	return stored
}

func TestAHashMatchesItsPasswordOnly(t *testing.T) {
	t.Parallel()
	p := newPasswords(cheap)
	stored := hash(t, p, "correct horse")
	if !matches(t, p, stored, "correct horse") {
		t.Error("the password does not match")
	}
	for _, other := range []string{"", "correct hors", "correct horse ", "Correct horse"} {
		if matches(t, p, stored, other) {
			t.Errorf("%q matches", other)
		}
	}
	if hash(t, p, "correct horse") == stored {
		t.Error("two hashes of one password are the same: there is no salt")
	}
}

// The hash is a test vector of the reference implementation (test.c of
// phc-winner-argon2).
func TestHashesOfOtherProgramsAndCostsMatch(t *testing.T) {
	t.Parallel()
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if !matches(t, newPasswords(cheap), reference, "password") {
		t.Error("the reference hash does not match")
	}
}

func TestWhatIsNoHashMatchesNothing(t *testing.T) {
	t.Parallel()
	p := newPasswords(cheap)
	for _, stored := range []string{
		"", "$", "password", "$argon2i$v=19$m=64,t=1,p=1$c29tc2FsdA$AAAA", "$argon2id$v=16$m=64,t=1,p=1$c29tc2FsdA$AAAA",
		"$argon2id$v=19$m=64,t=0,p=1$c29tc2FsdA$AAAA", "$argon2id$v=19$m=64,t=1,p=0$c29tc2FsdA$AAAA", "$argon2id$v=19$m=64,t=1,p=999$c29tc2FsdA$AAAA",
		"$argon2id$v=19$m=64,t=1,p=1$c29tc2FsdA$", "$argon2id$v=19$m=64,t=1,p=1$!$AAAA", "$argon2id$v=19$m=64$c29tc2FsdA$AAAA",
	} {
		if matches(t, p, stored, "") || matches(t, p, stored, "password") {
			t.Errorf("%q matches", stored)
		}
	}
}

func TestWhoGivesUpWaitingForAHashGetsTheReason(t *testing.T) {
	t.Parallel()
	p := newPasswords(cheap)
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.matches(ctx, "", "password"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestWhoFindsTooManyWaitingForAHashIsLimited(t *testing.T) {
	t.Parallel()
	p := newPasswords(cheap)
	for range cap(p.queue) {
		p.queue <- struct{}{}
	}
	if _, err := p.matches(t.Context(), "", "password"); remit.KindOf(err) != remit.Limited {
		t.Errorf("comparing: %v", err)
	}
	if _, err := p.hash(t.Context(), "password"); remit.KindOf(err) != remit.Limited {
		t.Errorf("hashing: %v", err)
	}
}

func TestEveryTurnIsGivenBack(t *testing.T) {
	t.Parallel()
	p := newPasswords(cheap)
	for range 2 * cap(p.queue) {
		matches(t, p, "", "password")
	}
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * cap(p.queue) {
		if _, err := p.matches(ctx, "", "password"); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want context.Canceled", err)
		}
	}
}

// Login costs the same for a name that nobody has.
func BenchmarkPassword(b *testing.B) {
	p := newPasswords(DefaultCost)
	for name, stored := range map[string]string{"known": hash(b, p, "correct horse"), "unknown": ""} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := p.matches(b.Context(), stored, "wrong horse"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
