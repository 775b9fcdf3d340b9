// Package figures writes what was measured so that people can read it.
//
// Its one invariant: three digits are shown, and all before the point.
//
//	figures.Dur(38.4)                       // "38.4 ns"
//	figures.Table([]string{"peer"}, rows)   // Markdown
package figures
