package projects

import (
	"context"
	"slices"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// maxTold bounds how many are told of one request; the others find it in the list.
const maxTold = 100

// deciders are those who are told of a request: who decides on it and holds
// something in the project, else everybody who decides on it.
func deciders(r *gate.Reader, q requestRow) []remit.UserID {
	project, on, now := string(q.project), authz.Resource{Project: string(q.project)}, r.Now().UnixMicro()
	all := r.Policy().Who(grantRight, on, now)
	if q.Role != "" {
		all = append(all, r.Policy().Who(assignRight+q.Role, on, now)...)
		slices.Sort(all)
	}
	all = slices.DeleteFunc(slices.Compact(all), func(id string) bool {
		who := authz.Subject{Kind: authz.Person, ID: id}
		return id == string(q.user) || !r.Policy().Can(who, "request.review", q.resource(), now).Allowed
	})
	near := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !r.Policy().Holds(id, project) })
	if len(near) > 0 {
		all = near
	}
	told := make([]remit.UserID, 0, min(len(all), maxTold))
	for _, id := range all[:min(len(all), maxTold)] {
		told = append(told, remit.UserID(id))
	}
	return told
}

func tell(tx *gate.Tx, q requestRow, what string, whom ...remit.UserID) error {
	for _, user := range whom {
		id := remit.NewID[remit.NoticeID](tx.Now())
		if _, err := tx.Exec(insertNotice, string(id), string(user), string(q.ID), what, tx.Now().UnixMicro()); err != nil {
			return err
		}
	}
	return nil
}

// Notices lists what a person is told of, oldest first: only what they may see now.
func (s *Service) Notices(ctx context.Context, who authz.Subject, unread bool, limit int, after string) (page remit.Page[remit.Notice], err error) {
	if limit, err = remit.Limit(limit); err == nil {
		err = checkCursor[remit.NoticeID](after)
	}
	if err != nil {
		return page, err
	}
	return gate.View(ctx, s.gate, who, gate.Query[remit.Page[remit.Notice]]{
		Name: "notice.list",
		Read: func(r *gate.Reader) (remit.Page[remit.Notice], error) {
			if r.Who().Kind == authz.Anonymous {
				return page, signInFirst()
			}
			query, args, err := selectNotices(r, unread, after, limit+1)
			if err != nil {
				return page, err
			}
			rows, err := db.Rows(r, scanNotice, query, args...)
			page.Items, page.Next = paged(rows, limit, func(n remit.Notice) string { return string(n.ID) })
			page.Permissions = []string{}
			return page, err
		},
	})
}

// Unread is how many notices Notices lists as not read.
func (s *Service) Unread(ctx context.Context, who authz.Subject) (int, error) {
	return gate.View(ctx, s.gate, who, gate.Query[int]{
		Name: "notice.list",
		Read: func(r *gate.Reader) (int, error) {
			query, args, err := countNotices(r)
			if err != nil {
				return 0, err
			}
			return db.One(r, db.Value[int], query, args...)
		},
	})
}

// ReadNotices notes that these notices of the asker were read, or all of them
// for none. Others', and what the asker may not see, it leaves alone.
func (s *Service) ReadNotices(ctx context.Context, who authz.Subject, ids []remit.NoticeID) error {
	if len(ids) > remit.MaxLimit {
		return invalid("ids", "At most %d at once", remit.MaxLimit)
	}
	for _, id := range ids {
		if !remit.IsID[remit.NoticeID](string(id)) {
			return invalid("ids", "%q is no notice's id", id)
		}
	}
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "notice.update",
		Apply: func(tx *gate.Tx) (struct{}, error) {
			if tx.Who().Kind == authz.Anonymous {
				return struct{}{}, signInFirst()
			}
			query, args, err := readNotices(&tx.Reader, ids)
			if err == nil {
				_, err = tx.Exec(query, args...)
			}
			return struct{}{}, err
		},
	})
	return err
}
