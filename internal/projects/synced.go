package projects

import "github.com/remit-server/remit/internal/gate"

// KeepSynced makes a change of who is in which team and says, as KeepManaged
// does, when it leaves a project without anybody to give access (R25). The
// change has been made then all the same: whoever asks may keep it.
func KeepSynced(tx *gate.Tx, change func() error) error {
	return keepManagers(tx, gate.Teams, change)
}
