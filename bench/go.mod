module github.com/remit-server/remit/bench

go 1.26.8

require github.com/remit-server/remit v0.0.0

replace github.com/remit-server/remit => ../
