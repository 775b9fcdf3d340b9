package web

import (
	"context"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/jobs"
)

// submit makes a job from a form and leads to its page.
func (s *site) submit(v *visit) error {
	form := v.r.PostForm
	args, err := splitArgs(lines(form.Get("args")))
	if err != nil {
		return err
	}
	job, err := s.Jobs.Submit(v.ctx(), v.who, v.path("slug"), remit.JobSpec{
		Type: form.Get("type"), Name: form.Get("name"),
		On:   remit.On{File: remit.FileID(form.Get("file")), Collection: remit.CollectionID(form.Get("collection"))},
		Args: args, Start: form.Get("start") == "true",
	})
	if err != nil {
		return err
	}
	return v.redirect("/jobs/" + string(job.ID))
}

// act is a form that does one thing to a job and leads back to its page.
func (s *site) act(do func(context.Context, authz.Subject, remit.JobID) (remit.Job, error)) func(*visit) error {
	return func(v *visit) error {
		job, err := do(v.ctx(), v.who, remit.JobID(v.path("id")))
		if err != nil {
			return err
		}
		return v.redirect("/jobs/" + string(job.ID))
	}
}

// requeue makes a new job from this one and leads to it. A form without the
// field keeps the arguments; an empty field means none.
func (s *site) requeue(v *visit) error {
	source, err := s.Jobs.Job(v.ctx(), v.who, remit.JobID(v.path("id")))
	if err != nil {
		return err
	}
	var change jobs.Requeue
	if form := v.r.PostForm; form.Has("args") && !isArgsOf(source, form) {
		args, err := splitArgs(lines(form.Get("args")))
		if err != nil {
			return err
		}
		change.Args = &args
	}
	job, err := s.Jobs.Requeue(v.ctx(), v.who, source.ID, change)
	if err != nil {
		return err
	}
	return v.redirect("/jobs/" + string(job.ID))
}

// deleteJob removes a finished job and leads to those that are left.
func (s *site) deleteJob(v *visit) error {
	job, err := s.Jobs.Job(v.ctx(), v.who, remit.JobID(v.path("id")))
	if err != nil {
		return err
	}
	if err := s.Jobs.Delete(v.ctx(), v.who, job.ID); err != nil {
		return err
	}
	return v.redirect("/projects/" + job.Project + "/jobs")
}
