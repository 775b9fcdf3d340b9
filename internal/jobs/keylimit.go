package jobs

import (
	"fmt"

	"github.com/remit-server/remit/authz"
)

// lacks is why somebody may not do what a job takes: the limit of the key that it
// was started with, if whoever is behind that may, else reason.
func (j *row) lacks(who authz.Subject, what, reason string, may func(authz.Subject) bool) string {
	if who.Caps == nil {
		return reason
	}
	if who.Caps = nil; !may(who) {
		return reason
	}
	return fmt.Sprintf("the API key that it was started with does not cover %s: `remit run %s` with another key, or without one, frees it", what, j.ID)
}

// unread is lacks for what a job reads.
func (j *row) unread(who authz.Subject, what string, may func(authz.Subject) bool) string {
	return j.lacks(who, "reading "+what, who.Name+" may not read "+what+" any more", may)
}
