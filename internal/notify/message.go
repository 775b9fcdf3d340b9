package notify

import (
	"fmt"
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
