package agent

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit/client"
)

// written is what the server gets, by stream, of pieces written in turn to
// stdout and stderr.
func written(t *testing.T, pieces ...string) map[string]string {
	t.Helper()
	got := map[string]string{}
	synctest.Test(t, func(t *testing.T) {
		l := newLogs(context.Background(), leased(t, 0, func(r *http.Request) (string, error) {
			var c client.LogChunk
			err := json.NewDecoder(r.Body).Decode(&c)
			got[c.Stream] += c.Data
			return "{}", err
		}))
		for i, p := range pieces {
			l.write([]string{"stdout", "stderr"}[i%2], []byte(p))
		}
		l.close()
	})
	return got
}

func TestACharacterMayBeWrittenInPieces(t *testing.T) {
	got := written(t, "α\xe2", "é\xf0\x9f", "\x82", "\xa6\x8b\n", "\xac ok\n")
	if diff := cmp.Diff(map[string]string{"stdout": "α€ ok\n", "stderr": "é🦋\n"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoTextIsReplaced(t *testing.T) {
	got := written(t, "a\xffb\xe2", "\xc3\xc3\xa9", "c\xf0\x9f")
	if diff := cmp.Diff(map[string]string{"stdout": "a\uFFFDb\uFFFDc\uFFFD", "stderr": "\uFFFDé"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLongOutputArrivesWhole(t *testing.T) {
	text := strings.Repeat("moth 🦋 ", 20_000)
	cut := len(text) - 6 // within a character
	got := written(t, text[:cut], "", text[cut:])
	if got["stdout"] != text {
		t.Errorf("%d bytes of %d arrived", len(got["stdout"]), len(text))
	}
}
