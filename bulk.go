package remit

// JobFilter names the jobs that an action on many is about. Fields that are
// given must all fit, and one at least is given.
type JobFilter struct {
	Project    string       `json:"project,omitempty" minLength:"1"` // slug
	Owner      string       `json:"owner,omitempty" minLength:"1"`   // user name, or "me"
	State      JobState     `json:"state,omitempty" minLength:"1"`
	Type       string       `json:"type,omitempty" minLength:"1"`
	Name       string       `json:"name,omitempty" minLength:"1"`  // with an asterisk at its end: what begins like it
	Older      string       `json:"older,omitempty" minLength:"1"` // "7d", "12h": ended longer ago, or made if it has not ended
	File       FileID       `json:"file,omitempty" minLength:"1"`
	Collection CollectionID `json:"collection,omitempty" minLength:"1"` // jobs on the collection itself
}

// BulkReport is what an action on many jobs does, or has done. Jobs that the
// asker may not see are not in it, and are not counted.
type BulkReport struct {
	Action       string           `json:"action"`
	DryRun       bool             `json:"dry_run"` // nothing was changed
	Matched      int              `json:"matched"` // jobs that meet the filter
	Jobs         int              `json:"jobs"`    // those of them that are changed
	States       map[JobState]int `json:"states"`  // the same, by the state that they had
	First        []JobID          `json:"first"`   // some of them
	Unfit        map[JobState]int `json:"unfit"`   // whose state does not take the action
	Refused      int              `json:"refused"` // which the asker may not change
	RefusedFirst []JobID          `json:"refused_first"`
	Changed      int              `json:"changed"`        // which were left because they changed in between
	Failed       []BulkFailure    `json:"failed"`         // which could not be changed
	More         bool             `json:"more,omitempty"` // more meet the filter than one action takes: do it again
	Version      string           `json:"version"`        // of what it is about; give it as expect
}

// BulkFailure is why one job could not be changed.
type BulkFailure struct {
	Job    JobID  `json:"job"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}
