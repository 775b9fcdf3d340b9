package jobs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/projects"
)

// TypeChange is what declaring a job type changes.
type TypeChange struct {
	Key    string
	New    bool
	Fields []string // of a type that is there: those that change, sorted by name; none = it stays as it is
}

// maxTypes is how many job types one call declares.
const maxTypes = 200

// errDry takes back what was only tried.
var errDry = errors.New("only tried")

// DeclareTypes makes or replaces job types, all of them or none, and says of
// each what changes; with dry nothing does, and all is asked and checked the
// same. What is refused is as of DeclareType, with the field below its place
// ("types.2.command"). Those that stay as they are are not written.
func (s *Service) DeclareTypes(ctx context.Context, who authz.Subject, all []remit.JobType, dry bool) ([]TypeChange, error) {
	if len(all) > maxTypes {
		return nil, invalid("types", "These are %d job types; one request declares at most %d", len(all), maxTypes)
	}
	var checked []declared
	permitted := s.mayDeclareTypes(ctx, who)
	if permitted {
		var err error
		if checked, err = completeTypes(all); err != nil {
			return nil, err
		}
	}
	var changes []TypeChange
	_, err := gate.Do(ctx, s.gate, who, gate.Op[struct{}]{
		Name: "jobtype.declare",
		Apply: func(tx *gate.Tx) (_ struct{}, err error) {
			if !permitted {
				return struct{}{}, errChanged
			}
			if changes, err = s.declareTypes(tx, checked); err == nil && dry {
				err = errDry
			}
			return struct{}{}, err
		},
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// mayDeclareTypes says whether declarations of somebody are worth looking at,
// which takes time; whether they may is asked again, and written down, with the write.
func (s *Service) mayDeclareTypes(ctx context.Context, who authz.Subject) bool {
	_, err := gate.View(ctx, s.gate, who, gate.Query[struct{}]{
		Name: "jobtype.declare",
		Read: func(*gate.Reader) (struct{}, error) { return struct{}{}, nil },
	})
	return err == nil
}

// completeTypes checks declarations by themselves, and that none is there twice.
func completeTypes(all []remit.JobType) ([]declared, error) {
	complete, first := make([]declared, len(all)), map[string]int{}
	for i, t := range all {
		c, err := completeType(t)
		if err != nil {
			return nil, placedAt(i, err)
		}
		if at, twice := first[t.Key]; twice {
			return nil, placedAt(i, invalid("key", "Job type %s is there twice, first as types.%d", t.Key, at))
		}
		complete[i], first[t.Key] = c, i
	}
	return complete, nil
}

// placedAt puts the place of a type before that of its field.
func placedAt(i int, err error) error {
	if e, ok := errors.AsType[*remit.Error](err); ok {
		e.Field = strings.TrimSuffix("types."+index(i)+"."+e.Field, ".")
	}
	return err
}

func (s *Service) declareTypes(tx *gate.Tx, checked []declared) ([]TypeChange, error) {
	all := make([]remit.JobType, len(checked))
	for i, c := range checked {
		all[i] = c.JobType
		s.schemas.Keep(c.Params, c.schema)
	}
	before, err := types(tx)
	if err != nil {
		return nil, err
	}
	changes, err := compareTypes(before, all)
	if err != nil {
		return nil, err
	}
	for i, t := range all {
		if changes[i].stays() {
			continue
		}
		if err := s.checkBrought(t); err != nil {
			return nil, placedAt(i, err)
		}
		if err := mayDeclare(tx, t); err != nil {
			return nil, placedAt(i, err)
		}
	}
	if i, err := s.checkUses(before, all); err != nil {
		return nil, placedAt(i, err)
	}
	for i, t := range all {
		if changes[i].stays() {
			continue
		}
		if err := storeType(tx, t); err != nil {
			return nil, placedAt(i, err)
		}
	}
	noteTypes(tx, before, all, changes)
	return changes, nil
}

func (c TypeChange) stays() bool { return !c.New && len(c.Fields) == 0 }

// words are the change in the history.
func (c TypeChange) words() string {
	if c.New {
		return "declared job type " + c.Key
	}
	return "changed job type " + c.Key + " (" + strings.Join(c.Fields, ", ") + ")"
}

// compareTypes says what each declaration changes.
func compareTypes(before, all []remit.JobType) ([]TypeChange, error) {
	changes := make([]TypeChange, len(all))
	for i, t := range all {
		changes[i].Key = t.Key
		at := slices.IndexFunc(before, func(b remit.JobType) bool { return b.Key == t.Key })
		if changes[i].New = at < 0; at < 0 {
			continue
		}
		was, err := fieldsOf(before[at])
		if err != nil {
			return nil, err
		}
		is, err := fieldsOf(t)
		if err != nil {
			return nil, err
		}
		changes[i].Fields = unlike(was, is)
	}
	return changes, nil
}

// fieldsOf is a declaration as JSON has it, numbers as they are written.
func fieldsOf(t remit.JobType) (fields map[string]any, err error) {
	t.Permissions, t.Off = nil, false
	text, err := json.Marshal(t)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		err = d.Decode(&fields)
	}
	if err != nil {
		return nil, fmt.Errorf("reading job type %s: %w", t.Key, err)
	}
	return fields, nil
}

// unlike are the names of what differs.
func unlike(was, is map[string]any) (names []string) {
	both := maps.Clone(was)
	maps.Copy(both, is)
	for name := range sorted(both) {
		if !reflect.DeepEqual(was[name], is[name]) {
			names = append(names, name)
		}
	}
	return names
}

// mayDeclare refuses to lend what there is not, or what the asker does not hold.
func mayDeclare(tx *gate.Tx, t remit.JobType) error {
	if err := checkLends(tx.Policy(), t.Lends); err != nil {
		return err
	}
	return projects.MayLend(tx, t.LentOfType()...)
}

// storeType writes a declaration that was checked.
func storeType(tx *gate.Tx, t remit.JobType) error {
	if _, err := tx.Exec(upsertType, t.Key, db.JSON(t), tx.Now().UnixMicro()); err != nil {
		return fmt.Errorf("storing job type %s: %w", t.Key, err)
	}
	return projects.Declare(tx, remit.RunPermissions(t)...)
}

// noteTypes says to the history and to those who wait what was written.
func noteTypes(tx *gate.Tx, before, all []remit.JobType, changes []TypeChange) {
	var said []string
	lent := map[string][]string{}
	for _, t := range before {
		lent[t.Key] = t.LentOfType()
	}
	for i, c := range changes {
		if c.stays() {
			continue
		}
		said = append(said, c.words())
		if !slices.Equal(lent[c.Key], all[i].LentOfType()) {
			tx.Changed(gate.Catalog) // of job types the policy knows what they declare and lend
		}
	}
	if len(all) == 1 {
		tx.About(all[0].Key)
	}
	tx.Note("%s", cmp.Or(strings.Join(said, "; "), "no job type changes"))
	tx.Notify("queue", "") // nodes may fit now
	tx.Changed(gate.JobTypes, gate.Nothing)
}

// PutType is DeclareType, and returns the type as it is now.
func (s *Service) PutType(ctx context.Context, who authz.Subject, t remit.JobType) (remit.JobType, error) {
	err := s.DeclareType(ctx, who, t)
	t = withDefaults(t)
	t.Permissions = []string{}
	return t, err
}
