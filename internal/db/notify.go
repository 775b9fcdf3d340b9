package db

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Event says that something changed. It carries names, never the change: a
// subscriber looks again. An Event without Topic means "look at everything".
type Event struct {
	Topic   string `json:"t"`
	Payload string `json:"p"`
}

const (
	// channel is the one channel of PostgreSQL that all events use.
	channel = "remit"
	// maxNotification is PostgreSQL's bound on one, in bytes.
	maxNotification = 7999
	// backlog is how many events wait for a slow subscriber before they are
	// replaced by one "look at everything".
	backlog = 64
)

// Notify tells subscribers of topic after the commit; never when the
// transaction rolls back. payload is an id or a few: more than 7 kB fails the
// transaction. The same event twice in a transaction is sent once.
func (t *Tx) Notify(topic, payload string) {
	e := Event{topic, payload}
	text, err := json.Marshal(e)
	switch {
	case err != nil || len(text)+len("[]") > maxNotification:
		_ = t.fail(fmt.Errorf("event of %d bytes for topic %s", len(text), topic))
	case topic == "":
		_ = t.fail(fmt.Errorf("event without topic"))
	case !slices.Contains(t.events, e):
		t.events = append(t.events, e)
	}
}

// sendEvents hands the events to PostgreSQL, which delivers them with the
// commit. SQLite's are sent by commit itself.
func (t *Tx) sendEvents() error {
	if t.dialect == sqliteDialect {
		return nil
	}
	lists, err := listed(t.events)
	if err != nil || len(lists) == 0 {
		return err
	}
	_, err = t.Exec(`SELECT pg_notify('`+channel+`', list) FROM unnest($1::TEXT[]) AS list`, lists)
	return err
}

// listed are the events as JSON lists, few that are long: each notification
// costs a commit that everybody else's waits for.
func listed(events []Event) (lists []string, err error) {
	list := make([]byte, 0, maxNotification)
	for _, e := range events {
		text, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		if len(list)+len(text)+len("[]") > maxNotification {
			lists, list = append(lists, string(list)+"]"), list[:0]
		}
		between := byte(',')
		if len(list) == 0 {
			between = '['
		}
		list = append(append(list, between), text...)
	}
	if len(list) > 0 {
		lists = append(lists, string(list)+"]")
	}
	return lists, nil
}

// Subscribe returns the events of topics, or of all topics when none is
// given, and a function that ends the subscription and closes the channel.
// Close ends it too.
//
// Events are hints: they come at least once for every commit that is made
// while subscribed, those of PostgreSQL from all programs on the database.
// A subscriber that falls behind, or whose connection broke, gets one
// Event{Topic: ""} instead of what it missed, and so may any subscriber at
// any time.
func (d *DB) Subscribe(topics ...string) (<-chan Event, func()) {
	events, end := d.hub.subscribe(topics)
	if d.listen != nil {
		d.listen.start()
	}
	return events, end
}

// hub hands events to the subscribers in this program.
type hub struct {
	mu     sync.Mutex
	subs   map[*subscription]struct{}
	closed bool
}

type subscription struct {
	topics []string
	events chan Event
}

func newHub() *hub { return &hub{subs: map[*subscription]struct{}{}} }

func (h *hub) subscribe(topics []string) (<-chan Event, func()) {
	s := &subscription{topics: slices.Clone(topics), events: make(chan Event, backlog)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(s.events)
		return s.events, func() {}
	}
	h.subs[s] = struct{}{}
	return s.events, func() { h.end(s) }
}

func (h *hub) end(s *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.subs[s]; ok {
		delete(h.subs, s)
		close(s.events)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		delete(h.subs, s)
		close(s.events)
	}
}

func (h *hub) send(events ...Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range events {
		for s := range h.subs {
			s.send(e)
		}
	}
}

// send never waits. Only the hub sends, under its lock, so after draining
// there is room.
func (s *subscription) send(e Event) {
	if e.Topic != "" && len(s.topics) > 0 && !slices.Contains(s.topics, e.Topic) {
		return
	}
	select {
	case s.events <- e:
		return
	default:
	}
	for len(s.events) > 0 {
		select {
		case <-s.events:
		default:
		}
	}
	s.events <- Event{}
}
