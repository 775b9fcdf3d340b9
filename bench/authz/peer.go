package authz

// Peer is an engine that can answer the questions of a model.
type Peer interface {
	Name() string
	Load(Model) error
	Allowed(Question) (bool, error)
}

// Peers are all that are compared, none of them loaded.
func Peers() []Peer {
	return []Peer{&Remit{}, &Floor{ByName: true}, &Floor{}}
}
