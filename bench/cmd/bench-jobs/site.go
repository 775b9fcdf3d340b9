package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/remit-server/remit/bench/jobs"
)

// site is an installation with what it is stored in.
type site struct {
	*jobs.Remit
	store  *jobs.Store
	served *jobs.Served // the process that answers for it, when it was asked for
}

func newSite(ctx context.Context, cluster string, workers, finished int) (*site, error) {
	begun := time.Now()
	store, err := jobs.NewStore(ctx, cluster)
	if err != nil {
		return nil, err
	}
	q, err := jobs.OpenRemit(ctx, store, workers, finished)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making a site with %d jobs: %w", finished, err), store.Close())
	}
	fmt.Fprintf(os.Stderr, "a site with %d jobs: made in %.0f s\n", finished, time.Since(begun).Seconds())
	return &site{Remit: q, store: store}, nil
}

// Close ends and removes it.
func (s *site) Close() error {
	var err error
	if s.served != nil {
		err = s.served.End()
	}
	return errors.Join(err, s.Remit.Close(), s.store.Close())
}

// full is the site on an engine whose table is full. It is made once.
func (b *bench) full(ctx context.Context, cluster string) (*site, error) {
	if s := b.sites[cluster]; s != nil {
		return s, nil
	}
	s, err := newSite(ctx, cluster, b.nodes, b.Finished)
	if err == nil {
		b.sites[cluster] = s
	}
	return s, err
}

// server is the same behind a process of its own. Its services are not to be
// asked here any more.
func (b *bench) server(ctx context.Context, cluster string) (*jobs.Served, error) {
	s, err := b.full(ctx, cluster)
	if err != nil {
		return nil, err
	}
	if s.served != nil {
		return s.served, nil
	}
	bin, err := filepath.Abs(b.bin)
	if err != nil {
		return nil, err
	}
	s.served, err = s.Serve(ctx, s.store, bin)
	return s.served, err
}

// close ends what is still there.
func (b *bench) close() (err error) {
	for _, s := range b.sites {
		err = errors.Join(err, s.Close())
	}
	return err
}

// engines are what sections are about that compare none: where what is kept.
func (b *bench) engines() (list []engine) {
	if b.cluster != "" {
		list = append(list, engine{"PostgreSQL", b.cluster})
	}
	return append(list, engine{"SQLite", ""})
}

type engine struct{ name, cluster string }
