package remit

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Masked is what stands where a secret was.
const Masked = "***"

// MinSecret is how many bytes a secret has at least: a shorter one could not be
// masked without making a text unreadable.
const MinSecret = 4

// minLine is from how many bytes on a line of a secret is masked by itself.
const minLine = 8

// Mask hides secrets in texts: as they are, line by line, and as they look in
// JSON and in addresses. It is a net and no wall: a program that turns a secret
// into something else is not noticed. The nil Mask hides nothing.
type Mask struct{ words []string }

// NewMask hides these secrets; nil for none.
func NewMask(secrets ...string) *Mask {
	words := map[string]bool{}
	for _, secret := range secrets {
		for _, word := range looks(secret) {
			words[word] = len(word) >= MinSecret
		}
	}
	maps.DeleteFunc(words, func(_ string, long bool) bool { return !long })
	if len(words) == 0 {
		return nil
	}
	return &Mask{slices.Sorted(maps.Keys(words))}
}

// looks are the ways in which a secret is likely to be printed.
func looks(secret string) []string {
	all := []string{secret, strings.TrimSpace(secret), url.QueryEscape(secret), url.PathEscape(secret), escaped(secret)}
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); len(line) >= minLine {
			all = append(all, line)
		}
	}
	return all
}

// escaped is a text as it stands between the quotes of JSON.
func escaped(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil {
		return text
	}
	return strings.Trim(strings.TrimSuffix(b.String(), "\n"), `"`)
}

// Text is the text with Masked in the place of every secret.
func (m *Mask) Text(text string) string {
	if m == nil {
		return text
	}
	return hide(text, m.found(text))
}

// Cut masks a piece of a longer text. What may be the beginning of a secret
// stays behind as rest, to be put before the next piece; at the end of all it
// is masked by Text.
func (m *Mask) Cut(text string) (masked, rest string) {
	if m == nil {
		return text, ""
	}
	found := m.found(text)
	cut := m.begin(text)
	for i, f := range found {
		if cut > f.from && cut < f.to { // a longer secret may begin inside of one
			if cut = f.from; len(text)-cut > 2*m.longest() {
				cut = f.to
			}
		}
		if f.from >= cut {
			found = found[:i]
			break
		}
	}
	return hide(text[:cut], found), text[cut:]
}

// begin is where text ends with the beginning of a secret, else its length.
func (m *Mask) begin(text string) int {
	for i := max(0, len(text)-m.longest()+1); i < len(text); i++ {
		end := text[i:]
		if slices.ContainsFunc(m.words, func(w string) bool { return len(w) > len(end) && strings.HasPrefix(w, end) }) {
			return i
		}
	}
	return len(text)
}

func (m *Mask) longest() (n int) {
	for _, w := range m.words {
		n = max(n, len(w))
	}
	return n
}

// stretch is a piece of a text, by its bytes.
type stretch struct{ from, to int }

// found are the stretches that are secret, in order; those that overlap are one.
func (m *Mask) found(text string) (all []stretch) {
	for _, w := range m.words {
		for at := 0; ; at++ {
			i := strings.Index(text[at:], w)
			if i < 0 {
				break
			}
			at += i
			all = append(all, stretch{at, at + len(w)})
		}
	}
	slices.SortFunc(all, func(a, b stretch) int { return a.from - b.from })
	merged := all[:0]
	for _, s := range all {
		if n := len(merged); n > 0 && s.from < merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, s.to)
		} else {
			merged = append(merged, s)
		}
	}
	return merged
}

func hide(text string, secret []stretch) string {
	var b strings.Builder
	at := 0
	for _, s := range secret {
		b.WriteString(text[at:s.from] + Masked)
		at = s.to
	}
	return b.String() + text[at:]
}

// JSON masks the texts, names and numbers of a JSON value. What is no JSON is
// masked as text.
func (m *Mask) JSON(raw json.RawMessage) json.RawMessage {
	if m == nil || len(raw) == 0 {
		return raw
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if d.Decode(&value) != nil || e.Encode(m.value(value)) != nil {
		return json.RawMessage(m.Text(string(raw)))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func (m *Mask) value(value any) any {
	switch v := value.(type) {
	case string:
		return m.Text(v)
	case json.Number:
		if masked := m.Text(v.String()); masked != v.String() {
			return masked
		}
	case []any:
		for i := range v {
			v[i] = m.value(v[i])
		}
	case map[string]any:
		hidden := make(map[string]any, len(v))
		for name, inner := range v {
			hidden[m.Text(name)] = m.value(inner)
		}
		return hidden
	}
	return value
}

// Progress masks what a report says.
func (m *Mask) Progress(p Progress) Progress {
	if m == nil {
		return p
	}
	p.Stages = slices.Clone(p.Stages)
	for i, s := range p.Stages {
		p.Stages[i].Label, p.Stages[i].Unit = m.Text(s.Label), m.Text(s.Unit)
	}
	return p
}
