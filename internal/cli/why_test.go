package cli

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
)

func TestAKeyThatMayNotLookIsNotSentToAskWhy(t *testing.T) {
	t.Parallel()
	file := string(remit.FileID("file_06eajh8a027ea82k7fa8qn1a0r"))
	for _, c := range []struct {
		x    remit.Explanation
		want string
	}{
		{remit.Explanation{Rule: "R5", Permission: "file:read_private", Thing: file}, ""},
		{remit.Explanation{Rule: "R5", Permission: "file:read", Project: "moths"}, "remit why file:read --project moths"},
		{remit.Explanation{Rule: "R5", Permission: "file:download", Thing: file}, "remit why file:download --on " + file},
		{remit.Explanation{Rule: "R14", Permission: "file:read", Thing: file}, "remit why file:read --on " + file},
	} {
		var said strings.Builder
		(&app{Streams: Streams{Err: &said}}).tellWhy(&c.x)
		if got := said.String(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.x, got, c.want)
		}
	}
}
