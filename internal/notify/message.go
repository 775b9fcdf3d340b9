package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/remit-server/remit"
)

// message is what is told: the body of a webhook's request, and a line of a letter.
type message struct {
	ID    remit.DeliveryID `json:"id"` // the same each time that it is tried
	Event string           `json:"event"`
	At    time.Time        `json:"at"`
	Text  string           `json:"text"` // for chats
	Job   *jobText         `json:"job,omitempty"`
}

// jobText is what is told of a job.
type jobText struct {
	ID      remit.JobID    `json:"id"`
	Project string         `json:"project"`
	Type    string         `json:"type"`
	Name    string         `json:"name,omitempty"`
	State   remit.JobState `json:"state"` // that it came to
	Attempt int            `json:"attempt,omitempty"`
	Owner   string         `json:"owner,omitempty"`
	Error   string         `json:"error,omitempty"`
	URL     string         `json:"url,omitempty"`
}

// about fills in a job. What has gone on since tells nothing of why it failed then.
func (m *message) about(job remit.Job, d delivery, base string) {
	state := d.state()
	m.Job = &jobText{ID: job.ID, Project: job.Project, Type: job.Type, Name: job.Name, State: state, Attempt: d.attempt, Owner: job.Owner}
	now := job.State == state && job.Attempt == d.attempt
	switch {
	case now && state == remit.JobFailed:
		m.Job.Error = oneLine(job.Error)
	case now && state == remit.JobHeld:
		m.Job.Error = oneLine(job.Held)
	}
	if base != "" {
		m.Job.URL = strings.TrimSuffix(base, "/") + "/jobs/" + string(job.ID)
	}
	m.Text = m.Job.chat()
}

// maxLine bounds what is told of an error, in bytes.
const maxLine = 300

// oneLine is a text without line breaks and other control characters.
func oneLine(text string) string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	if len(line) > maxLine {
		line = strings.ToValidUTF8(line[:maxLine], "") + "…"
	}
	return line
}

// line is the job in words.
func (j *jobText) line() string {
	text := fmt.Sprintf("%s in %s: %s", j.what(), j.Project, verbs[j.State])
	if j.Error != "" {
		text += ": " + j.Error
	}
	return text
}

func (j *jobText) what() string {
	if j.Name == "" {
		return j.Type + " " + string(j.ID)
	}
	return oneLine(j.Name) + " (" + j.Type + ")"
}

var verbs = map[remit.JobState]string{remit.JobSucceeded: "succeeded", remit.JobFailed: "failed", remit.JobCancelled: "was cancelled", remit.JobHeld: "is held"}

// chat is the line as chats read it: nothing in it calls anybody (@all,
// <!channel>), is a link, or looks like one.
func (j *jobText) chat() string {
	text := chatText.Replace(j.line())
	if j.URL != "" {
		text += " " + j.URL
	}
	return text
}

var chatText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "@\u200b", "://", ":\u200b//", "](", "]\u200b(", "`", "'")

// subject says what a letter is about.
func subject(lines []message) string {
	if len(lines) == 1 {
		j := lines[0].Job
		return fmt.Sprintf("%s in %s %s", j.what(), j.Project, verbs[j.State])
	}
	count := map[remit.JobState]int{}
	for _, m := range lines {
		count[m.Job.State]++
	}
	var parts []string
	for _, s := range slices.Backward(told) {
		if count[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[s], verbs[s]))
		}
	}
	return fmt.Sprintf("%d jobs: %s", len(lines), strings.Join(parts, ", "))
}

// text is a letter. It ends with how to end such letters.
func (s *Service) text(t row, lines []message, link string) string {
	var b strings.Builder
	for _, m := range lines {
		fmt.Fprintf(&b, "%s\n", m.Job.line())
		fmt.Fprintf(&b, "  %s\n", cmp.Or(m.Job.URL, string(m.Job.ID)))
	}
	if t.Default {
		fmt.Fprintf(&b, "\nJobs of type %s tell this to their owners. To end it: remit notify pause %s\n", t.Type, t.ID)
		fmt.Fprintf(&b, "To be told this by no type: remit notify pause %s\n", defaultOf(t.Owner, "").ID)
	} else {
		fmt.Fprintf(&b, "\nYou asked for this with %s. To end it: remit notify delete %s\n", t.ID, t.ID)
	}
	if link != "" {
		fmt.Fprintf(&b, "Or here, without signing in: %s\n", link)
		fmt.Fprintf(&b, "All that you are told of: %s\n", s.page("/notifications"))
	}
	return b.String()
}
