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

// deciders are those who are told of a request: who gives access in the
// project and holds something there, else everybody who gives access there.
func deciders(r *gate.Reader, q requestRow) []remit.UserID {
	project := string(q.project)
	all := r.Policy().Who(grantRight, authz.Resource{Project: project}, r.Now().UnixMicro())
	all = slices.DeleteFunc(all, func(id string) bool { return id == string(q.user) })
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
			query, args := selectNotices(r, unread, after, limit+1)
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
			query, args := countNotices(r)
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
			query, args := readNotices(&tx.Reader, ids)
			_, err := tx.Exec(query, args...)
			return struct{}{}, err
		},
	})
	return err
}
