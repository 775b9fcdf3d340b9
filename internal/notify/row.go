package notify

import (
	"strings"
	"time"

	"github.com/remit-server/remit"
	"github.com/remit-server/remit/authz"
	"github.com/remit-server/remit/internal/db"
	"github.com/remit-server/remit/internal/gate"
	"github.com/remit-server/remit/internal/identity"
)

// The kinds of telling.
const (
	byMail = "mail"
	byWeb  = "webhook"
)

// row is a telling as it is stored: somebody's notification, or a project's webhook.
type row struct {
	ID      string
	Kind    string
	Owner   remit.UserID    // whose rights it has; "" = whoever there is where authentication is off (R32)
	Project remit.ProjectID // "" = every one
	Type    string          // "" = every one
	Mine    bool
	Default bool // what its type tells of its own; "" as a type is all of them
	States  []remit.JobState
	Title   string

	URL, Secret string // sealed
	Host        string // what is shown of URL

	Paused    bool
	Failures  int
	Problem   string
	RetryAt   time.Time
	CreatedAt time.Time
}

// delivery is a message as it is stored.
type delivery struct {
	remit.Delivery
	telling string
	attempt int
}

// state is that which the job came to.
func (d delivery) state() remit.JobState { return remit.JobState(strings.TrimPrefix(d.Event, "job.")) }

// told are the states that somebody can be told of.
var told = []remit.JobState{remit.JobSucceeded, remit.JobFailed, remit.JobCancelled, remit.JobHeld}

// maxTitle bounds a title, in bytes; maxEach how many notifications a person
// has, and webhooks a project.
const (
	maxTitle = 200
	maxEach  = 50
)

// check refuses what is wrong, and puts the states in order.
func (t *row) check(r *gate.Reader) error {
	if !remit.IsText(t.Title) || len(t.Title) > maxTitle || strings.ContainsAny(t.Title, "\n\r") {
		return invalid("title", "A title is one line of at most %d bytes", maxTitle)
	}
	if len(t.States) == 0 {
		return invalid("states", "No state is named").WithHint("They are succeeded, failed, cancelled and held.")
	}
	for _, s := range t.States {
		if !s.Told() {
			return invalid("states", "Nobody is told when a job is %.40q", string(s)).WithHint("The states are succeeded, failed, cancelled and held.")
		}
	}
	t.States = inOrder(t.States)
	return checkType(r, t.Type)
}

// checkType refuses a type that there is not.
func checkType(r *gate.Reader, key string) error {
	if key == "" {
		return nil
	}
	for _, right := range []string{"job:run." + key, "job:run." + key + ".single"} {
		if _, there := r.Policy().Permission(right); there {
			return nil
		}
	}
	return invalid("type", "There is no job type %.80q", key)
}

// subject is whose rights it has now, or the reason why nobody has them.
func (t *row) subject(r *gate.Reader) (who authz.Subject, reason string, err error) {
	if t.Owner == "" {
		if r.OpenToAll() {
			return authz.Subject{Kind: authz.Local, Name: "local"}, "", nil
		}
		return who, "it belongs to nobody", nil
	}
	who, err = identity.SubjectOf(r, r.Now(), t.Owner, "")
	if remit.KindOf(err) == remit.Unauthenticated {
		return who, "its owner cannot act: " + err.Error(), nil
	}
	return who, "", err
}

// room refuses more than maxEach.
func room(r db.Reader, what, query string, of any) error {
	n, err := db.One(r, db.Value[int], query, of)
	if err == nil && n >= maxEach {
		err = remit.Errorf(remit.Conflict, "There are %d %s already, which is all there can be", n, what).WithCode("too_many").
			WithHint("Change one, or delete one that is not needed.")
	}
	return err
}

// retry is when a telling that failed is tried again.
func (t *row) retry() *time.Time {
	if t.Failures == 0 {
		return nil
	}
	return &t.RetryAt
}

func replace[T any](dst, with *T) {
	if with != nil {
		*dst = *with
	}
}

func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func badCursor(after string) error {
	return invalid("after", "%.80q is no cursor of this list", after).WithHint("Use the `next` of the page before.")
}

func words(states []remit.JobState) string {
	texts := make([]string, len(states))
	for i, s := range states {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}
