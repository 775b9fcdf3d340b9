package policyfile_test

import (
	"strings"
	"testing"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/policyfile"
)

// written are the entries of the audit log about an operation, oldest first,
// each with what was decided and what it says.
func (w *world) written(operation string) (lines []string) {
	w.Helper()
	w.must(w.db.Read(w.Context(), func(r db.Reader) (err error) {
		lines, err = db.Rows(r, func(s db.Scanner, line *string) error {
			var actor, detail string
			var allowed bool
			err := s.Scan(&actor, &allowed, &detail)
			*line = actor + map[bool]string{true: " did ", false: " was refused "}[allowed] + detail
			return err
		}, `SELECT actor, allowed, detail FROM audit_entries WHERE operation = $1 ORDER BY id`, operation)
		return err
	}))
	return lines
}

func TestWhatIsAppliedAndRefusedIsInTheAuditLogInWords(t *testing.T) {
	inWorlds(t, func(w *world) {
		w.apply("roles: [{name: reader, allow: ['project:view', 'member:read']}]\nprojects: {sky: {entries: [{user: bob, permission: 'job:read', effect: deny}]}, moths: {members: [{user: ada, role: owner}, {user: bob, role: reader}]}}")
		_, err := w.Apply(w.Context(), w.person("dan"), policyfile.Request{Files: file("roles: []")})
		wantError(w.T, err, remit.Denied, "")
		got := strings.Join(w.written("policy.apply"), "\n")
		for _, line := range []string{"root did 3 changes", "~ role: reader -job:read", "root did + member in moths: bob: reader", "root did + entry in sky: bob: deny job:read", "dan was refused "} {
			if !strings.Contains(got, line) {
				w.Errorf("the log lacks %q:\n%s", line, got)
			}
		}
		before := len(w.written("policy.apply"))
		w.plan("roles: [{name: x}]")
		if len(w.written("policy.apply")) != before {
			w.Error("a plan is in the log")
		}
	})
}
