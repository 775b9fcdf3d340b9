package jobs

import (
	"github.com/remit-server/remit"
)

// Event is something that moves a job from one state to another.
type Event string

// The events of a job's life.
const (
	Run     Event = "run"     // somebody asks to run a created or held job
	Claim   Event = "claim"   // a node takes it
	Start   Event = "start"   // the node begins to work
	Succeed Event = "succeed" // the node ends it well
	Fail    Event = "fail"    // the node ends it badly, and no attempt is left
	Again   Event = "again"   // the node ends it badly, and an attempt is left
	Stop    Event = "stop"    // the node says that it has stopped a cancelled job
	Release Event = "release" // the node gives it back unfinished
	Lose    Event = "lose"    // the lease ended or was taken away
	Exhaust Event = "exhaust" // as Lose, and no attempt is left
	Hold    Event = "hold"    // the runner may not run it any more
	Free    Event = "free"    // the runner may run it again
	Cancel  Event = "cancel"
	Retry   Event = "retry"
	Begin   Event = "begin"  // a workflow begins with its steps; no node has it
	Refuse  Event = "refuse" // what it takes of other steps is not there any more
	Wait    Event = "wait"   // somebody asks to run it, and jobs that it needs have not succeeded
)

// Move is one row of the transition table.
type Move struct {
	From  remit.JobState
	Event Event
	To    remit.JobState
}

// Moves is every legal move of a job; what is not here is refused.
func Moves() []Move {
	return []Move{
		{remit.JobCreated, Run, remit.JobQueued},
		{remit.JobCreated, Wait, remit.JobHeld},
		{remit.JobCreated, Cancel, remit.JobCancelled},

		{remit.JobQueued, Claim, remit.JobClaimed},
		{remit.JobQueued, Begin, remit.JobRunning},
		{remit.JobQueued, Hold, remit.JobHeld},
		{remit.JobQueued, Refuse, remit.JobFailed},
		{remit.JobQueued, Cancel, remit.JobCancelled},

		{remit.JobHeld, Free, remit.JobQueued},
		{remit.JobHeld, Run, remit.JobQueued},
		{remit.JobHeld, Refuse, remit.JobFailed},
		{remit.JobHeld, Cancel, remit.JobCancelled},

		{remit.JobClaimed, Start, remit.JobRunning},
		{remit.JobClaimed, Succeed, remit.JobSucceeded}, // too quick to say that it began
		{remit.JobClaimed, Fail, remit.JobFailed},       // its inputs could not be fetched
		{remit.JobClaimed, Again, remit.JobQueued},
		{remit.JobClaimed, Release, remit.JobQueued},
		{remit.JobClaimed, Lose, remit.JobQueued},
		{remit.JobClaimed, Exhaust, remit.JobFailed},
		{remit.JobClaimed, Cancel, remit.JobCancelling},

		{remit.JobRunning, Start, remit.JobRunning}, // said again after a lost answer
		{remit.JobRunning, Succeed, remit.JobSucceeded},
		{remit.JobRunning, Fail, remit.JobFailed},
		{remit.JobRunning, Again, remit.JobQueued},
		{remit.JobRunning, Release, remit.JobQueued},
		{remit.JobRunning, Lose, remit.JobQueued},
		{remit.JobRunning, Exhaust, remit.JobFailed},
		{remit.JobRunning, Cancel, remit.JobCancelling},

		// However the attempt of a cancelled job ends, the job is cancelled.
		{remit.JobCancelling, Start, remit.JobCancelling},
		{remit.JobCancelling, Cancel, remit.JobCancelling},
		{remit.JobCancelling, Succeed, remit.JobCancelled},
		{remit.JobCancelling, Fail, remit.JobCancelled},
		{remit.JobCancelling, Stop, remit.JobCancelled},
		{remit.JobCancelling, Release, remit.JobCancelled},
		{remit.JobCancelling, Lose, remit.JobCancelled},

		// Cancelling what is over changes nothing.
		{remit.JobSucceeded, Cancel, remit.JobSucceeded},
		{remit.JobFailed, Cancel, remit.JobFailed},
		{remit.JobCancelled, Cancel, remit.JobCancelled},

		{remit.JobFailed, Retry, remit.JobQueued},
		{remit.JobCancelled, Retry, remit.JobQueued},
		{remit.JobFailed, Wait, remit.JobHeld},
		{remit.JobCancelled, Wait, remit.JobHeld},
	}
}

var table = func() map[Move]remit.JobState {
	to := map[Move]remit.JobState{}
	for _, m := range Moves() {
		to[Move{From: m.From, Event: m.Event}] = m.To
	}
	return to
}()

// Next is the state that an event leads to. An illegal move is a
// remit.Conflict with code "wrong_state".
func Next(state remit.JobState, event Event) (remit.JobState, error) {
	if to, ok := table[Move{From: state, Event: event}]; ok {
		return to, nil
	}
	return state, remit.Errorf(remit.Conflict, "a job that is %s does not take %q: %s", state, event, situation[state]).
		WithCode("wrong_state")
}

// situation says in a few words why a state refuses what it refuses.
var situation = map[remit.JobState]string{
	remit.JobCreated:    "nobody has asked to run it yet",
	remit.JobQueued:     "it waits for a node",
	remit.JobHeld:       "it waits for a right or another job",
	remit.JobClaimed:    "a node has it and has not started",
	remit.JobRunning:    "a node works on it",
	remit.JobCancelling: "its node has been told to stop",
	remit.JobCancelled:  "it was cancelled",
	remit.JobSucceeded:  "it has succeeded",
	remit.JobFailed:     "it has failed",
}
