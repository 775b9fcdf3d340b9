package remit

import "time"

// Statistics are counts and times of the jobs that the asker may see.
type Statistics struct {
	From   time.Time         `json:"from"`
	To     time.Time         `json:"to"` // not in it any more
	By     string            `json:"by"` // "type", "owner", "node", "hour" or "day"
	Total  StatisticsGroup   `json:"total"`
	Groups []StatisticsGroup `json:"groups"` // by key; those without any job are left out
}

// StatisticsGroup is one row of Statistics.
type StatisticsGroup struct {
	Key       string           `json:"key"`               // job type, user name, node name, or the beginning of the hour or day in UTC; "" = none
	Submitted int              `json:"submitted"`         // jobs made in the time
	Finished  map[JobState]int `json:"finished"`          // jobs that ended in the time, by how
	Waiting   *Durations       `json:"waiting,omitempty"` // of these: from when they were last asked to run until their last start
	Running   *Durations       `json:"running,omitempty"` // of these: from their last start to their end
}

// Durations are exact percentiles by nearest rank, in seconds.
type Durations struct {
	Count   int     `json:"count"` // of jobs: of the last 200,000 that ended in the time, all groups together
	MedianS float64 `json:"median_s"`
	P90S    float64 `json:"p90_s"`
	P99S    float64 `json:"p99_s"`
}
