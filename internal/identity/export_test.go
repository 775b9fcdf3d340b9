package identity

// Busy makes it look as if no more passwords could wait to be hashed.
func (s *Service) Busy() {
	for range cap(s.passwords.queue) {
		s.passwords.queue <- struct{}{}
	}
}

// Hashed is how many password hashes were computed so far.
func (s *Service) Hashed() int { return int(s.passwords.work.Load()) }
