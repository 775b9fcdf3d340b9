package web

import (
	"strings"

	"github.com/remit-server/remit"
)

// splitArgs reads arguments as a shell does, without any of its powers: they
// end at white space, quotes and backslashes keep it. A quote that does not
// end is remit.Invalid.
func splitArgs(line string) ([]string, error) {
	args := []string{}
	var word strings.Builder
	var quote rune
	begun, escaped := false, false
	for _, c := range line {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if begun {
				args = append(args, word.String())
				word.Reset()
				begun = false
			}
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	if quote != 0 || escaped {
		return nil, remit.Errorf(remit.Invalid, "The arguments end inside a quote").WithField("args").
			WithHint("Put a quote at the end of each argument that begins with one.")
	}
	if begun {
		args = append(args, word.String())
	}
	return args, nil
}

// joinArgs writes arguments so that splitArgs reads them again.
func joinArgs(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if arg == "" || strings.ContainsAny(arg, " \t\r\n'\"\\") {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
