package jobs

import (
	"context"
	"fmt"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/seal"
)

// resealedAtOnce is how many sealed texts one transaction seals anew.
const resealedAtOnce = 100

// sealedText is a sealed text of a job: a secret parameter, or with the number of an
// attempt the tail of a log.
type sealedText struct {
	job     remit.JobID
	attempt int
	name    string // of the parameter, or the stream
	sealed  string
}

func (k sealedText) place() string {
	if k.attempt > 0 {
		return tailPlace(&row{ID: k.job}, k.attempt, k.name)
	}
	return secretPlace(k.job, k.name)
}

// Reseal seals what jobs keep with the key that seals now, so that those before
// it are not needed any more. What no key opens stays as it is.
func (s *Service) Reseal(ctx context.Context) error {
	if s.opts.Seal == nil {
		return nil
	}
	for after := (sealedText{}); ; {
		some, err := gate.Do(ctx, s.gate, sweeper, gate.Op[[]sealedText]{Name: "job.sweep", Apply: func(tx *gate.Tx) ([]sealedText, error) {
			return s.resealSome(tx, after)
		}})
		if err != nil {
			return fmt.Errorf("sealing secrets anew: %w", err)
		}
		if len(some) == 0 {
			return nil
		}
		after = some[len(some)-1]
	}
}

// resealSome returns what it looked at.
func (s *Service) resealSome(tx *gate.Tx, after sealedText) ([]sealedText, error) {
	some, err := db.Rows(tx, scanSealed, selectOtherwiseSealed, s.opts.Seal.KeyID(), after.job, after.attempt, after.name, resealedAtOnce)
	for _, k := range some {
		if plain, openErr := s.opts.Seal.Open(k.sealed, k.place()); err == nil && openErr == nil {
			err = k.store(tx, s.opts.Seal.Seal(plain, k.place()))
		}
	}
	return some, err
}

// store writes a text that was sealed anew, unless it was changed meanwhile.
func (k sealedText) store(tx *gate.Tx, sealed string) (err error) {
	if k.attempt > 0 {
		_, err = tx.Exec(resealTail, k.job, k.attempt, k.name, k.sealed, sealed)
	} else {
		_, err = tx.Exec(resealSecret, k.job, k.name, k.sealed, sealed, seal.KeyOf(sealed))
	}
	return err
}
