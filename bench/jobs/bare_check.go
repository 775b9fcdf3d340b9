package jobs

import (
	"context"
	"fmt"
)

func (b *Bare) number(ctx context.Context, query string, args ...any) (n int64, err error) {
	if b.pool != nil {
		return n, b.pool.QueryRow(ctx, query, args...).Scan(&n)
	}
	return n, b.file.QueryRowContext(ctx, query, args...).Scan(&n)
}

// Mark implements Queue.
func (b *Bare) Mark(ctx context.Context) (err error) {
	b.mark, err = b.number(ctx, bareLast)
	return err
}

// Check implements Queue; there is no history.
func (b *Bare) Check(ctx context.Context, n int) error {
	got, err := b.number(ctx, bareDone, b.mark)
	if err == nil && int(got) != n {
		err = fmt.Errorf("%d jobs are finished, want %d", got, n)
	}
	return err
}

// Clear implements Queue.
func (b *Bare) Clear(ctx context.Context) error {
	if b.pool != nil && b.mark == 0 {
		return b.exec(ctx, bareTruncate)
	}
	return b.exec(ctx, bareDelete, b.mark)
}
