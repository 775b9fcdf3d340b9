package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/remit-server/remit"
)

// column is one column of a table.
type column[T any] struct {
	title string
	cell  func(T) string
}

// list prints items as a table, a JSON document or JSON lines.
func list[T any](a *app, page remit.Page[T], columns ...column[T]) error {
	switch {
	case a.jsonl:
		enc := json.NewEncoder(a.screen())
		for _, item := range page.Items {
			if err := enc.Encode(item); err != nil {
				return err
			}
		}
		return nil
	case a.json:
		return a.document(page)
	}
	if err := table(a, page.Items, columns); err != nil {
		return err
	}
	if page.Next != "" {
		fmt.Fprintln(a.Err, "There are more; see them with --limit.")
	}
	return nil
}

func table[T any](a *app, items []T, columns []column[T]) error {
	if len(items) == 0 {
		fmt.Fprintln(a.Err, "Nothing to show.")
		return nil
	}
	w := tabwriter.NewWriter(a.Out, 0, 0, 2, ' ', 0)
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	fmt.Fprintln(w, strings.Join(titles, "\t"))
	for _, item := range items {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = printable(c.cell(item))
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

// one prints a single thing: its JSON, or the lines that say prints.
func one[T any](a *app, thing T, say func(T)) error {
	if a.json || a.jsonl {
		return a.document(thing)
	}
	say(thing)
	return nil
}

func (a *app) document(v any) error {
	enc := json.NewEncoder(a.screen())
	if !a.jsonl {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(v)
}

// say prints a line of the result; tell one for the person only.
func (a *app) say(format string, args ...any) {
	fmt.Fprintln(a.Out, clean(fmt.Sprintf(format, args...)))
}
func (a *app) tell(format string, args ...any) {
	fmt.Fprintln(a.Err, clean(fmt.Sprintf(format, args...)))
}

func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, prefix := float64(n), -1
	for value >= unit && prefix < 4 {
		value, prefix = value/unit, prefix+1
	}
	return fmt.Sprintf("%.1f %ciB", value, "KMGTP"[prefix])
}
