package gate

// Listener is told, within a transaction, of what happens in it. What it writes
// is committed with it, and its error ends it: it must be quick, and must not fail.
type Listener func(tx *Tx, event any) error

// OnTell adds a listener. It is part of wiring the program: call it before
// anything is asked.
func (g *Gate) OnTell(l Listener) { g.listeners = append(g.listeners, l) }

// Tell tells the listeners of an event, which they know by its type.
func (tx *Tx) Tell(event any) error {
	for _, hear := range tx.listeners {
		if err := hear(tx, event); err != nil {
			return err
		}
	}
	return nil
}
