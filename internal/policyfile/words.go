package policyfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
)

// Name is a word with its place.
type Name struct {
	Text string
	At   Place
}

func (n Name) String() string { return n.Text }

// reader collects what is wrong while it reads.
type reader struct{ faults Faults }

func (r *reader) fault(at Place, format string, args ...any) {
	r.faults = append(r.faults, Fault{at, fmt.Sprintf(format, args...)})
}

// keys are those that a mapping may have, each with its reader. Others are
// faults, with the one that may have been meant.
type keys map[string]func(node)

func (r *reader) mapping(n node, what string, known keys) {
	if n.shape != mapping {
		r.fault(n.at, "%s takes keys with values, not %s", what, n.shape)
		return
	}
	for _, f := range n.fields {
		if take, ok := known[f.name]; ok {
			take(f.value)
			continue
		}
		r.unknownKey(f, what, known)
	}
}

func (r *reader) unknownKey(f field, what string, known keys) {
	if near := authz.Nearest(f.name, maps.Keys(known)); near != "" {
		r.fault(f.at, "%s has no key %s, did you mean %q?", what, quoted(f.name), near)
		return
	}
	r.fault(f.at, "%s has no key %s; there are: %s", what, quoted(f.name), strings.Join(slices.Sorted(maps.Keys(known)), ", "))
}

// list reads each item; nothing is an empty list.
func (r *reader) list(n node, what string, item func(node)) {
	if n.shape != list && n.shape != nothing {
		r.fault(n.at, "%s takes a list, not %s", what, n.shape)
	}
	for _, one := range n.items {
		item(one)
	}
}

// maxText bounds a text, in bytes.
const maxText = 10_000

func (r *reader) text(n node, what string) string {
	switch {
	case n.shape == nothing:
		return ""
	case n.shape != word:
		r.fault(n.at, "%s takes a text, not %s", what, n.shape)
	case len(n.text) > maxText || !utf8.ValidString(n.text) || strings.ContainsRune(n.text, 0):
		r.fault(n.at, "%s is no text of up to %d bytes of UTF-8", what, maxText)
	default:
		return n.text
	}
	return ""
}

// name is a text that has to be there.
func (r *reader) name(n node, what string) Name {
	text := r.text(n, what)
	if text == "" && n.shape <= word {
		r.fault(n.at, "%s is empty", what)
	}
	return Name{text, n.at}
}

// names is a list of names, never nil; none is there twice.
func (r *reader) names(n node, what string) []Name {
	all, seen := []Name{}, map[string]Place{}
	r.list(n, what, func(item node) {
		one := r.name(item, what)
		if first, twice := seen[one.Text]; twice && one.Text != "" {
			r.fault(one.At, "%s is there twice, first at %s", quoted(one.Text), first)
			return
		}
		seen[one.Text] = one.At
		all = append(all, one)
	})
	return all
}

func (r *reader) bool(n node, what string) bool {
	if n.shape == word && n.text == "true" {
		return true
	}
	if n.shape != word || n.text != "false" {
		r.fault(n.at, "%s is true or false", what)
	}
	return false
}

func (r *reader) time(n node, what string) *time.Time {
	text := r.text(n, what)
	if n.shape == nothing || text == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.fault(n.at, "%s is %s; write times like 2026-12-01T00:00:00Z (RFC 3339)", what, quoted(text))
		return nil
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at
}

func (r *reader) choice(n node, what string, of ...string) string {
	text := r.text(n, what)
	if !slices.Contains(of, text) && n.shape <= word {
		r.fault(n.at, "%s is %s, not %s%s", what, strings.Join(of, " or "), quoted(text), maybe(authz.Nearest(text, slices.Values(of))))
	}
	return text
}

func (r *reader) collection(n node) remit.CollectionID {
	id := remit.CollectionID(r.text(n, "collection"))
	if id != "" && !remit.IsID[remit.CollectionID](string(id)) {
		r.fault(n.at, "%s is no collection's id", quoted(string(id)))
	}
	return id
}

func maybe(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", near)
}
