package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/remit-server/remit/internal/gate"
)

func TestEventsThatCameTogetherAreOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		told, clock, looks := make(chan gate.Event, 100), make(chan time.Time), 0
		go whenTold(ctx, told, clock, func() {
			time.Sleep(time.Second)
			looks++
		})
		for range 100 {
			told <- gate.Event{Topic: "job_due"}
		}
		time.Sleep(time.Minute)
		if looks != 2 {
			t.Errorf("a hundred events were looked at %d times, want once after the first look", looks)
		}
		clock <- time.Time{}
		time.Sleep(time.Minute)
		told <- gate.Event{}
		time.Sleep(time.Minute)
		if looks != 4 {
			t.Errorf("it looked %d times, want once more by the clock and once for one event", looks)
		}
		cancel()
		synctest.Wait()
	})
}

func TestNothingIsLookedAtOverAndOverWhenNoMoreEventsCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		told, clock, looks := make(chan gate.Event, 2), make(chan time.Time), 0
		go whenTold(ctx, told, clock, func() {
			time.Sleep(time.Second)
			looks++
		})
		told <- gate.Event{}
		close(told)
		time.Sleep(time.Minute)
		if looks != 2 {
			t.Errorf("it looked %d times, want once at first and once for one event", looks)
		}
		clock <- time.Time{}
		time.Sleep(time.Minute)
		if looks != 3 {
			t.Errorf("it looked %d times, want once more by the clock", looks)
		}
		cancel()
		synctest.Wait()
	})
}
