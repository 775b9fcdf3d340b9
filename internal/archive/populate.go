package archive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/gate"
)

// PopulateRequest says which set is filled, and on whose behalf.
type PopulateRequest struct {
	Who authz.Subject
	Set remit.CollectionID
	// Lending is asked in every transaction: the set that collection:update is lent on (R28).
	Lending func(tx *gate.Tx) (authz.Resource, error)
	// Readers are those who must all see a file: the set is filled as they see
	// it, and what one of them does not see neither comes nor goes.
	Readers  func(context.Context) ([]authz.Subject, error)
	DryRun   bool
	Note     func(context.Context, []remit.FileID) error // hears of all files that are counted, before they are
	Progress func(done, total int)
}

// PopulateReport counts files.
type PopulateReport struct {
	Added   int `json:"added"`
	Removed int `json:"removed"`
	Kept    int `json:"kept"`
}

// populatedAtOnce is how many files a transaction changes.
const populatedAtOnce = 300

// Populate makes the files of a set those that its definition asks for. Stopped
// halfway and done again, it adds and removes what is left.
func (s *Service) Populate(ctx context.Context, req PopulateRequest) (done PopulateReport, err error) {
	row, d, err := s.definition(ctx, req, nil)
	if err != nil {
		return done, err
	}
	wanted, err := s.seenByAll(ctx, req, func(r *gate.Reader, after remit.FileID) ([]candidate, error) {
		return matching(r, row.ProjectID, d, after)
	})
	if err != nil {
		return done, fmt.Errorf("looking for the files of set %s: %w", row.ID, err)
	}
	now, err := s.seenByAll(ctx, req, func(r *gate.Reader, after remit.FileID) ([]candidate, error) { return contained(r, row.ID, after) })
	if err != nil {
		return done, fmt.Errorf("reading set %s: %w", row.ID, err)
	}
	add, remove, kept := compared(ids(sampled(wanted, d.Sample, s.gate.Now())), ids(now))
	for some := range slices.Chunk(slices.Concat(add, remove, kept), populatedAtOnce) {
		if err := req.Note(ctx, some); err != nil {
			return done, err
		}
	}
	done.Kept = len(kept)
	if req.DryRun {
		done.Added, done.Removed = len(add), len(remove)
		return done, nil
	}
	return done, s.populate(ctx, req, d, add, remove, &done)
}

// populate writes in small transactions, each under the lease.
func (s *Service) populate(ctx context.Context, req PopulateRequest, d remit.SetDefinition, add, remove []remit.FileID, done *PopulateReport) error {
	total := len(add) + len(remove)
	for len(add)+len(remove) > 0 {
		n := min(len(add), populatedAtOnce)
		m := min(len(remove), populatedAtOnce-n)
		if _, _, err := s.definition(ctx, req, func(tx *gate.Tx, row CollectionRow, now remit.SetDefinition) error {
			if !reflect.DeepEqual(now, d) {
				return remit.Errorf(remit.Conflict, "What fills %s was changed meanwhile", row.Name).WithCode("set_changed").WithHint("Populate it again.")
			}
			changed, err := putFiles(tx, row, add[:n], remove[:m])
			done.Added, done.Removed = done.Added+changed.Added, done.Removed+changed.Removed
			return err
		}); err != nil {
			return err
		}
		add, remove = add[n:], remove[m:]
		req.Progress(total-len(add)-len(remove), total)
	}
	return nil
}

// definition reads the set under the lease, and does something with it.
func (s *Service) definition(ctx context.Context, req PopulateRequest, then func(*gate.Tx, CollectionRow, remit.SetDefinition) error) (row CollectionRow, d remit.SetDefinition, err error) {
	_, err = gate.Do(ctx, s.gate, req.Who, gate.Op[struct{}]{
		Name: "collection.populate",
		On:   req.Lending,
		Apply: func(tx *gate.Tx) (none struct{}, err error) {
			if row, err = LocateCollection(tx, req.Set); err != nil {
				return none, err
			}
			all, err := definitionsOf(tx, []any{row.ID})
			d = all[row.ID]
			switch {
			case err != nil:
				return none, err
			case row.Kind != remit.KindSet:
				return none, noSet(row)
			case d.ByHand:
				return none, remit.Errorf(remit.Conflict, "%s is filled by hand", row.Name).WithCode("by_hand").WithHint("Say what fills it first.")
			case then == nil:
				return none, nil
			}
			return none, then(tx, row, d)
		},
	})
	return row, d, err
}

// seenByAll are the files that each of the readers finds, in their order.
func (s *Service) seenByAll(ctx context.Context, req PopulateRequest, find func(*gate.Reader, remit.FileID) ([]candidate, error)) (all []candidate, err error) {
	readers, err := req.Readers(ctx)
	if err != nil {
		return nil, err
	}
	for i, who := range readers {
		found, err := s.found(ctx, who, find)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			seen := make(map[candidate]bool, len(found))
			for _, c := range found {
				seen[c] = true
			}
			found = slices.DeleteFunc(all, func(c candidate) bool { return !seen[c] })
		}
		all = found
	}
	return all, nil
}

func (s *Service) found(ctx context.Context, who authz.Subject, find func(*gate.Reader, remit.FileID) ([]candidate, error)) (all []candidate, err error) {
	after := remit.FileID("")
	for {
		some, err := gate.View(ctx, s.gate, who, gate.Query[[]candidate]{
			Name: "file.list",
			Read: func(r *gate.Reader) ([]candidate, error) { return find(r, after) },
		})
		if err != nil || len(some) == 0 {
			return all, err
		}
		all, after = append(all, some...), some[len(some)-1].id
	}
}

// sampled takes some of the files, which are in the order they were found.
func sampled(all []candidate, rule *remit.Sample, now time.Time) []candidate {
	switch {
	case rule == nil:
		return all
	case rule.Every > 0:
		var some []candidate
		for i := 0; i < len(all); i += rule.Every {
			some = append(some, all[i])
		}
		return some
	case rule.LastDays > 0:
		from := now.AddDate(0, 0, -rule.LastDays).UnixMicro()
		return slices.DeleteFunc(all, func(c candidate) bool { return c.modified < from })
	}
	return drawn(all, rule)
}

// drawn are those with the lowest hashes of seed and id: the same ones each
// time, and few others when files come or go.
func drawn(all []candidate, rule *remit.Sample) []candidate {
	lots := make(map[remit.FileID][sha256.Size]byte, len(all))
	for _, c := range all {
		lots[c.id] = sha256.Sum256([]byte(rule.Seed + "\x00" + string(c.id)))
	}
	slices.SortFunc(all, func(a, b candidate) int {
		x, y := lots[a.id], lots[b.id]
		return cmp.Or(slices.Compare(x[:], y[:]), cmp.Compare(a.id, b.id))
	})
	return all[:min(len(all), rule.Random)]
}

func ids(of []candidate) []remit.FileID {
	all := make([]remit.FileID, len(of))
	for i, c := range of {
		all[i] = c.id
	}
	return all
}

func compared(wanted, now []remit.FileID) (add, remove, kept []remit.FileID) {
	has, wants := map[remit.FileID]bool{}, map[remit.FileID]bool{}
	for _, id := range now {
		has[id] = true
	}
	for _, id := range wanted {
		if wants[id] = true; has[id] {
			kept = append(kept, id)
		} else {
			add = append(add, id)
		}
	}
	for _, id := range now {
		if !wants[id] {
			remove = append(remove, id)
		}
	}
	return add, remove, kept
}
