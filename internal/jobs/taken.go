package jobs

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
)

// What a step takes of other steps: results, which are in its parameters, and
// artifacts. Of which attempts the artifacts are is fixed when its job is made, and
// does not change after. At each claim owner and runner must be able to read the
// jobs of these steps (R26), and the files are fixed for the attempt; what expires
// before or after that is never replaced by anything else.

// stepInput is one input of a step's job: artifacts of an attempt that succeeded.
type stepInput struct {
	Step    string
	Source  remit.JobID
	Attempt int
	Name    string // a name or a pattern; "" = all
}

// taken is where an input comes from that is an artifact.
type taken struct {
	step    string
	name    string
	source  remit.JobID
	attempt int
	removed bool // its bytes are gone
}

// input is the artifact as a file of whoever takes it.
func (in stepInput) input(a remit.Artifact) input {
	return input{Name: in.Step + "/" + a.Name, Size: a.Size, SHA256: a.SHA256, taken: &taken{in.Step, a.Name, in.Source, in.Attempt, a.RemovedAt != nil}}
}

// offer says where a node finds the artifact; nil changes nothing.
func (t *taken) offer(l remit.Lease, in *remit.Input) {
	if t == nil {
		return
	}
	query := url.Values{"attempt": {strconv.Itoa(l.Attempt)}, "lease": {l.Lease}}
	where := url.URL{Path: fmt.Sprintf("/api/v1/node/jobs/%s/inputs/%s/%s", l.Job, t.step, t.name), RawQuery: query.Encode()}
	in.Step, in.URL = t.step, where.String()
}

// lendTaken adds to a loan what the job takes of other steps, or says why it
// cannot have it now, or never.
func lendTaken(r *gate.Reader, j *row, l *loan) (reason string, err error) {
	sources, err := sourcesOf(r, j)
	if err != nil || len(sources) == 0 {
		return "", err
	}
	inputs, err := stepInputsOf(r, j)
	if err != nil {
		return "", err
	}
	if reason, err = whyGone(r, inputs); reason != "" || err != nil {
		l.gone = err == nil
		return reason, err
	}
	for _, who := range l.readers {
		reads, err := readsAll(r.As(who), sources)
		if err != nil {
			return "", err
		}
		if !reads {
			return j.unread(who, "what it takes of other steps", func(who authz.Subject) bool {
				reads, err = readsAll(r.As(who), sources)
				return reads
			}), err
		}
	}
	if l.taken, err = chosen(r, inputs); err != nil {
		return "", err
	}
	if reason = whyRemoved(l.taken); reason != "" {
		l.gone = true
		return reason, nil
	}
	return l.blocked(r)
}

// whyRemoved is that a cleanup has removed the bytes of one: they stay expired,
// whatever is said of their job or type since.
func whyRemoved(inputs []input) (reason string) {
	for _, in := range inputs {
		if in.taken.removed {
			return expiredFiles(in.taken.step)
		}
	}
	return ""
}

func expiredFiles(step string) string {
	return "the files that it takes of step " + step + " have expired"
}

// stepInputsOf are the inputs of a step's job; no other job has any.
func stepInputsOf(r db.Reader, j *row) ([]stepInput, error) {
	if j.Parent == "" {
		return nil, nil
	}
	inputs, err := db.Rows(r, scanStepInput, selectStepInputs, j.ID)
	if err != nil {
		return nil, fmt.Errorf("reading what step %s takes: %w", j.ID, err)
	}
	return inputs, nil
}

// whyGone says why artifacts cannot be had any more: never are those of another
// attempt taken instead.
func whyGone(r *gate.Reader, inputs []stepInput) (reason string, err error) {
	sources := map[remit.JobID]row{}
	rows, err := jobsByID(r, jobsIn(inputs))
	for _, source := range rows {
		sources[source.ID] = source
	}
	for _, in := range inputs {
		source, there := sources[in.Source]
		switch {
		case err != nil:
			return "", err
		case !there:
			return "step " + in.Step + ", whose files it takes, is not there any more", nil
		case source.State != remit.JobSucceeded || source.Attempt != in.Attempt:
			return "step " + in.Step + ", whose files it takes, has run again since", nil
		}
		expired, err := hasExpired(r, &source)
		if err != nil || expired {
			return expiredFiles(in.Step), err
		}
	}
	return "", err
}

// jobsIn are the jobs of the steps that inputs come from, each once.
func jobsIn(inputs []stepInput) []remit.JobID {
	ids := map[remit.JobID]bool{}
	for _, in := range inputs {
		ids[in.Source] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// chosen are the artifacts themselves, each once: in the order of the inputs,
// then by name.
func chosen(r db.Reader, inputs []stepInput) (all []input, err error) {
	seen := map[string]bool{}
	for _, in := range inputs {
		made, err := db.Rows(r, scanArtifact, selectArtifacts, in.Source, in.Attempt)
		if err != nil {
			return nil, fmt.Errorf("reading the artifacts of step %s: %w", in.Step, err)
		}
		for _, a := range byName(made) {
			if one := in.input(a); in.chooses(a) && !seen[one.Name] {
				seen[one.Name] = true
				all = append(all, one)
			}
		}
	}
	return all, nil
}

// turnAway holds a job that may not run now, and ends one that never can.
func turnAway(tx *gate.Tx, j *row, lent loan, reason string) error {
	if !lent.gone {
		return hold(tx, j, reason)
	}
	now := stored(tx.Now())
	if err := move(tx, j, Refuse, func(j *row) { j.Error, j.FinishedAt, j.Turn = reason, &now, 0 }); err != nil {
		return err
	}
	return tx.Record("job.refuse", j.Project, string(j.ID), reason)
}
