package archive

import (
	"strings"

	"github.com/remit-server/remit"
)

// Bounds of a definition.
const (
	maxSetName = 200 // bytes
	maxFrom    = 100 // folders
	maxSample  = 1_000_000_000
)

func badSet(field, format string, args ...any) error {
	return remit.Errorf(remit.Invalid, format, args...).WithField(field).WithHint("See `remit collection create --help`.")
}

func checkSet(name string, d remit.SetDefinition) error {
	return firstErr(checkSetName(name), checkDefinition(d))
}

func checkSetName(name string) error {
	if name == "" || name != strings.TrimSpace(name) || len(name) > maxSetName || !remit.IsText(name) || printable(name) != name || strings.Contains(name, "/") {
		return badSet("name", "A set needs a name of 1 to %d bytes, on one line and without slashes", maxSetName)
	}
	return nil
}

func checkDefinition(d remit.SetDefinition) error {
	filter := len(d.From) > 0 || d.MediaType != "" || d.Name != "" || d.ModifiedAfter != nil || d.ModifiedBefore != nil || d.Sample != nil
	switch {
	case d.ByHand && filter:
		return badSet("by_hand", "A set is filled by hand or by a filter, not by both")
	case len(d.From) > maxFrom:
		return badSet("from", "%d folders are too many: at most %d", len(d.From), maxFrom)
	case d.ModifiedAfter != nil && d.ModifiedBefore != nil && !d.ModifiedAfter.Before(*d.ModifiedBefore):
		return badSet("modified_before", "No file is modified before %s and not before %s", d.ModifiedBefore, d.ModifiedAfter)
	}
	if err := (FileFilter{MediaType: d.MediaType, Name: d.Name}).check(); err != nil {
		return err
	}
	return checkSample(d.Sample)
}

func checkSample(s *remit.Sample) error {
	if s == nil {
		return nil
	}
	given := 0
	for _, n := range []int{s.Every, s.Random, s.LastDays} {
		if n < 0 || n > maxSample || s.LastDays > 36500 {
			return badSet("sample", "A number of the sample is too small or too large")
		}
		if n > 0 {
			given++
		}
	}
	if given != 1 || s.Seed != "" && s.Random == 0 || len(s.Seed) > maxSetName || !remit.IsText(s.Seed) {
		return badSet("sample", "A sample is one of every, random (with a seed) and last_days")
	}
	return nil
}
