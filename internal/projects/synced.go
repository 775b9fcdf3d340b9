package projects

import (
	"fmt"
	"maps"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// KeepSynced makes a change of who is in which team and says, as KeepManaged
// does, when it leaves a project without anybody to give access (R25). The
// change has been made then all the same, and superusers are told of each such
// project, and why: whoever asks keeps it.
func KeepSynced(tx *gate.Tx, why string, change func() error) error {
	e, err := apply(tx, gate.Teams, change)
	if err != nil {
		return err
	}
	e.self = e.standing()
	r, err := e.read(tx.Policy(), asWritten)
	if err != nil {
		return err
	}
	first, told := e.managed(r), maps.Clone(e.absent)
	for {
		id, at, lost := r.lockout(told)
		if !lost {
			return first
		}
		told[id] = true
		if err := tellSuperusers(tx, remit.ProjectID(id), fmt.Sprintf("nobody can give access from %s on: %s", time.UnixMicro(at).UTC().Format(time.RFC3339), why)); err != nil {
			return err
		}
	}
}

// tellSuperusers leaves each a notice of a project that nobody manages.
func tellSuperusers(tx *gate.Tx, project remit.ProjectID, why string) error {
	for _, u := range tx.Source().Users {
		if !u.Superuser || u.Disabled {
			continue
		}
		id := remit.NewID[remit.NoticeID](tx.Now())
		if _, err := tx.Exec(insertProjectNotice, string(id), u.ID, string(project), "unmanaged", why, tx.Now().UnixMicro()); err != nil {
			return err
		}
	}
	return nil
}
