package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// DeclareType makes or replaces a job type, and its run rights with it (R27).
// A declaration that makes no sense is remit.Invalid and names the field. Who
// declares a type anew that lends of itself, whatever they change about it,
// holds what it lends: its command uses it (R24, R28). One that is there
// already, the very same, is not written.
// Jobs that are there already keep what they were made with, but for the
// command, which is that of the type at the claim.
func (s *Service) DeclareType(ctx context.Context, who authz.Subject, t remit.JobType) error {
	_, err := s.DeclareTypes(ctx, who, []remit.JobType{t}, false)
	if e, ok := errors.AsType[*remit.Error](err); ok {
		e.Field = strings.TrimPrefix(strings.TrimPrefix(e.Field, "types.0"), ".")
	}
	return err
}

// Types lists the job types. With a project, each says whether the asker may
// run it there: "run" on nothing or a collection, "run_single" on a file.
// Those that are switched off there say so. Without one, each says "declare"
// where the asker may change it, and the page "create" where they may add one.
func (s *Service) Types(ctx context.Context, who authz.Subject, slug string) (remit.Page[remit.JobType], error) {
	page, err := gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.JobType]]{
		Name: "jobtype.list",
		Read: func(r *gate.Reader) (page remit.Page[remit.JobType], err error) {
			page.Permissions = []string{}
			page.Items, err = types(r)
			switch {
			case err != nil:
			case slug == "":
				declarable(r, &page)
			default:
				err = runnable(r, slug, page.Items)
			}
			return page, err
		},
	})
	s.ready(page.Items)
	return page, err
}

// ready has the schemas of types compiled before a job is submitted, which then
// need not be done while nobody else can write.
func (s *Service) ready(all []remit.JobType) {
	for _, t := range all {
		_, _ = s.schemas.Of(t.Params) // an error is that of the job that is submitted
	}
}

// declarable says what the asker may declare: all, or nothing (R24 bounds what a
// declaration lends).
func declarable(r *gate.Reader, page *remit.Page[remit.JobType]) {
	verbs := r.Actions(authz.Resource{}, "jobtype.declare")
	if len(verbs) == 0 {
		return
	}
	page.Permissions = append(page.Permissions, "create")
	for i := range page.Items {
		page.Items[i].Permissions = slices.Clone(verbs)
	}
}

func runnable(r *gate.Reader, slug string, all []remit.JobType) error {
	project, err := projects.Locate(r, slug)
	if err != nil {
		return err
	}
	if err := r.Require("project.read", project.Resource()); err != nil {
		return err
	}
	off, err := offIn(r, project.ID)
	if err != nil {
		return err
	}
	on := authz.Resource{Project: string(project.ID), Owner: string(owner(r.Who()))}
	for i, t := range all {
		all[i].Off = off[typeIn{project.ID, t.Key}]
		if r.Can("jobtype.switch", project.Resource()).Allowed {
			all[i].Permissions = append(all[i].Permissions, "switch")
		}
		for right, verb := range map[string]string{t.Key: "run", t.Key + ".single": "run_single"} {
			on.Run = right
			if !all[i].Off && r.Can("job.submit", on).Allowed {
				all[i].Permissions = append(all[i].Permissions, verb)
			}
		}
		slices.Sort(all[i].Permissions)
	}
	return nil
}

func types(r db.Reader) ([]remit.JobType, error) {
	all, err := db.Rows(r, scanType, selectTypes)
	if err != nil {
		return nil, fmt.Errorf("reading job types: %w", err)
	}
	return all, nil
}

// TypesOn are the keys of the job types that may be on a kind of thing: "none",
// "file" or "collection", by project, without those that are switched off
// there. It is what archive.RunsOn asks for.
func TypesOn(r db.Reader, kind string) (func(remit.ProjectID) []string, error) {
	all, err := types(r)
	if err != nil {
		return nil, err
	}
	off, err := offAnywhere(r)
	return func(in remit.ProjectID) (keys []string) {
		for _, t := range all {
			if slices.Contains(t.On, kind) && !off[typeIn{in, t.Key}] {
				keys = append(keys, t.Key)
			}
		}
		return keys
	}, err
}

// typeOf finds a job type; an unknown one is remit.Invalid.
func typeOf(r db.Reader, key string) (remit.JobType, error) {
	if !typeKey.MatchString(key) {
		return remit.JobType{}, noType(key)
	}
	t, err := db.One(r, scanType, selectType, key)
	if errors.Is(err, db.ErrNoRows) {
		return t, noType(key)
	}
	if err != nil {
		return t, fmt.Errorf("reading job type %s: %w", key, err)
	}
	return t, nil
}

func noType(key string) error { return invalid("type", "There is no job type %.80q", key) }

func scanType(s db.Scanner, t *remit.JobType) error {
	err := s.Scan(db.FromJSON(t))
	t.Permissions = []string{}
	return err
}

func invalid(field, format string, args ...any) *remit.Error {
	return remit.Errorf(remit.Invalid, format, args...).WithCode("invalid").WithField(field)
}
