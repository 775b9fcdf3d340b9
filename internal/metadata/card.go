package metadata

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/remit-server/remit"
)

const cardLen = 80 // FITS 4.0 § 3.3.1

// parseCard reads one 80-byte card (FITS 4.0 § 4.1). continues says that the
// value ends in "&", so that a CONTINUE card may carry on with it. A card
// without key and text gives the zero Card.
func parseCard(raw []byte) (c remit.Card, continues bool, err error) {
	key, rest := splitKey(raw)
	if !validKey(key) {
		return c, false, fmt.Errorf("keyword %q", key)
	}
	c.Key = key
	value, isValue := strings.CutPrefix(rest, "=")
	if !isValue || commentary(key) {
		c.Value = strings.TrimRight(rest, " ")
		return c, false, nil
	}
	value = strings.TrimLeft(value, " ")
	if strings.HasPrefix(value, "'") {
		return stringCard(c, value)
	}
	return plainCard(c, value)
}

// splitKey cuts a card into keyword and the rest, which begins with "=" where
// there is a value. HIERARCH keywords (ESO convention) lose that word.
func splitKey(raw []byte) (key, rest string) {
	if long, ok := strings.CutPrefix(clean(raw), "HIERARCH "); ok {
		if k, v, ok := strings.Cut(long, "="); ok {
			return strings.ToUpper(strings.Join(strings.Fields(k), " ")), "=" + v
		}
	}
	return strings.ToUpper(strings.TrimSpace(clean(raw[:8]))), clean(raw[8:])
}

func commentary(key string) bool {
	return key == "" || key == "COMMENT" || key == "HISTORY" || key == "CONTINUE"
}

// validKey is the standard's alphabet, and the space and dots of HIERARCH.
func validKey(key string) bool {
	return strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- .") == ""
}

// stringCard reads 'text' in which ” stands for one quote.
func stringCard(c remit.Card, value string) (remit.Card, bool, error) {
	body, rest, closed := quoted(value)
	if !closed {
		return c, false, errors.New("text without closing quote")
	}
	c.Value = strings.TrimRight(body, " ")
	c.Comment = comment(rest)
	return c, strings.HasSuffix(c.Value, "&"), nil
}

func quoted(s string) (body, rest string, closed bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), s[i+1:], true
	}
	return "", "", false
}

// plainCard reads an unquoted value: T, F, a number, a complex number, nothing.
func plainCard(c remit.Card, value string) (remit.Card, bool, error) {
	v, rest, hasComment := strings.Cut(value, "/")
	v = strings.TrimSpace(v)
	if hasComment {
		c.Comment = strings.TrimSpace(rest)
	}
	if v != "" && v != "T" && v != "F" && !isComplex(v) {
		if _, ok := parseFloat(v); !ok {
			return c, false, fmt.Errorf("value %q is neither number, text nor logical", v)
		}
	}
	c.Value = v
	return c, false, nil
}

func isComplex(v string) bool {
	re, im, ok := strings.Cut(strings.Trim(v, "()"), ",")
	_, okRe := parseFloat(re)
	_, okIm := parseFloat(im)
	return ok && okRe && okIm && strings.HasPrefix(v, "(") && strings.HasSuffix(v, ")")
}

func comment(rest string) string {
	_, after, _ := strings.Cut(rest, "/")
	return strings.TrimSpace(after)
}

// parseFloat reads a finite number; D marks exponents as Fortran writes them.
func parseFloat(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "+-.0123456789DEde") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.NewReplacer("D", "E", "d", "e").Replace(s), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// clean makes header bytes text that JSON and databases take: bytes that are no
// UTF-8 are read as Latin-1, control characters become spaces or vanish.
func clean(raw []byte) string {
	s := string(raw)
	if !utf8.Valid(raw) {
		runes := make([]rune, len(raw))
		for i, b := range raw {
			runes[i] = rune(b)
		}
		s = string(runes)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case unicode.IsControl(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

// clip keeps a text within MaxValueLen bytes without cutting a rune.
func clip(s string) string {
	if len(s) <= MaxValueLen {
		return s
	}
	return strings.ToValidUTF8(s[:MaxValueLen], "")
}
