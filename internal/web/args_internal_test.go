package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/remit-server/remit"
)

func TestArgumentsAreSplitAsAShellDoesIt(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"": {}, "  ": {}, "a b": {"a", "b"}, "--name 'two words'": {"--name", "two words"}, `a"b c"d`: {"ab cd"},
		`''`: {""}, `a\ b`: {"a b"}, `"\""`: {`"`}, `'\'`: {`\`}, "$HOME `x` *": {"$HOME", "`x`", "*"}, "a\nb": {"a", "b"},
	} {
		got, err := splitArgs(line)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", line, err, diff)
		}
	}
	for _, open := range []string{`"a`, `'a`, `a\`} {
		if _, err := splitArgs(open); remit.KindOf(err) != remit.Invalid {
			t.Errorf("%q: %v", open, err)
		}
	}
}

func TestWrittenArgumentsAreReadAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.String()).Draw(t, "args")
		got, err := splitArgs(joinArgs(want))
		if diff := cmp.Diff(append([]string{}, want...), got); err != nil || diff != "" {
			t.Fatalf("%q: %v %s", joinArgs(want), err, diff)
		}
	})
}

func TestSizesAndCountsReadWell(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1 kB", 80400: "80.4 kB", 999_900: "1 MB", 1_210_000: "1.21 MB", 5e15: "5 PB"} {
		if got := byteCount(n); got != want {
			t.Errorf("%d bytes read %q, want %q", n, got, want)
		}
	}
	if count(1, "file") != "1 file" || count(0, "file") != "0 files" {
		t.Error("files are counted wrongly")
	}
}

func TestAPieceOfLogNeverSplitsACharacter(t *testing.T) {
	t.Parallel()
	whole := []byte("naïve ☾ moth")
	for cut := range len(whole) + 1 {
		head, left := wholeRunes(whole[:cut])
		rest, _ := wholeRunes(whole[cut-left:])
		if head+rest != string(whole) {
			t.Errorf("cut at %d: %q + %q", cut, head, rest)
		}
	}
}
