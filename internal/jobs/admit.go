package jobs

import (
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// loan is what a job may read: the files of a thing that all of readers may.
type loan struct {
	of      thing
	readers []authz.Subject
	files   []input // those that parameters name
	taken   []input // artifacts of other steps
	gone    bool    // it can never run: what it takes of other steps is not there any more
}

// admit says whether a queued or held job may run now: on what, or why not
// (R26). It lists no files.
func (s *Service) admit(r *gate.Reader, j *row) (lent loan, reason string, err error) {
	lent, reason, err = s.lendable(r, j)
	if err == nil && reason == "" {
		reason, err = s.sealed(r, j)
	}
	return lent, reason, err
}

// sealed says why the secrets of a job cannot be given to its node.
func (s *Service) sealed(r *gate.Reader, j *row) (reason string, err error) {
	if name, err := s.toldSecret(r, j); err != nil || name != "" {
		return "its secret parameter " + name + " is none any more in its type: requeue it with all parameters given anew", err
	}
	_, err = s.secrets(r, j)
	if kind := remit.KindOf(err); kind == remit.Unavailable || kind == remit.Gone {
		return "its secret parameters cannot be opened: " + err.Error(), nil
	}
	return "", err
}

// lendable is what a job may read, or why it may not run, but for its secrets.
func (s *Service) lendable(r *gate.Reader, j *row) (lent loan, reason string, err error) {
	if off, err := s.known.isOff(r, j.Project, j.Type); off || err != nil {
		return lent, "its type " + j.Type + " is switched off in this project", err
	}
	runner, reason, err := s.runner(r, j)
	if err != nil || reason != "" {
		return lent, reason, err
	}
	run := r.HoldsAs(runner, "job:run."+remit.RunRight(j.Type, j.on()), j.resource())
	if !run.Allowed {
		may := func(who authz.Subject) bool { return r.HoldsAs(who, run.Permission, j.resource()).Allowed }
		return lent, j.lacks(runner, run.Permission, fmt.Sprintf("its runner %s may not run it%s: %s is missing", runner.Name, j.anyMore(), run.Permission), may), nil
	}
	t, err := locate(r, j.on())
	switch {
	case isAbsent(err):
		return lent, "what it is on is not there any more", nil
	case err != nil:
		return lent, "", err
	case t.place == onFile && t.file.State != remit.FilePresent:
		return lent, "the file that it is on is " + t.file.State, nil
	}
	readers, reason, err := s.readers(r, j, runner)
	if err != nil || reason != "" {
		return lent, reason, err
	}
	for _, who := range readers {
		if !t.readableBy(r, who) {
			return lent, j.unread(who, "what it is on", func(who authz.Subject) bool { return t.readableBy(r, who) }), nil
		}
	}
	files, reason, err := lentFiles(r, readers, j)
	if err != nil || reason != "" {
		return lent, reason, err
	}
	lent = loan{of: t, readers: readers, files: files}
	reason, err = lendTaken(r, j, &lent)
	return lent, reason, err
}

// anyMore says that who may not run a job once could. Of one that never ran that is
// not known: the runner of a step is asked for that right at the claim first.
func (j *row) anyMore() string {
	if j.Attempt == 0 {
		return ""
	}
	return " any more"
}

// runner is a live subject for who asked to run the job, with the caps of the
// key that was used; or the reason why there is none.
func (s *Service) runner(r *gate.Reader, j *row) (authz.Subject, string, error) {
	if name, ok := cutSystem(j.Runner); ok {
		if name == local && r.OpenToAll() {
			return authz.Subject{Kind: authz.Local, Name: local}, "", nil
		}
		return authz.Subject{Kind: authz.System, ID: name, Name: name}, "", nil
	}
	who, err := s.known.person(r, remit.UserID(j.Runner), j.RunnerKey)
	return orReason(who, err, "its runner cannot act")
}

// readers are those who must be able to read what the job is on: its runner
// and its owner, the latter whatever key was used.
func (s *Service) readers(r *gate.Reader, j *row, runner authz.Subject) ([]authz.Subject, string, error) {
	readers := []authz.Subject{runner}
	if j.Owner == "" {
		return readers, "", nil
	}
	who, err := s.known.person(r, j.Owner, "")
	who, reason, err := orReason(who, err, "its owner cannot act")
	return append(readers, who), reason, err
}

// orReason turns "nobody is behind this any more" into words.
func orReason(who authz.Subject, err error, what string) (authz.Subject, string, error) {
	if remit.KindOf(err) == remit.Unauthenticated {
		return who, what + ": " + err.Error(), nil
	}
	return who, "", err
}
