// Package schedules makes jobs at the times of cron expressions.
//
// Its one invariant: each time of a schedule is dealt with once, in one
// transaction with the job that it makes, by the rights that the schedule's
// owner has at that moment (R26).
//
//	plans := schedules.New(g, queue)
//	s, err := plans.Create(ctx, who, "moths", schedules.Plan{Cron: "30 2 * * *", Zone: "Europe/Berlin", Job: spec})
//	fired, err := plans.Fire(ctx) // every few seconds
package schedules

import (
	_ "time/tzdata" // zones are known wherever the program runs

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
)

// Service is all that can be asked about schedules. It is safe for concurrent use.
type Service struct {
	gate *gate.Gate
	jobs *jobs.Service
}

// New makes the service that works through g and makes its jobs in queue.
func New(g *gate.Gate, queue *jobs.Service) *Service { return &Service{gate: g, jobs: queue} }

// scheduler is who fires schedules.
var scheduler = authz.Subject{Kind: authz.System, ID: "scheduler", Name: "scheduler"}

func invalid(field, format string, args ...any) *remit.Error {
	return remit.Errorf(remit.Invalid, format, args...).WithCode("invalid").WithField(field)
}
