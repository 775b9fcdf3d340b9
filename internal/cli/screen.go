package cli

import (
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A terminal obeys control characters: they can set its title, answer for the
// person, or hide what was printed. So others' texts reach it without them.

// printable is one line of others' text; clean is text of several lines.
func printable(s string) string { return replaceControls(s, "") }
func clean(s string) string     { return replaceControls(s, "\n\t") }

func replaceControls(s, but string) string {
	return strings.Map(func(r rune) rune {
		if control(r) && !strings.ContainsRune(but, r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// screen is standard output for text of others that comes in pieces: on a
// terminal it is filtered, elsewhere every byte stays as it is.
func (a *app) screen() io.WriteCloser {
	if a.terminal() {
		return &screen{to: a.Out}
	}
	return unfiltered{a.Out}
}

type unfiltered struct{ io.Writer }

func (unfiltered) Close() error { return nil }

// screen lets newlines, tabs and colours (SGR, ECMA-48 8.3.117) through. A
// carriage return, with which programs draw over their last line, ends it.
type screen struct {
	to       io.Writer
	rest     []byte // what may be the begin of something longer
	coloured bool
}

var (
	colour      = regexp.MustCompile(`^\x1b\[[0-9;:]{0,60}m`)
	colourBegun = regexp.MustCompile(`^\x1b(\[[0-9;:]{0,60})?$`)
)

// Write implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	if err := s.write(append(s.rest, p...), false); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes what waited for more, and ends a colour. The terminal stays open.
func (s *screen) Close() error {
	rest := s.rest
	if err := s.write(rest, true); err != nil || !s.coloured {
		return err
	}
	_, err := io.WriteString(s.to, "\x1b[0m")
	return err
}

func (s *screen) write(text []byte, last bool) error {
	var out []byte
	for len(text) > 0 && (last || !cutShort(text)) {
		sgr := colour.Find(text)
		r, size := utf8.DecodeRune(text)
		switch {
		case sgr != nil:
			s.coloured, size = true, len(sgr)
			out = append(out, sgr...)
		case r == '\r':
			out = append(out, '\n')
			if len(text) > 1 && text[1] == '\n' {
				size = 2
			}
		case control(r) && r != '\n' && r != '\t':
			out = utf8.AppendRune(out, utf8.RuneError)
		default:
			out = utf8.AppendRune(out, r)
		}
		text = text[size:]
	}
	s.rest = append([]byte(nil), text...)
	_, err := s.to.Write(out)
	return err
}

// cutShort says whether what comes next decides what text begins with.
func cutShort(text []byte) bool {
	return !utf8.FullRune(text) || string(text) == "\r" || colourBegun.Match(text)
}
