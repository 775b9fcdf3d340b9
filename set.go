package remit

import "time"

// The kinds of a collection.
const (
	KindFolder = "folder" // a directory of a data root
	KindSet    = "set"    // files of other collections of its project
)

// SetDefinition says which files a set holds: those that people put in by
// hand, or those that match all that is given when a populate job runs.
type SetDefinition struct {
	ByHand         bool           `json:"by_hand,omitempty"`         // then nothing else is given
	From           []CollectionID `json:"from,omitempty"`            // folders of its project; none = all
	MediaType      string         `json:"file_type,omitempty"`       // or its beginning: "image/"
	Name           string         `json:"name,omitempty"`            // a part of the path, whatever its case
	ModifiedAfter  *time.Time     `json:"modified_after,omitempty"`  // this moment included
	ModifiedBefore *time.Time     `json:"modified_before,omitempty"` // this moment excluded
	Sample         *Sample        `json:"sample,omitempty"`          // none = all that match
}

// Sample takes some of the files that match; exactly one of the rules is given.
type Sample struct {
	Every    int    `json:"every,omitempty"`     // every k-th, in the order they were found
	Random   int    `json:"random,omitempty"`    // so many; the same ones for the same seed
	Seed     string `json:"seed,omitempty"`      // of Random
	LastDays int    `json:"last_days,omitempty"` // modified in the last so many days before it is populated
}
