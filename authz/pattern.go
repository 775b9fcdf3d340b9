package authz

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is how many bytes a permission's name or a pattern may have: whoever
// asks with a key goes through all that it names.
const MaxName = 200

// Match says whether pattern speaks of the permission called name:
//
//	job:read    that one
//	job:*       all of job
//	job:run.*   every qualifier below job:run at any depth, not job:run itself
//	*           everything
//
// Nothing else is special, and names never imply names: job:run.ml does not
// match job:run.ml.single. It knows no catalogue; see Policy.Matches.
func Match(pattern, name string) bool {
	if pattern == "*" {
		return true
	}
	prefix, wide := strings.CutSuffix(pattern, "*")
	if !wide {
		return pattern == name
	}
	return wellFormedPrefix(prefix) && len(name) > len(prefix) && strings.HasPrefix(name, prefix)
}

// wellFormedPrefix tells `job:` and `job:run.` from `jo` and `:`: a star
// stands for whole words only.
func wellFormedPrefix(prefix string) bool {
	thing, verb, found := strings.Cut(prefix, ":")
	whole := verb == "" || strings.HasSuffix(verb, ".") && verb != "."
	return found && thing != "" && whole && !strings.Contains(prefix, "*")
}

// isWide tells patterns from exact names.
func isWide(pattern string) bool { return strings.HasSuffix(pattern, "*") }

// isSpelled says whether text can stand in a name: all of it is seen, and none
// of it means something else in patterns and operations.
func isSpelled(text string) bool {
	bad := func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune("@*{}", r)
	}
	return utf8.ValidString(text) && !strings.ContainsFunc(text, bad)
}

// thingOf returns what comes before the colon: "job" of "job:run.ml".
func thingOf(name string) string {
	thing, _, _ := strings.Cut(name, ":")
	return thing
}

// selector is the set of cells that an entry speaks for.
type selector struct{ own, others bool }

// any is the default: an entry without a selector writes both cells.
func (s selector) any() bool { return s.own && s.others }

func (s selector) has(c cell) bool {
	if c == own {
		return s.own
	}
	return s.others
}

func (s selector) with(t selector) selector {
	return selector{own: s.own || t.own, others: s.others || t.others}
}

// cutSelector splits "job:cancel@own" into its pattern and its selector. It
// reports false for a selector that does not exist.
func cutSelector(written string) (pattern string, sel selector, ok bool) {
	pattern, name, found := strings.Cut(written, "@")
	switch {
	case !found:
		return pattern, selector{own: true, others: true}, true
	case name == "own":
		return pattern, selector{own: true}, true
	case name == "others":
		return pattern, selector{others: true}, true
	}
	return pattern, selector{}, false
}
