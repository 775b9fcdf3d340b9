package host

import "syscall"

// Settle returns when what was written is on the disk, so that no commit that is
// measured next waits for it. A database without fsync leaves a lot behind.
func Settle() { syscall.Sync() }
