package cli

import (
	"bytes"
	"strings"
	"testing"
)

func TestWhatIsTypedEmptyOrTwiceIsRefused(t *testing.T) {
	t.Parallel()
	for args, words := range map[string]string{
		"queue scan --idempotency-key ":         "--idempotency-key is empty",
		"queue scan --name ":                    "--name is empty",
		"queue scan -p ":                        "--project is empty",
		"queue scan --set x=1 --set x=2 -p a":   "x is set twice",
		"schedule create scan --cron y --zone ": "--zone is empty",
		"member list -p ":                       "--project is empty",
		"project types a --on wf --off wf":      "wf is to be on and off",
	} {
		var out, wrong bytes.Buffer
		env := map[string]string{"REMIT_URL": "http://127.0.0.1:1", "REMIT_KEY": "key", "HOME": t.TempDir()}
		exit := Main(strings.Split(args, " "), Streams{In: strings.NewReader(""), Out: &out, Err: &wrong, Env: func(name string) string { return env[name] }})
		if exit != 2 || !strings.Contains(wrong.String(), words) {
			t.Errorf("%s: exit %d, %s", args, exit, wrong.String())
		}
	}
}
