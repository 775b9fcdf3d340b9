package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

const (
	onceFor     = 24 * time.Hour // how long a key is remembered
	maxOnce     = 255            // bytes of a key
	onceAtSweep = 1000           // keys that one sweep forgets
)

// Submitted is a job, and whether it was there before.
type Submitted struct {
	remit.Job
	Again bool
}

// SubmitOnce is Submit with a key that the asker chose: the same request under
// the same key in the same project gives the same job for 24 hours, however
// often and from wherever it is sent. Another request under a key that is
// taken is remit.Invalid with the code "key_reused", and a job that was
// deleted since is remit.Gone. Whether the asker may submit is asked each
// time. An empty key is Submit.
func (s *Service) SubmitOnce(ctx context.Context, who authz.Subject, slug string, spec remit.JobSpec, key string) (Submitted, error) {
	if err := checkOnce(key); err != nil {
		return Submitted{}, err
	}
	return submit(ctx, s, who, slug, spec, func(tx *gate.Tx, d draft) (Submitted, error) {
		o, err := newOnce(tx, d, key)
		if err != nil {
			return Submitted{}, err
		}
		known, err := o.take(tx)
		if err == nil && known != "" {
			return s.again(tx, known)
		}
		if err != nil {
			return Submitted{}, err
		}
		job, err := s.create(tx, d)
		if err == nil {
			err = o.keep(tx, job.ID)
		}
		return Submitted{Job: job}, err
	})
}

func checkOnce(key string) error {
	if len(key) > maxOnce || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return invalid("header.Idempotency-Key", "The idempotency key has up to %d printable ASCII characters", maxOnce)
	}
	return nil
}

// once is a submit under a key, as it is stored.
type once struct {
	project       remit.ProjectID
	actor         string
	key, request  string // hashes
	none          bool   // there is no key
	at, forgotten time.Time
}

func newOnce(tx *gate.Tx, d draft, key string) (once, error) {
	body, err := json.Marshal(d.JobSpec)
	if err != nil {
		return once{}, invalid("params", "The parameters are no JSON: %v", err)
	}
	return once{project: d.project.ID, actor: actor(d.who), key: hashed(key), request: hashed(key + "\n" + string(body)), none: key == "",
		at: stored(tx.Now()), forgotten: tx.Now().Add(-onceFor)}, nil
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// take writes the key down, or finds the job that it has made. Of two at once
// the second waits until the first has ended.
func (o once) take(tx *gate.Tx) (remit.JobID, error) {
	if o.none {
		return "", nil
	}
	if _, err := tx.Exec(deleteOldKey, o.project, o.actor, o.key, o.forgotten.UnixMicro()); err != nil {
		return "", fmt.Errorf("forgetting an old idempotency key: %w", err)
	}
	n, err := tx.Exec(insertKey, o.project, o.actor, o.key, o.request, o.at.UnixMicro())
	if err != nil || n == 1 {
		return "", err
	}
	var known remit.JobID
	request, err := db.One(tx, func(s db.Scanner, request *string) error { return s.Scan(request, &known) }, selectKey, o.project, o.actor, o.key)
	switch {
	case err != nil:
		return "", fmt.Errorf("reading an idempotency key: %w", err)
	case request != o.request:
		return "", remit.Errorf(remit.Invalid, "This idempotency key came with another request before").WithCode("key_reused").
			WithField("header.Idempotency-Key").WithHint("Use a new key for each job.")
	}
	return known, nil
}

// keep writes down which job the key has made.
func (o once) keep(tx *gate.Tx, job remit.JobID) error {
	if o.none {
		return nil
	}
	if _, err := tx.Exec(updateKey, o.project, o.actor, o.key, job); err != nil {
		return fmt.Errorf("keeping an idempotency key: %w", err)
	}
	return nil
}

// again is the job that was made before, as it now is.
func (s *Service) again(tx *gate.Tx, id remit.JobID) (Submitted, error) {
	j, err := find(tx, id)
	if isAbsent(err) {
		return Submitted{}, remit.Errorf(remit.Gone, "The job that this request made was deleted").WithHint("Use a new key to make another one.")
	}
	if err == nil {
		err = tx.Require("job.read", j.resource())
	}
	if err != nil {
		return Submitted{}, err
	}
	tx.Note("the same request again: it is job %s", id)
	job, err := s.present(&tx.Reader, j)
	return Submitted{Job: job, Again: true}, err
}

// forgetKeys forgets those that are older than a day.
func (s *Service) forgetKeys(ctx context.Context) error {
	old, err := swept(ctx, s, func(r *gate.Reader) (bool, error) {
		_, err := db.One(r, db.Value[int64], selectOldKey, r.Now().Add(-onceFor).UnixMicro())
		if errors.Is(err, db.ErrNoRows) {
			return false, nil
		}
		return true, err
	})
	if err != nil || !old {
		return err
	}
	_, err = gate.Do(ctx, s.gate, sweeper, gate.Op[struct{}]{Name: "job.sweep", Apply: func(tx *gate.Tx) (struct{}, error) {
		_, err := tx.Exec(deleteOldKeys, tx.Now().Add(-onceFor).UnixMicro(), onceAtSweep)
		return struct{}{}, err
	}})
	if err != nil {
		return fmt.Errorf("forgetting idempotency keys: %w", err)
	}
	return nil
}
