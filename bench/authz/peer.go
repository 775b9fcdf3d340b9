package authz

// Peer is an engine that can answer the questions of a model.
type Peer interface {
	Name() string
	Module() string // that it comes from, for its version; "" = this one
	Load(Model) error
	Allowed(Question) (bool, error)
}

// Batcher is a peer with a way of its own to decide all permissions of one
// person on one thing.
type Batcher interface {
	// AllowedAll fills in a verdict for each permission of the model; the one
	// of the question does not matter.
	AllowedAll(q Question, verdicts []bool) error
}

// Looper is a peer whose answer takes so little that the way through Allowed
// would be measured as well.
type Looper interface {
	// Loop prepares questions and returns what asks n of them in turn, beginning
	// with the first-th, and counts the wrong answers.
	Loop(questions []Question) func(first, n int) (wrong int)
}

// turns returns a loop over questions by their place; right says whether the
// answer to one is.
func turns(questions int, right func(at int) bool) func(first, n int) (wrong int) {
	return func(first, n int) (wrong int) {
		for at := first % questions; n > 0; n-- {
			if !right(at) {
				wrong++
			}
			if at++; at == questions {
				at = 0
			}
		}
		return wrong
	}
}

// Slow is a peer that takes so long that tests ask it fewer questions.
type Slow interface {
	// Patience is how many it answers in about a second.
	Patience() int
}

// Peers are all that are compared, none of them loaded.
func Peers() []Peer {
	return []Peer{&Remit{}, &Remit{Resolved: true}, &Floor{ByName: true}, &Floor{},
		&Cedar{}, &Cedar{ByPolicy: true}, &OPA{}, &Casbin{}, &Casbin{Single: true}, &Casbin{Single: true, Cached: true}}
}
