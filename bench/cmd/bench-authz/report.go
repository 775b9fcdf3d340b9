package main

import (
	_ "embed"
	"time"

	"github.com/remit-server/remit/bench/figures"
	"github.com/remit-server/remit/bench/host"
)

//go:embed authz.md.tmpl
var prose string

func reportOf(results map[string]figures.Result, quick bool) figures.Report {
	return figures.Report{Prose: prose, Sections: sections.Names(), Results: results,
		About: map[string]any{"Machine": host.Describe(), "Quick": quick, "Date": time.Now().UTC().Format(time.DateOnly)}}
}
