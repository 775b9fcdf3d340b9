package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	vocabulary "github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

const anyAddress = "127.0.0.1:0"

// account and description have the shape of demo.json, and nothing else.
type account struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Key      string `json:"key"`
	Project  string `json:"project"`
	Role     string `json:"role"`
}

type description struct {
	URL      string    `json:"url"`
	Accounts []account `json:"accounts"`
	Projects []string  `json:"projects"`
}

// demo is one that runs.
type demo struct {
	*process
	description
	dir string
}

// startDemo waits until the demo says that all of it runs.
func startDemo(t *testing.T, dir, address string, flags ...string) *demo {
	t.Helper()
	d := &demo{dir: dir}
	d.process = start(t, append([]string{"demo", "--dir", dir, "--listen", address, "--no-browser"}, flags...)...)
	d.says(t, "Stop with Ctrl-C")
	text, err := os.ReadFile(filepath.Join(dir, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&d.description); err != nil {
		t.Fatalf("demo.json: %v\n%s", err, text)
	}
	return d
}

func (d *demo) account(t *testing.T, name string) account {
	t.Helper()
	i := slices.IndexFunc(d.Accounts, func(a account) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("the demo has no account %s", name)
	}
	return d.Accounts[i]
}

// as asks with an account's key.
func (d *demo) as(t *testing.T, name string) *client.Client {
	t.Helper()
	c, err := client.New(d.URL, d.account(t, name).Key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestADemo(t *testing.T) {
	t.Parallel()
	dir, data := t.TempDir(), t.TempDir()
	if err := os.CopyFS(filepath.Join(data, "plates"), os.DirFS(plates)); err != nil {
		t.Fatal(err)
	}
	logWhenThere(t, filepath.Join(dir, "demo.json"))
	d := startDemo(t, dir, anyAddress, "--data", data)
	t.Run("describes itself in a file that is its owner's only", d.describesItself)
	t.Run("runs one job of each kind at its start", d.hasRunOneJobOfEachKind)
	t.Run("shows own data in the observatory", d.showsOwnData)
}

// plates is a directory of pictures that are not the demo's.
const plates = "../../internal/metadata/testdata/observatory"

// logWhenThere measures how long it takes from now until a file is there.
func logWhenThere(t *testing.T, path string) {
	begun, stop, stopped := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for !isClosed(stop) {
			if _, err := os.Stat(path); err == nil {
				t.Logf("%s was there %v after the start", filepath.Base(path), time.Since(begun).Round(10*time.Millisecond))
				return
			}
			time.Sleep(poll)
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-stopped
	})
}

func (d *demo) describesItself(t *testing.T) {
	if info, err := os.Stat(filepath.Join(d.dir, "demo.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("demo.json: %v %v", info, err)
	}
	if diff := cmp.Diff([]string{"moths", "observatory"}, d.Projects); diff != "" {
		t.Errorf("projects (-want +got):\n%s", diff)
	}
	want := []string{"moths-basic_member", "moths-identifier", "moths-ml_data_manager", "moths-project_manager", "moths-researcher",
		"observatory-staff", "observatory-student", "observatory-supervisor", "root"}
	var names []string
	for _, a := range d.Accounts {
		names = append(names, a.Name)
		d.isTrueOf(t, a)
	}
	slices.Sort(names)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

// isTrueOf tries an account's key and password.
func (d *demo) isTrueOf(t *testing.T, a account) {
	t.Helper()
	me, err := d.as(t, a.Name).Me(t.Context())
	if err != nil || me.User == nil || me.User.Name != a.Name {
		t.Fatalf("the key of %s: %+v %v", a.Name, me.User, err)
	}
	if a.Project != "" && (a.Name != a.Project+"-"+a.Role || len(me.Projects) != 1 || me.Projects[0].Slug != a.Project || !slices.Equal(me.Projects[0].Roles, []string{a.Role})) {
		t.Errorf("%s is said to be %s in %s and holds %+v", a.Name, a.Role, a.Project, me.Projects)
	}
	if a.Project == "" && !me.User.Superuser {
		t.Errorf("%s has no project and is no superuser", a.Name)
	}
	if _, err := client.KeyFromPassword(t.Context(), d.URL, client.Login{Name: a.Name, Password: a.Password}, client.NewKey{Title: "test"}); err != nil {
		t.Errorf("the password of %s: %v", a.Name, err)
	}
}

func (d *demo) hasRunOneJobOfEachKind(t *testing.T) {
	root := d.as(t, "root")
	want := []string{"ml on a collection, succeeded", "ml on a file, succeeded", "scan on nothing, succeeded", "scan on nothing, succeeded"}
	var got []string
	until(t, "the first jobs have ended", func() bool {
		page, err := root.Jobs(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		for _, job := range page.Items {
			got = append(got, job.Type+" on "+kindOf(job.On)+", "+string(job.State))
		}
		return !slices.ContainsFunc(page.Items, func(j vocabulary.Job) bool { return !j.State.Finished() })
	})
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

func kindOf(on vocabulary.On) string {
	switch {
	case on.File != "":
		return "a file"
	case on.Collection != "":
		return "a collection"
	}
	return "nothing"
}

func (d *demo) showsOwnData(t *testing.T) {
	files, err := os.ReadDir(plates)
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.as(t, "observatory-student").Collections(t.Context(), "observatory", nil)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, c := range page.Items {
		found[c.Name] = int(c.Files)
	}
	if found["plates"] != len(files) || len(found) != 3 {
		t.Errorf("collections with their numbers of files: %v; plates should have %d", found, len(files))
	}
}

func TestAKilledDemoGoesOnInTheSameDirectory(t *testing.T) {
	t.Parallel()
	dir, address := t.TempDir(), freeAddress(t)
	before := startDemo(t, dir, address)
	job := before.slow(t)
	nodes := before.nodes(t)
	worker := workingIn(t, filepath.Join(dir, "node"))
	before.kill()
	until(t, "the killed demo's node and its programs have ended", func() bool { return !slices.ContainsFunc(worker, alive) })

	after := startDemo(t, dir, address)
	if diff := cmp.Diff(before.description, after.description); diff != "" {
		t.Errorf("demo.json (-before +after):\n%s", diff)
	}
	for _, a := range after.Accounts {
		after.isTrueOf(t, a)
	}
	if diff := cmp.Diff(nodes, after.nodes(t)); diff != "" {
		t.Errorf("nodes (-before +after):\n%s", diff)
	}
	member := after.as(t, "moths-basic_member")
	until(t, "the interrupted job runs again", func() bool {
		now, err := member.Job(t.Context(), string(job))
		if err != nil {
			t.Fatal(err)
		}
		return now.State == vocabulary.JobRunning && now.Attempt == 2
	})
	if _, err := member.Act(t.Context(), job, "cancel"); err != nil {
		t.Error(err)
	}
}

// slow submits a job that takes minutes and waits until it runs.
func (d *demo) slow(t *testing.T) vocabulary.JobID {
	t.Helper()
	member := d.as(t, "moths-basic_member")
	files, err := member.Files(t.Context(), client.Query{"project": "moths", "limit": "1"})
	if err != nil {
		t.Fatal(err)
	}
	job, err := member.Submit(t.Context(), "moths",
		vocabulary.JobSpec{Type: "ml", On: vocabulary.On{File: files.Items[0].ID}, Args: []string{"--delay", "1m"}, Start: true})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the slow job runs", func() bool {
		now, err := member.Job(t.Context(), string(job.ID))
		return err == nil && now.Progress.Fraction > 0
	})
	return job.ID
}

// nodes are the names of those that are online.
func (d *demo) nodes(t *testing.T) []string {
	t.Helper()
	page, err := d.as(t, "root").Nodes(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range page.Items {
		if n.Online {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return names
}

func TestAnInterruptStopsTheWholeDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDemo(t, dir, anyAddress)
	d.slow(t)
	all := workingIn(t, dir)
	if len(all) < 3 {
		t.Fatalf("the demo, its node and a program should run: %v", all)
	}
	begun := time.Now()
	if err := d.interrupt(); err != nil {
		t.Errorf("the demo ended with %v", err)
	}
	t.Logf("it stopped in %v, with a job running", time.Since(begun).Round(10*time.Millisecond))
	if left := workingIn(t, dir); len(left) > 0 {
		t.Errorf("processes %v go on", left)
	}
	if _, err := os.Stat(filepath.Join(dir, "demo.json")); err != nil {
		t.Errorf("demo.json is for the next start: %v", err)
	}
}
