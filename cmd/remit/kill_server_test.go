package main_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	vocabulary "github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
	"github.com/remit-server/remit/internal/db"
)

func TestAKilledServerLosesNothingThatItAcknowledged(t *testing.T) {
	t.Parallel()
	i := install(t, "1m")
	n := i.node("bench")
	done := i.submit()
	if job := i.ended(done); job.State != vocabulary.JobSucceeded {
		t.Fatalf("the first job %s: %s", job.State, job.Error)
	}
	running := i.submit("--delay", "1s")
	i.inTheMiddle(running, 1)

	before := i.everything(done)
	made := i.keepMaking(t, 3)
	until(t, "some things were acknowledged", func() bool { return made.count() >= 30 })
	log := i.log(running, 1)
	i.server.kill()
	made.wait()
	i.soundCopy("after the kill")
	n.says(t, "did not get through|does not answer") // the outage was felt
	i.serve()

	if diff := cmp.Diff(before, i.everything(done)); diff != "" {
		t.Errorf("what was there before the kill (-before +after):\n%s", diff)
	}
	made.areThere(i)
	if job := i.ended(running); job.State != vocabulary.JobSucceeded || job.Attempt != 1 {
		t.Errorf("the running job %s in attempt %d: %s", job.State, job.Attempt, job.Error)
	}
	if diff := cmp.Diff([]string{"succeeded on bench"}, i.attempts(running)); diff != "" {
		t.Errorf("attempts of the running job (-want +got):\n%s", diff)
	}
	if all := i.log(running, 1); !strings.HasPrefix(all, log) || strings.Count(all, "::progress") != 5 {
		t.Errorf("its log was\n%s\nand is\n%s", log, all)
	}
	if isClosed(n.ended) {
		t.Errorf("the node did not outlive the outage: %v", n.err)
	}
	if err := i.server.interrupt(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	i.soundCopy("at the end")
}

// everything is what can be read of the installation, by name.
func (i *installation) everything(done vocabulary.JobID) map[string]any {
	i.t.Helper()
	ctx, all := i.t.Context(), map[string]any{}
	read := func(name string, v any, err error) {
		i.t.Helper()
		i.check(err)
		all[name] = v
	}
	files, err := i.admin.Files(ctx, client.Query{"project": "moths"})
	read("files", files.Items, err)
	collections, err := i.admin.Collections(ctx, "moths", nil)
	read("collections", collections.Items, err)
	roots, err := i.admin.Roots(ctx, "moths")
	read("roots", roots.Items, err)
	members, err := i.admin.Members(ctx, "moths", nil)
	read("members", members.Items, err)
	roles, err := i.admin.Roles(ctx)
	read("roles", roles.Items, err)
	types, err := i.admin.JobTypes(ctx, "moths")
	read("job types", types.Items, err)
	history, err := i.admin.History(ctx, done)
	read("history", history.Items, err)
	read("job", i.job(done), nil)
	read("log", i.log(done, 0), nil)
	for _, a := range i.artifacts(done, 0) {
		read("artifact "+a.Name, a, i.whole(done, a))
	}
	return all
}

// whole reads an artifact and compares its hash.
func (i *installation) whole(id vocabulary.JobID, a vocabulary.Artifact) error {
	body, err := i.admin.OpenArtifact(i.t.Context(), id, a.Attempt, a.Name)
	if err != nil {
		return err
	}
	hash := sha256.New()
	_, err = io.Copy(hash, body)
	if got := hex.EncodeToString(hash.Sum(nil)); got != a.SHA256 {
		err = errors.Join(err, fmt.Errorf("the content of %s is %s, not %s", a.Name, got, a.SHA256))
	}
	return errors.Join(err, body.Close())
}

// making is what was acknowledged while somebody was at work.
type making struct {
	mu      sync.Mutex
	working sync.WaitGroup
	jobs    []vocabulary.Job
	keys    []vocabulary.APIKey
}

// keepMaking makes jobs and keys until the server is not there any more.
func (i *installation) keepMaking(t *testing.T, hands int) *making {
	m := &making{}
	for range hands {
		m.working.Go(func() {
			for t.Context().Err() == nil && m.more(t.Context(), i) == nil {
			}
		})
	}
	return m
}

func (m *making) more(ctx context.Context, i *installation) error {
	job, err := i.admin.Submit(ctx, "moths", vocabulary.JobSpec{Type: "ml", On: vocabulary.On{File: i.picture}})
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.jobs = append(m.jobs, job)
	m.mu.Unlock()
	key, err := i.admin.CreateKey(ctx, client.NewKey{Title: "made with " + string(job.ID)})
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys = append(m.keys, key)
	return nil
}

func (m *making) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.jobs) + len(m.keys)
}

func (m *making) wait() { m.working.Wait() }

// areThere asks for all of it again.
func (m *making) areThere(i *installation) {
	i.t.Helper()
	for _, job := range m.jobs {
		if diff := cmp.Diff(job, i.job(job.ID), cmpopts.EquateEmpty()); diff != "" {
			i.t.Errorf("job %s (-acknowledged +found):\n%s", job.ID, diff)
		}
	}
	for _, key := range m.keys {
		c, err := client.New(i.url(), key.Secret)
		i.check(err)
		if me, err := c.Me(i.t.Context()); err != nil || me.User == nil || me.User.Name != "admin" {
			i.t.Errorf("key %s: %+v %v", key.ID, me.User, err)
		}
	}
	i.t.Logf("%d jobs and %d keys were acknowledged before the kill", len(m.jobs), len(m.keys))
}

// soundCopy opens a copy of the database as it lies there and checks it.
func (i *installation) soundCopy(when string) {
	i.t.Helper()
	dir := i.t.TempDir()
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(i.path("site", "remit.db"+end))
		if errors.Is(err, os.ErrNotExist) && end != "" {
			continue // the last one to leave has put it away
		}
		i.check(err)
		i.check(os.WriteFile(dir+"/remit.db"+end, data, 0o600))
	}
	d, err := db.Open(i.t.Context(), "sqlite://"+dir+"/remit.db")
	i.check(err)
	var verdict string
	err = d.Read(i.t.Context(), func(r db.Reader) error { return r.QueryRow("PRAGMA integrity_check").Scan(&verdict) })
	if err := errors.Join(err, d.Close()); err != nil || verdict != "ok" {
		i.t.Errorf("the database %s: %s %v", when, verdict, err)
	}
}
