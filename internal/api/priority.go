package api

import "github.com/remit-server/remit"

// prioritizes is a route that may let a job go before others, which takes the
// tier of its priority.
func (r route) prioritizes() route {
	for _, tier := range remit.PriorityTiers() {
		r.asks = append(r.asks, tier.Operation)
	}
	return r
}
