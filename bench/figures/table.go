package figures

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Table is Markdown that reads well as it is, with figures to the right.
func Table(columns []string, rows [][]string) string {
	widths, right := layout(columns, rows)
	var text strings.Builder
	write := func(row []string) {
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				cell, space = space, cell
			}
			fmt.Fprintf(&text, "| %s%s ", cell, space)
		}
		text.WriteString("|\n")
	}
	write(columns)
	for i, w := range widths {
		text.WriteString("|" + strings.Repeat("-", w+1) + map[bool]string{true: ":", false: "-"}[right[i]])
	}
	text.WriteString("|\n")
	for _, row := range rows {
		write(row)
	}
	return strings.TrimRight(text.String(), "\n")
}

// layout is how wide the columns are, and which of them are of figures.
func layout(columns []string, rows [][]string) (widths []int, right []bool) {
	widths, right = make([]int, len(columns)), make([]bool, len(columns))
	for i, name := range columns {
		widths[i], right[i] = utf8.RuneCountInString(name), len(rows) > 0
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
			right[i] = right[i] && (row[i] == "" || isFigure(row[i]))
		}
	}
	return widths, right
}

func isFigure(cell string) bool {
	return strings.IndexAny(strings.TrimLeft(cell, "≤≥ "), "0123456789") == 0
}
