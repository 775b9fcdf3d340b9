package gate_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/remit-server/remit/internal/gate"
)

func TestCallsThatComeWhileOneIsUnderWayAreMadeTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun, goOn := make(chan int, 10), make(chan struct{})
		m := gate.Merge(func(_ context.Context, asked []int) []int {
			begun <- len(asked)
			<-goOn
			answers := slices.Clone(asked)
			for i := range answers {
				answers[i] *= 10
			}
			return answers
		})
		var together sync.WaitGroup
		call := func(n int) {
			together.Go(func() {
				if got, err := m.Call(t.Context(), n); got != 10*n || err != nil {
					t.Errorf("%d was answered %d, %v", n, got, err)
				}
			})
		}
		call(1)
		if n := <-begun; n != 1 {
			t.Errorf("the first call was of %d", n)
		}
		for n := range 5 {
			call(n + 2)
		}
		synctest.Wait() // all five wait
		goOn <- struct{}{}
		if n := <-begun; n != 5 {
			t.Errorf("the second call was of %d, want the five that waited", n)
		}
		close(goOn)
		together.Wait()
	})
}

func TestWhoLeavesBeforeACallHasBegunWasNeverAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, goOn := make(chan struct{}, 1), make(chan struct{})
		var asked []string
		m := gate.Merge(func(_ context.Context, some []string) []error {
			asked = append(asked, some...)
			first <- struct{}{}
			<-goOn
			return make([]error, len(some))
		})
		var together sync.WaitGroup
		together.Go(func() { _, _ = m.Call(t.Context(), "stays") })
		<-first
		ctx, leave := context.WithCancel(t.Context())
		together.Go(func() {
			if _, err := m.Call(ctx, "leaves"); !errors.Is(err, context.Canceled) {
				t.Errorf("who left got %v", err)
			}
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		close(goOn)
		together.Wait()
		if !slices.Equal(asked, []string{"stays"}) {
			t.Errorf("asked for %q", asked)
		}
	})
}

func TestWhoLeavesWhileACallIsUnderWayIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	m := gate.Merge(func(context.Context, []int) []int {
		close(begun)
		<-goOn
		return []int{1}
	})
	defer close(goOn)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := m.Call(ctx, 1)
		left <- err
	}()
	<-begun
	leave()
	select {
	case err := <-left:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
	case <-time.After(patience):
		t.Error("who left waits")
	}
}

func TestSeveralAsksOfOneCallAreAnsweredInTheirOrder(t *testing.T) {
	t.Parallel()
	m := gate.Merge(func(_ context.Context, asked []int) []int {
		answers := slices.Clone(asked)
		for i := range answers {
			answers[i] *= 10
		}
		return answers
	})
	asks, want := make([]int, 250), make([]int, 250)
	for i := range asks {
		asks[i], want[i] = i, 10*i
	}
	got, errs := m.CallAll(t.Context(), asks)
	if !slices.Equal(got, want) || slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		t.Errorf("got %v, %v", got, errs)
	}
}

func TestAPanicIsAnErrorForThoseWhoWait(t *testing.T) {
	t.Parallel()
	m := gate.Merge(func(context.Context, []int) []int { panic("boom") })
	for range 2 {
		if _, err := m.Call(t.Context(), 1); err == nil {
			t.Error("a panic was no error")
		}
	}
}
