package cli

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/remit-server/remit"
)

// shown is what reaches the terminal of pieces that are written in turn.
func shown(t *testing.T, pieces ...string) string {
	t.Helper()
	var out bytes.Buffer
	s := &screen{to: &out}
	for _, p := range pieces {
		if n, err := s.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatalf("wrote %d of %q: %v", n, p, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestATerminalGetsOthersTextWithoutControls(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"α\tβ\n":                           "α\tβ\n",
		"\x1b[1;31mred\x1b[0m":             "\x1b[1;31mred\x1b[0m\x1b[0m",
		"\x1b[38:2::255:0:0mred":           "\x1b[38:2::255:0:0mred\x1b[0m",
		"\x1b]0;title\x07":                 "\uFFFD]0;title\uFFFD",
		"\x1b[2Jgone":                      "\uFFFD[2Jgone",
		"\x1b[6n":                          "\uFFFD[6n",
		"\x1b[?25l":                        "\uFFFD[?25l",
		"\u009b2J":                         "\uFFFD2J",
		"\x9b2J":                           "\uFFFD2J",
		"a\bb\x00\x7f":                     "a\uFFFDb\uFFFD\uFFFD",
		"one\r\ntwo\rthree\r":              "one\ntwo\nthree\n",
		"end\x1b":                          "end\uFFFD",
		"end\x1b[3":                        "end\uFFFD[3",
		"\x1b\x1b[1m":                      "\uFFFD\x1b[1m\x1b[0m",
		"\x1b[" + strings.Repeat("1", 100): "\uFFFD[" + strings.Repeat("1", 100),
	} {
		if got := shown(t, text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
		if got := shown(t, strings.SplitAfter(text, "")...); got != want {
			t.Errorf("%q in pieces is shown as %q, want %q", text, got, want)
		}
		var pieces []string
		for _, b := range []byte(text) {
			pieces = append(pieces, string([]byte{b}))
		}
		if got := shown(t, pieces...); got != want {
			t.Errorf("%q byte by byte is shown as %q, want %q", text, got, want)
		}
	}
}

// terminal opens a pseudo terminal: what is written to it, in it.
func terminal(t *testing.T) (screen, inside *os.File) {
	t.Helper()
	inside, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inside.Close() })
	if err := unix.IoctlSetPointerInt(int(inside.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(inside.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	return screen, inside
}

func TestOnlyATerminalIsFiltered(t *testing.T) {
	t.Parallel()
	raw := "\x1b]0;title\x07\x1b[31mred"
	screen, inside := terminal(t)
	var file bytes.Buffer
	for _, a := range []*app{{Streams: Streams{Out: screen}}, {Streams: Streams{Out: &file}}} {
		s := a.screen()
		if _, err := s.Write([]byte(raw)); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if file.String() != raw {
		t.Errorf("a file gets %q", file.String())
	}
	seen, want := make([]byte, 100), "\uFFFD]0;title\uFFFD\x1b[31mred\x1b[0m"
	n := 0
	for n < len(want) {
		more, err := inside.Read(seen[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += more
	}
	if got := string(seen[:n]); got != want {
		t.Errorf("a terminal gets %q", got)
	}
}

func TestErrorsOfAServerCannotDriveTheTerminal(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	a := &app{Streams: Streams{Out: &said, Err: &said}}
	if code := a.report(remit.Errorf(remit.Denied, "No\x1b[2J").WithHint("Ask\u009b6n\nada")); code != 3 {
		t.Errorf("exit code %d", code)
	}
	a.say("member_1  %s", "ben\x1b]0;x\x07")
	if got, want := said.String(), "remit: No\uFFFD[2J\nhint: Ask\uFFFD6n\nada\nmember_1  ben\uFFFD]0;x\uFFFD\n"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
}
