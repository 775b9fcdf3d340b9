package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/audit"
	"github.com/remit-server/remit/internal/db"
)

// lockOut are the codes of R25: what would leave nobody who can give access.
var lockOut = []string{"last_manager", "last_superuser"}

// refusedLate says whether an error of Apply is a refusal (R24, R25, another
// thing that the change needs), and which rule speaks.
func refusedLate(err error) (e *remit.Error, rule string, ok bool) {
	e, ok = errors.AsType[*remit.Error](err)
	switch {
	case !ok:
		return nil, "", false
	case e.Decision != nil:
		return e, fmt.Sprintf("R%d", e.Decision.Rule), true
	case slices.Contains(lockOut, e.Code):
		return e, "R25", true
	}
	return e, "R24", e.Kind == remit.Denied
}

// writeTakenBack writes down that Apply refused what the check had permitted.
// Its own transaction was taken back, and so this is another one.
func (tx *Tx) writeTakenBack(ctx context.Context, g *Gate, err error) error {
	if tx == nil || !tx.allowed || tx.unwritten() {
		return err
	}
	refusal, rule, ok := refusedLate(err)
	if !ok {
		return err
	}
	e := tx.entry
	e.Allowed, e.Rule, e.Permission, e.Detail = false, rule, "", refusal.Message
	if refusal.Decision != nil {
		e.Permission = refusal.Decision.Permission
	}
	if failed := g.db.Write(ctx, db.Shared, func(dtx *db.Tx) error { return audit.Append(dtx, e) }); failed != nil {
		return failed
	}
	return err
}
