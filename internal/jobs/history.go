package jobs

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// happened words the operations that a job's history is made of.
var happened = map[string]string{
	"job.create":  "created",
	"job.submit":  "created and asked to run",
	"job.run":     "asked to run",
	"job.retry":   "asked to run again",
	"job.requeue": "requeued",
	"job.update":  "changed",
	"job.cancel":  "cancelled",
	"job.expire":  "artifacts let go",
	"job.extend":  "artifacts kept",
	"job.wrest":   "taken from its node",
	"job.claim":   "claimed",
	"job.start":   "started",
	"job.finish":  "finished",
	"job.release": "given back",
	"job.cleanup": "cleaned up",
	"job.clean":   "removed",
	"job.lose":    "lease ended",
	"job.hold":    "held",
	"job.free":    "freed",
	"job.begin":   "begun",
	"job.refuse":  "a step was refused",
}

// History is what happened to a job, oldest first: its entries in the audit
// log. A node is told what it did itself. The details are for those who may read
// what the job read: they quote its errors.
func (s *Service) History(ctx context.Context, who authz.Subject, id remit.JobID) ([]remit.JobEvent, error) {
	return look(ctx, s, who, id, func(r *gate.Reader, j row) ([]remit.JobEvent, error) {
		open, err := seesOutcome(r, j)
		if err != nil {
			return nil, err
		}
		entries, err := r.History(string(j.ID))
		events := []remit.JobEvent{}
		for _, e := range entries {
			if r.Who().Kind != authz.Node || e.ActorID == r.Who().ID {
				events = append(events, remit.JobEvent{At: e.At, By: by(e), What: worded(e.Operation), Detail: only(open, e.Detail)})
			}
		}
		return events, err
	})
}

func by(e gate.Entry) string {
	switch e.ActorKind {
	case "node", "system":
		return e.ActorKind + " " + e.Actor
	}
	return e.Actor
}

func worded(operation string) string {
	if words, ok := happened[operation]; ok {
		return words
	}
	return operation
}
