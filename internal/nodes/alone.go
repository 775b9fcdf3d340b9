package nodes

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/gate"
)

// maxSession is how long the name of a session is at most, in bytes.
const maxSession = 100

func checkSession(session string) error {
	if len(session) > maxSession || !remit.IsText(session) {
		return invalid("session", "A session is text of at most %d bytes, without zero bytes", maxSession)
	}
	return nil
}

// alone refuses a program with remit.Conflict "node_busy" while another works as the
// same node: it would give back the other's jobs, which it does not know. It takes
// the other's place once that has not been heard of and holds nothing any more. One
// that was restarted has the session that it had; who says none is not asked.
func (s *Service) alone(r *gate.Reader, n row, session string) error {
	if session == "" || n.Session == "" || n.Session == session {
		return nil
	}
	if !n.online(r.Now(), s.jobs.HeartbeatEvery()) {
		held, err := s.jobs.Held(r, n.ID)
		if err != nil {
			return fmt.Errorf("looking at who works as node %s: %w", n.ID, err)
		}
		if len(held) == 0 {
			return nil
		}
	}
	return remit.Errorf(remit.Conflict, "Another program works as node %s", n.Name).WithCode("node_busy").
		WithHint("Register a node for each, or wait: this one begins when the other has not been heard of for a while.")
}
