package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// River is github.com/riverqueue/river with its pgx driver: a client inserts
// many jobs, then works on all of them with workers that do nothing.
type River struct {
	pool    *pgxpool.Pool
	workers int
}

// RiverModule is what it is built from.
const RiverModule = "github.com/riverqueue/river"

// riverInsert is how many jobs one call inserts.
const riverInsert = 1000

// OpenRiver makes River's tables on PostgreSQL.
func OpenRiver(ctx context.Context, at *Store, workers int) (*River, error) {
	config, err := pgxpool.ParseConfig(at.URL)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 20 // as many as Remit
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	r := &River{pool: pool, workers: workers}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close ends it.
func (r *River) Close() error {
	r.pool.Close()
	return nil
}

type nothing struct {
	Number int `json:"number"`
}

func (nothing) Kind() string { return "nothing" }

// worked counts what was worked on, by number.
type worked struct {
	river.WorkerDefaults[nothing]
	mu   sync.Mutex
	seen []int
}

func (w *worked) Work(_ context.Context, job *river.Job[nothing]) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[job.Args.Number]++
	return nil
}

// Measure inserts n jobs and works on all of them. Fetching is as frequent as
// River lets it be.
func (r *River) Measure(ctx context.Context, n int) (Rates, error) {
	does := &worked{seen: make([]int, n)}
	workers := river.NewWorkers()
	river.AddWorker(workers, does)
	c, err := river.NewClient(riverpgxv5.New(r.pool), &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: r.workers}}, Workers: workers,
		FetchCooldown: river.FetchCooldownMin, FetchPollInterval: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return Rates{}, err
	}
	var rates Rates
	if rates.Submit, err = r.insert(ctx, c, n); err != nil {
		return rates, err
	}
	if rates.Work, err = r.work(ctx, c, n); err == nil {
		err = r.check(ctx, does, n)
	}
	_, cleared := r.pool.Exec(ctx, "TRUNCATE river_job")
	return rates, errors.Join(err, cleared)
}

func (r *River) insert(ctx context.Context, c *river.Client[pgx.Tx], n int) (float64, error) {
	begun := time.Now()
	for from := 0; from < n; from += riverInsert {
		var some []river.InsertManyParams
		for i := from; i < min(from+riverInsert, n); i++ {
			some = append(some, river.InsertManyParams{Args: nothing{i}})
		}
		if _, err := c.InsertManyFast(ctx, some); err != nil {
			return 0, err
		}
	}
	return perSecond(n, time.Since(begun)), nil
}

// work takes from the start until the last job is marked as completed.
func (r *River) work(ctx context.Context, c *river.Client[pgx.Tx], n int) (rate float64, err error) {
	done, cancel := c.SubscribeConfig(&river.SubscribeConfig{ChanSize: n, Kinds: []river.EventKind{river.EventKindJobCompleted, river.EventKindJobFailed}})
	defer cancel()
	begun := time.Now()
	if err := c.Start(ctx); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Stop(context.WithoutCancel(ctx))) }()
	for range n {
		select {
		case <-done:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-time.After(time.Minute):
			return 0, errors.New("a minute without a job")
		}
	}
	return perSecond(n, time.Since(begun)), nil
}

func (r *River) check(ctx context.Context, does *worked, n int) error {
	for i, times := range does.seen {
		if times != 1 {
			return fmt.Errorf("job %d was worked on %d times", i, times)
		}
	}
	var completed int
	err := r.pool.QueryRow(ctx, "SELECT COUNT(*) FROM river_job WHERE state = 'completed'").Scan(&completed)
	if err == nil && completed != n {
		err = fmt.Errorf("%d jobs are completed, want %d", completed, n)
	}
	return err
}
