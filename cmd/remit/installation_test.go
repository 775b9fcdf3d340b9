package main_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	vocabulary "github.com/remit-server/remit"
	"github.com/remit-server/remit/client"
)

const password = "correct horse"

// installation is a server of one's own with the project moths, its pictures,
// and a superuser.
type installation struct {
	t       *testing.T
	dir     string
	address string // stays the same, as nodes know it
	server  *process
	admin   *client.Client
	picture vocabulary.FileID
}

// install makes one with leases of that length.
func install(t *testing.T, lease string) *installation {
	t.Helper()
	i := &installation{t: t, dir: t.TempDir(), address: freeAddress(t)}
	i.write("remit.toml", fmt.Sprintf("data = %q\nlease = %q\nheartbeat = \"500ms\"\n", i.path("site"), lease))
	i.write("password", password+"\n")
	i.check(i.run("password", "init", "--config", i.path("remit.toml"), "--blueprint", "moths"))
	i.check(i.run("", "sample", "data", i.path("data")))
	i.serve()
	i.signIn()
	i.fill()
	return i
}

func (i *installation) path(names ...string) string {
	return filepath.Join(append([]string{i.dir}, names...)...)
}

func (i *installation) url() string { return "http://" + i.address }

func (i *installation) check(err error) {
	i.t.Helper()
	if err != nil {
		i.t.Fatal(err)
	}
}

func (i *installation) write(name, text string) {
	i.t.Helper()
	i.check(os.WriteFile(i.path(name), []byte(text), 0o600))
}

// run does one command that ends by itself.
func (i *installation) run(stdin string, args ...string) error {
	var in io.Reader = strings.NewReader("")
	if stdin != "" {
		f, err := os.Open(i.path(stdin))
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	p, err := launch(i.dir, in, args...)
	if err != nil {
		return err
	}
	<-p.ended
	if p.err != nil {
		return fmt.Errorf("remit %s: %w\n%s", strings.Join(args, " "), p.err, &p.said)
	}
	return nil
}

// serve starts the server, again after a kill.
func (i *installation) serve() {
	i.t.Helper()
	i.server = start(i.t, "serve", "--config", i.path("remit.toml"), "--listen", i.address)
	i.server.says(i.t, `answers on (\S+)`)
}

func (i *installation) signIn() {
	i.t.Helper()
	key, err := client.KeyFromPassword(i.t.Context(), i.url(), client.Login{Name: "admin", Password: password}, client.NewKey{Title: "test"})
	i.check(err)
	i.admin, err = client.New(i.url(), key.Secret)
	i.check(err)
}

// fill finds the pictures.
func (i *installation) fill() {
	i.t.Helper()
	_, err := i.admin.AddRoot(i.t.Context(), "moths", client.NewRoot{Path: i.path("data", "moths")})
	i.check(err)
	scan, err := i.admin.Submit(i.t.Context(), "moths", vocabulary.JobSpec{Type: "scan", Start: true})
	i.check(err)
	if scan = i.ended(scan.ID); scan.State != vocabulary.JobSucceeded {
		i.t.Fatalf("the scan %s: %s", scan.State, scan.Error)
	}
	files, err := i.admin.Files(i.t.Context(), client.Query{"project": "moths"})
	i.check(err)
	i.picture = files.Items[0].ID
}

// node is a node with a process, a credential and a directory of its own.
type node struct {
	*process
	name   string
	client *client.Client // asks with its credential
}

func (i *installation) node(name string) *node {
	i.t.Helper()
	made, err := i.admin.Register(i.t.Context(), client.NewNode{Name: name})
	i.check(err)
	i.write(name+".key", made.Secret)
	n := &node{name: name}
	n.client, err = client.New(i.url(), made.Secret)
	i.check(err)
	i.work(n)
	return n
}

// work starts the node's process, again after a kill.
func (i *installation) work(n *node) {
	i.t.Helper()
	n.process = start(i.t, "node", "--server", i.url(), "--key-file", i.path(n.name+".key"), "--dir", i.path(n.name))
}

// submit asks for a job on the picture.
func (i *installation) submit(args ...string) vocabulary.JobID {
	i.t.Helper()
	job, err := i.admin.Submit(i.t.Context(), "moths", vocabulary.JobSpec{Type: "ml", On: vocabulary.On{File: i.picture}, Args: args, Start: true})
	i.check(err)
	return job.ID
}

func (i *installation) job(id vocabulary.JobID) vocabulary.Job {
	i.t.Helper()
	job, err := i.admin.Job(i.t.Context(), string(id))
	i.check(err)
	return job
}

// inTheMiddle waits until the job's program has reported from that attempt.
func (i *installation) inTheMiddle(id vocabulary.JobID, attempt int) {
	i.t.Helper()
	until(i.t, fmt.Sprintf("attempt %d is in the middle", attempt), func() bool {
		job := i.job(id)
		if job.State.Finished() {
			i.t.Fatalf("the job has %s in attempt %d: %s", job.State, job.Attempt, job.Error)
		}
		return job.State == vocabulary.JobRunning && job.Attempt == attempt && job.Progress.Fraction > 0
	})
}

func (i *installation) ended(id vocabulary.JobID) vocabulary.Job {
	i.t.Helper()
	until(i.t, "the job has ended", func() bool { return i.job(id).State.Finished() })
	return i.job(id)
}

// attempts are the states of a job's attempts with their nodes, in order.
func (i *installation) attempts(id vocabulary.JobID) []string {
	i.t.Helper()
	page, err := i.admin.Attempts(i.t.Context(), id)
	i.check(err)
	var states []string
	for _, a := range page.Items {
		states = append(states, a.State+" on "+a.Node)
	}
	return states
}

func (i *installation) artifacts(id vocabulary.JobID, attempt int) []vocabulary.Artifact {
	i.t.Helper()
	page, err := i.admin.Artifacts(i.t.Context(), id, attempt)
	i.check(err)
	return page.Items
}

func (i *installation) log(id vocabulary.JobID, attempt int) string {
	i.t.Helper()
	body, err := i.admin.Log(i.t.Context(), id, attempt, false)
	i.check(err)
	text, err := io.ReadAll(body)
	i.check(errors.Join(err, body.Close()))
	return string(text)
}

// freeAddress is one that a server can take again after it was killed: below
// the ports that the kernel gives to outgoing connections.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		if l, err := net.Listen("tcp", address); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return address
		}
	}
	t.Fatal("no address is free")
	return ""
}
