package builtin

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// lines writes the lines of an export in its format.
type lines struct {
	write func(values []any) error
	flush func() error
	end   func() error
}

func newLines(format string, to io.Writer, columns []string) lines {
	if format == "jsonl" {
		return jsonLines(to, columns)
	}
	return csvLines(to, columns)
}

// csvLines is CSV as RFC 4180 has it, with the names of the columns first.
func csvLines(to io.Writer, columns []string) lines {
	w := csv.NewWriter(to)
	w.UseCRLF = true
	begun := false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		return w.Write(columns)
	}
	flush := func() error {
		if err := begin(); err != nil {
			return err
		}
		w.Flush()
		return w.Error()
	}
	return lines{flush: flush, end: flush, write: func(values []any) error {
		if err := begin(); err != nil {
			return err
		}
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = cell(v)
		}
		return w.Write(cells)
	}}
}

// cell is a value in CSV. A text that a spreadsheet would take for a formula
// gets an apostrophe before it; numbers stay as they are.
func cell(v any) string {
	if v == nil {
		return ""
	}
	text := fmt.Sprint(v)
	if reflect.ValueOf(v).Kind() == reflect.String && strings.IndexFunc(text, isFormula) == 0 {
		return "'" + text
	}
	return text
}

// isFormula says whether a spreadsheet may calculate what begins so.
func isFormula(r rune) bool { return strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) }

// jsonLines is one object a line, without what has no value.
func jsonLines(to io.Writer, columns []string) lines {
	w := bufio.NewWriter(to)
	return lines{flush: w.Flush, end: w.Flush, write: func(values []any) error {
		separator := "{"
		for i, v := range values {
			if v == nil || reflect.ValueOf(v).Kind() == reflect.String && reflect.ValueOf(v).Len() == 0 {
				continue
			}
			text, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("writing %s: %w", columns[i], err)
			}
			fmt.Fprintf(w, "%s%q:%s", separator, columns[i], text) // its error stays, for Flush
			separator = ","
		}
		_, err := w.WriteString("}\n") // there is always an id
		return err
	}}
}
