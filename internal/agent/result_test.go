package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/remit-server/remit"
)

func TestAProgramGivesItsResultInAFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, script, want string }{
		{"an object", `printf '{"found": 3}\n' > "$REMIT_RESULT"`, `{"found": 3}`},
		{"an empty object", `printf '{}' > "$REMIT_RESULT"`, `{}`},
		{"from another directory", `cd / && printf '{"at": "%s"}' "$PWD" > "$REMIT_RESULT"`, `{"at": "/"}`},
		{"no file", `true`, ``},
		{"one of the greatest length", `awk 'BEGIN { printf "{\"a\":\"%065528d\"}", 0 }' > "$REMIT_RESULT"`, `{"a":"` + strings.Repeat("0", 65528) + `"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, out := workWith(t, "sh", "-c", c.script)
			got := (&Process{}).Execute(t.Context(), w)
			if got.State != remit.JobSucceeded || got.ExitCode == nil || *got.ExitCode != 0 {
				t.Fatalf("%s: %s, output %s", got.State, got.Error, out)
			}
			if diff := cmp.Diff(c.want, string(got.Result)); diff != "" {
				t.Errorf("result (-want +got):\n%.400s", diff)
			}
		})
	}
}

func TestAResultThatIsNoneFailsTheAttempt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, script, want string }{
		{"no JSON", `echo 'found 3' > "$REMIT_RESULT"`, "no JSON"},
		{"more after the object", `echo '{} {}' > "$REMIT_RESULT"`, "no JSON"},
		{"a list", `echo '[3]' > "$REMIT_RESULT"`, "no JSON object"},
		{"null", `echo null > "$REMIT_RESULT"`, "no JSON object"},
		{"an empty file", `: > "$REMIT_RESULT"`, "empty"},
		{"no UTF-8", `printf '{"a": "\377"}' > "$REMIT_RESULT"`, "UTF-8"},
		{"one byte too many", `awk 'BEGIN { printf "{\"a\":\"%065529d\"}", 0 }' > "$REMIT_RESULT"`, "65537 bytes, and 65536 are allowed"},
		{"a link out of the directory", `ln -s /etc/hostname "$REMIT_RESULT"`, "a link"},
		{"a pipe", `mkfifo "$REMIT_RESULT"`, "a pipe"},
		{"a directory", `mkdir "$REMIT_RESULT"`, "a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, _ := workWith(t, "sh", "-c", c.script)
			got := (&Process{}).Execute(t.Context(), w)
			if got.State != remit.JobFailed || got.Result != nil || !strings.Contains(got.Error, "REMIT_RESULT") || !strings.Contains(got.Error, c.want) {
				t.Errorf("%s: %q, result %s", got.State, got.Error, got.Result)
			}
			if got.ExitCode == nil || *got.ExitCode != 0 {
				t.Errorf("the exit code is %v", got.ExitCode)
			}
		})
	}
}

func TestAProgramThatFailsGivesNoResult(t *testing.T) {
	t.Parallel()
	w, _ := workWith(t, "sh", "-c", `echo '{"found": 3}' > "$REMIT_RESULT"; exit 4`)
	if got := (&Process{}).Execute(t.Context(), w); got.State != remit.JobFailed || got.Result != nil || *got.ExitCode != 4 {
		t.Errorf("%s with %s", got.State, got.Result)
	}
}

func TestALongLabelIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	p, ok := parseProgress("::progress 0.5 x" + strings.Repeat("é", 150))
	want := remit.Progress{Fraction: 0.5, Stages: []remit.Stage{{Label: "x" + strings.Repeat("é", 99)}}}
	if diff := cmp.Diff(want, p); !ok || diff != "" {
		t.Error(diff)
	}
}
