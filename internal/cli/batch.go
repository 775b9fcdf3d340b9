package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

// What one request carries at most; the server takes no more.
const (
	batchJobs  = 1000
	batchBytes = 512 << 10 // of parameters
)

// paramLine is a line of a batch: the parameters of one job.
type paramLine struct {
	number int // from 1
	params json.RawMessage
}

// queueBatch makes a job like spec for each line of a file ("-" is standard input).
// All is read before anything is made, and each request makes all of its jobs or none.
func (a *app) queueBatch(ctx context.Context, server *client.Client, project, file string, spec remit.JobSpec) error {
	lines, err := a.paramLines(file)
	if err != nil {
		return err
	}
	made := remit.Page[remit.Job]{Items: []remit.Job{}}
	for rest := lines; len(rest) > 0 && err == nil; {
		part := rest[:fitting(rest)]
		var jobs []remit.Job
		jobs, err = server.SubmitAll(ctx, project, specsOf(spec, part))
		if err != nil {
			err = stopped(err, part, len(made.Items))
			break
		}
		made.Items, rest = append(made.Items, jobs...), rest[len(part):]
		a.sayMade(jobs)
	}
	if a.json {
		if failed := a.document(made); failed != nil {
			return failed
		}
	}
	return err
}

// sayMade prints jobs as soon as they are there: their ids, or JSON lines.
func (a *app) sayMade(jobs []remit.Job) {
	for _, j := range jobs {
		switch {
		case a.jsonl:
			_ = a.document(j) // a closed pipe does not unmake the job
		case !a.json:
			a.say("%s", j.ID)
		}
	}
}

func specsOf(like remit.JobSpec, lines []paramLine) []remit.JobSpec {
	specs := make([]remit.JobSpec, len(lines))
	for i, l := range lines {
		specs[i] = like
		specs[i].Params = l.params
	}
	return specs
}

// fitting is how many of the lines go into one request; one does at least.
func fitting(lines []paramLine) int {
	size := 0
	for i, l := range lines {
		if size += len(l.params); i == batchJobs || i > 0 && size > batchBytes {
			return i
		}
	}
	return len(lines)
}

// paramLines reads one JSON object per line; empty lines are passed over.
func (a *app) paramLines(file string) (lines []paramLine, err error) {
	in := a.In
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, remit.Errorf(remit.Invalid, "reading the batch: %w", err)
		}
		defer f.Close()
		in = f
	}
	text := bufio.NewScanner(in)
	text.Buffer(nil, batchBytes)
	number := 0
	for text.Scan() {
		number++
		line := bytes.TrimSpace(bytes.TrimPrefix(text.Bytes(), []byte("\ufeff"))) // some editors begin a file with it
		if len(line) == 0 {
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(line, &object); err != nil || object == nil {
			return nil, usage("%s:%d: it is no JSON object of parameters, like {\"threshold\": 7}; nothing was made", nameOf(file), number)
		}
		lines = append(lines, paramLine{number, json.RawMessage(bytes.Clone(line))})
	}
	if err := text.Err(); err != nil {
		return nil, remit.Errorf(remit.Invalid, "%s:%d: %w; nothing was made", nameOf(file), number+1, err)
	}
	if len(lines) == 0 {
		return nil, usage("%s has no line; give the parameters of one job on each, {} for none", nameOf(file))
	}
	return lines, nil
}

func nameOf(file string) string {
	if file == "-" {
		return "standard input"
	}
	return file
}

// stopped says at which line a batch stopped, and what is made of it.
func stopped(err error, part []paramLine, made int) error {
	first, last := part[0].number, part[len(part)-1].number
	at := fmt.Sprintf("lines %d to %d", first, last)
	e, ok := errors.AsType[*remit.Error](err)
	if !ok {
		return err
	}
	told := *e
	if i := lineAt(e.Field); len(part) == 1 {
		at = fmt.Sprintf("line %d", first)
	} else if i >= 0 && i < len(part) {
		at = fmt.Sprintf("line %d", part[i].number)
	}
	told.Message = at + ": " + told.Message
	if made == 0 {
		return told.WithHint("Nothing was made. %s", e.Hint)
	}
	return told.WithHint("%s made, of the lines before %d; go on from that line. %s", jobsText(made), first, e.Hint)
}

// lineAt reads the place of a job in a request: 3 of "jobs.3.params.n"; -1 for none.
func lineAt(field string) int {
	_, after, found := strings.Cut("."+field, ".jobs.")
	number, _, _ := strings.Cut(after, ".")
	if i, err := strconv.Atoi(number); found && err == nil {
		return i
	}
	return -1
}

// batchFlag is --batch, with what does not go with it.
func batchFlag(cmd *cobra.Command) (file *string, check func() error) {
	file = cmd.Flags().String("batch", "", "many jobs: a file with the parameters of one job on each line, as JSON; - is standard input")
	return file, func() error {
		if !cmd.Flags().Changed("batch") {
			return nil
		}
		for _, other := range []string{"name", "set", "secret", "wait", "timeout", "idempotency-key"} {
			if cmd.Flags().Changed(other) {
				return usage("--%s does not go with --batch", other)
			}
		}
		if *file == "" {
			return usage("--batch names no file; - is standard input")
		}
		return nil
	}
}
