package remit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

func TestAMaskHidesSecretsAsTheyAreLikelyPrinted(t *testing.T) {
	t.Parallel()
	m := remit.NewMask(`pass "word" & more`, "first line of it\nsecond line of it", "overlapABCD", "ABCDandmore")
	for text, want := range map[string]string{
		"nothing here":                        "nothing here",
		`a pass "word" & more.`:               "a ***.",
		`{"x":"pass \"word\" & more"}`:        `{"x":"***"}`,
		"?x=pass+%22word%22+%26+more":         "?x=***",
		"first line of it":                    "***",
		"  second line of it, twice":          "  ***, twice",
		"overlapABCDandmore":                  "***",
		"overlapABCD and overlapABCD":         "*** and ***",
		"first line of it\nsecond line of it": "***",
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestNoMaskHidesNothing(t *testing.T) {
	t.Parallel()
	for _, m := range []*remit.Mask{nil, remit.NewMask(), remit.NewMask(""), remit.NewMask("abc")} {
		if text, rest := m.Cut("abc"); text != "abc" || rest != "" || m.Text("abc") != "abc" || string(m.JSON(json.RawMessage(`"abc"`))) != `"abc"` {
			t.Errorf("it hides %q, %q", text, rest)
		}
	}
}

func TestASecretCutAnywhereIsMasked(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]string{{"hunter22"}, {"abcd", "abcdef"}, {"aaaa"}, {"abab", "babc"}} {
		m := remit.NewMask(secrets...)
		long := secrets[len(secrets)-1]
		whole := "x" + secrets[0] + "-" + long + "y" + long[:2] + "\n" + long
		for i := range whole {
			for j := i; j <= len(whole); j++ {
				var got strings.Builder
				rest := ""
				for _, piece := range []string{whole[:i], whole[i:j], whole[j:]} {
					var masked string
					masked, rest = m.Cut(rest + piece)
					got.WriteString(masked)
				}
				got.WriteString(m.Text(rest))
				if diff := cmp.Diff(m.Text(whole), got.String()); diff != "" {
					t.Fatalf("%q cut at %d and %d (-whole +pieces):\n%s", whole, i, j, diff)
				}
			}
		}
	}
}

func TestWhatIsHeldBackIsBounded(t *testing.T) {
	t.Parallel()
	m, rest := remit.NewMask("aaaa"), ""
	for range 100 {
		_, rest = m.Cut(rest + "a")
		if len(rest) > 8 {
			t.Fatalf("%d bytes are held back", len(rest))
		}
	}
}

func TestAMaskHidesInsideOfJSON(t *testing.T) {
	t.Parallel()
	m := remit.NewMask("12345678", `a"b<c`)
	got := m.JSON(json.RawMessage(`{"n":12345678,"pin":["a\"b<c",1.50],"12345678":{"x":"tell \u0061\"b<c"}}`))
	want := `{"***":{"x":"tell ***"},"n":"***","pin":["***",1.50]}`
	if string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := m.JSON(json.RawMessage(`no JSON 12345678`)); string(got) != "no JSON ***" {
		t.Errorf("%s", got)
	}
}
