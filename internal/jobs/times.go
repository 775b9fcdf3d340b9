package jobs

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// maxTimed bounds of how many jobs one look at statistics takes the times.
const maxTimed = 200_000

// times are how long jobs waited and ran, in microseconds, by group.
type times map[string]*struct{ waited, ran []int64 }

// times reads them of the last jobs that ended in the interval.
func (in Interval) times(r *gate.Reader, c conditions) (times, error) {
	all := times{}
	query, args := c.within(r, selectTimes, in.By, "finished_at", in)
	err := db.Each(r, func(s db.Scanner) error {
		var key string
		var waited *int64 // nil for what was never asked to run
		var ran int64
		if err := s.Scan(&key, &waited, &ran); err != nil {
			return err
		}
		if all[key] == nil {
			all[key] = &struct{ waited, ran []int64 }{}
		}
		of := all[key]
		if of.ran = append(of.ran, ran); waited != nil {
			of.waited = append(of.waited, *waited)
		}
		return nil
	}, query+strconv.Itoa(maxTimed), args...)
	if err != nil {
		return nil, fmt.Errorf("reading how long jobs waited and ran: %w", err)
	}
	return all, nil
}

func (t times) waiting(key string) *remit.Durations {
	if t[key] == nil {
		return nil
	}
	return durations(t[key].waited)
}

func (t times) running(key string) *remit.Durations {
	if t[key] == nil {
		return nil
	}
	return durations(t[key].ran)
}

func (t times) allWaiting() *remit.Durations {
	var all []int64
	for _, of := range t {
		all = append(all, of.waited...)
	}
	return durations(all)
}

func (t times) allRunning() *remit.Durations {
	var all []int64
	for _, of := range t {
		all = append(all, of.ran...)
	}
	return durations(all)
}

// durations are the values at the nearest ranks; nil of none. It sorts them.
func durations(micros []int64) *remit.Durations {
	n := len(micros)
	if n == 0 {
		return nil
	}
	slices.Sort(micros)
	at := func(percent int) float64 { return float64(micros[(n*percent+99)/100-1]) / 1e6 }
	return &remit.Durations{Count: n, MedianS: at(50), P90S: at(90), P99S: at(99)}
}
