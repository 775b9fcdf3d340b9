package schedules

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/jobs"
	"github.com/remit-server/remit/internal/projects"
)

// Schedules lists those of a project that the asker may see, oldest first.
func (s *Service) Schedules(ctx context.Context, who authz.Subject, slug string, limit int, after string) (page remit.Page[remit.Schedule], err error) {
	if after != "" && !remit.IsID[remit.ScheduleID](after) {
		return page, badCursor(after)
	}
	if limit, err = remit.Limit(limit); err != nil {
		return page, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Schedule]]{
		Name: "schedule.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Schedule], error) { return s.list(r, slug, limit, after) },
	})
}

func badCursor(after string) error {
	return invalid("after", "%.80q is no cursor of this list", after).WithHint("Use the `next` of the page before.")
}

func (s *Service) list(r *gate.Reader, slug string, limit int, after string) (page remit.Page[remit.Schedule], err error) {
	project, err := projects.Locate(r, slug)
	if err == nil {
		err = r.Require("project.read", project.Resource())
	}
	if err != nil {
		return page, err
	}
	query, args := selectSchedules(r, project.ID, after, limit+1)
	rows, err := db.Rows(r, scanSchedule, query, args...)
	if err != nil {
		return page, fmt.Errorf("listing schedules: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = string(rows[limit-1].ID)
	}
	page.Permissions = []string{}
	if r.Holds("schedule:create", project.Resource()).Allowed && r.Holds("job:create", project.Resource()).Allowed {
		page.Permissions = append(page.Permissions, "create") // of those types that one may run
	}
	page.Items, err = s.presentAll(r, rows)
	return page, err
}

// Schedule is one schedule, or gate.NotFound("schedules").
func (s *Service) Schedule(ctx context.Context, who authz.Subject, id remit.ScheduleID) (remit.Schedule, error) {
	return look(ctx, s, who, id, s.present)
}

func look[R any](ctx context.Context, s *Service, who authz.Subject, id remit.ScheduleID, read func(*gate.Reader, row) (R, error)) (R, error) {
	var found row
	return gate.View(ctx, s.gate, who, gate.Query[R]{
		Name: "schedule.read",
		On: func(r *gate.Reader) (on authz.Resource, err error) {
			found, err = find(r, id)
			return found.resource(), err
		},
		Read: func(r *gate.Reader) (R, error) { return read(r, found) },
	})
}

func (s *Service) present(r *gate.Reader, one row) (remit.Schedule, error) {
	all, err := s.presentAll(r, []row{one})
	if err != nil {
		return remit.Schedule{}, err
	}
	return all[0], nil
}

// presentAll shows schedules that the asker may read. What their jobs are on, and
// files of parameters, are left out where the asker may not read them, and secrets.
func (s *Service) presentAll(r *gate.Reader, rows []row) ([]remit.Schedule, error) {
	specs, in := make([]remit.JobSpec, len(rows)), make([]remit.ProjectID, len(rows))
	for i, one := range rows {
		specs[i], in[i] = one.Spec, one.Project
	}
	shown, err := s.jobs.ShownSpecs(r, specs)
	if err != nil {
		return nil, fmt.Errorf("looking up what schedules are on: %w", err)
	}
	slugs, err := projects.Slugs(r, in...)
	if err != nil {
		return nil, fmt.Errorf("looking up the projects of schedules: %w", err)
	}
	held, err := heldOf(r, rows)
	if err != nil {
		return nil, err
	}
	all := make([]remit.Schedule, len(rows))
	for i, one := range rows {
		if all[i], err = one.describe(r); err != nil {
			return nil, err
		}
		all[i].Project, all[i].Held, all[i].Job = slugs[one.Project], held[one.Owner], shown[i].JobSpec
		if keepsFromRun(shown[i]) != "" {
			all[i].Permissions = slices.DeleteFunc(all[i].Permissions, func(verb string) bool { return verb == "run" })
		}
	}
	return all, nil
}

// heldOf says why owners cannot act; each is looked up once.
func heldOf(r *gate.Reader, rows []row) (map[remit.UserID]string, error) {
	held := map[remit.UserID]string{}
	for _, s := range rows {
		if _, known := held[s.Owner]; known {
			continue
		}
		_, reason, err := s.owner(r)
		if err != nil {
			return nil, fmt.Errorf("looking up the owner of schedule %s: %w", s.ID, err)
		}
		held[s.Owner] = reason
	}
	return held, nil
}

func (s *row) describe(r *gate.Reader) (shown remit.Schedule, err error) {
	t, err := s.plan()
	if err != nil {
		return shown, err
	}
	shown = remit.Schedule{ID: s.ID, Title: s.Title, Owner: r.UserName(s.Owner), Cron: s.Cron, Zone: s.Zone, Job: s.Spec,
		Missed: s.Missed, Overlap: s.Overlap, Paused: s.Paused, Next: []time.Time{}, CreatedAt: s.CreatedAt}
	if !s.Paused {
		shown.Next = t.upcoming(r.Now(), shownNext)
	}
	shown.Permissions = append([]string{}, r.Actions(s.resource(), "schedule.read", "schedule.update", "schedule.pause", "schedule.delete", "schedule.run")...)
	if s.ownedBy(r.Who()) != nil {
		shown.Permissions = slices.DeleteFunc(shown.Permissions, func(verb string) bool { return verb == "update" })
	}
	return shown, nil
}

// shownNext is how many firings to come are shown.
const shownNext = 5

// keptFirings is how many firings of a schedule are remembered, besides those
// whose job has not ended.
const keptFirings = 1000

// Firings lists what came of a schedule's times, the latest first. A job is
// named to those who may see it.
func (s *Service) Firings(ctx context.Context, who authz.Subject, id remit.ScheduleID, limit int, after string) (page remit.Page[remit.Firing], err error) {
	before := int64(math.MaxInt64)
	if after != "" {
		if before, err = strconv.ParseInt(after, 10, 64); err != nil {
			return page, badCursor(after)
		}
	}
	if limit, err = remit.Limit(limit); err != nil {
		return page, err
	}
	return look(ctx, s, who, id, func(r *gate.Reader, s row) (remit.Page[remit.Firing], error) { return firings(r, s, limit, before) })
}

func firings(r *gate.Reader, s row, limit int, before int64) (page remit.Page[remit.Firing], err error) {
	page.Permissions = []string{}
	page.Items, err = db.Rows(r, scanFiring, selectFirings, s.ID, before, limit+1)
	if err != nil {
		return page, fmt.Errorf("listing what came of schedule %s: %w", s.ID, err)
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = strconv.FormatInt(page.Items[limit-1].DueAt.UnixMicro(), 10)
	}
	var made []remit.JobID
	for _, f := range page.Items {
		if f.Job != "" {
			made = append(made, f.Job)
		}
	}
	seen, err := jobs.Visible(r, made)
	for i := range page.Items {
		f := &page.Items[i]
		if f.By != local {
			f.By = r.UserName(remit.UserID(f.By))
		}
		if !seen[f.Job] {
			f.Job = ""
		}
	}
	return page, err
}
