package jobs_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/jobs"
)

// legal is typed by hand from the rules, not from the table: "event>state",
// for each state that a job can be in.
var legal = map[remit.JobState]string{
	"created":    "run>queued wait>held cancel>cancelled",
	"queued":     "claim>claimed begin>running hold>held refuse>failed cancel>cancelled",
	"held":       "free>queued run>queued refuse>failed cancel>cancelled",
	"claimed":    "start>running succeed>succeeded fail>failed again>queued release>queued lose>queued exhaust>failed cancel>cancelling",
	"running":    "start>running succeed>succeeded fail>failed again>queued release>queued lose>queued exhaust>failed cancel>cancelling",
	"cancelling": "start>cancelling cancel>cancelling succeed>cancelled fail>cancelled stop>cancelled release>cancelled lose>cancelled",
	"cancelled":  "cancel>cancelled retry>queued wait>held",
	"succeeded":  "cancel>succeeded",
	"failed":     "cancel>failed retry>queued wait>held",
}

var events = strings.Fields("run claim start succeed fail again stop release lose exhaust hold free cancel retry wait begin refuse")

func TestEveryMoveIsLegalExactlyWhenTheRulesSayIt(t *testing.T) {
	t.Parallel()
	for state, moves := range legal {
		want := map[string]remit.JobState{}
		for _, move := range strings.Fields(moves) {
			event, to, _ := strings.Cut(move, ">")
			want[event] = remit.JobState(to)
		}
		for _, event := range events {
			got, err := jobs.Next(state, jobs.Event(event))
			to, ok := want[event]
			switch {
			case ok && (err != nil || got != to):
				t.Errorf("%s on %s leads to %s (%v), want %s", event, state, got, err, to)
			case !ok && (remit.CodeOf(err) != "wrong_state" || got != state):
				t.Errorf("%s on %s leads to %s (%v), want a refusal with code wrong_state", event, state, got, err)
			}
		}
	}
}

func TestWhatIsOverStaysOverUnlessSomebodyRetriesIt(t *testing.T) {
	t.Parallel()
	for _, m := range jobs.Moves() {
		if m.From.Finished() && m.To != m.From && m.Event != jobs.Retry && m.Event != jobs.Wait {
			t.Errorf("%s revives a job that is %s", m.Event, m.From)
		}
		if m.From == remit.JobSucceeded && m.To != remit.JobSucceeded {
			t.Errorf("%s undoes a success", m.Event)
		}
	}
}
