package gate

// OpenToAll tells the gate that authentication is off: what was begun by
// whoever asks then may go on (R32). Say it before anything is asked.
func (g *Gate) OpenToAll() { g.open = true }

// OpenToAll says whether authentication is off.
func (r *Reader) OpenToAll() bool { return r.open }
