# Needs Go, make and bash; `make test` installs or asks for the rest.

GO ?= go
# Packages tested at once. Each brings its own parallel tests, some a browser.
P ?= 2

# Go stamps the commit into the program where git answers (it refuses in
# folders that belong to somebody else).
BUILDVCS := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)
RACE := $(patsubst %,./%,$(wildcard authz internal/gate internal/jobs internal/nodes))

.DEFAULT_GOAL := help
.PHONY: help build demo check test test-all bench bench-authz bench-authz-all bench-servers bench-jobs clean

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

build: ## build bin/remit
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=$(BUILDVCS) -o bin/remit ./cmd/remit

demo: build ## start everything with sample data; DIR=…, LISTEN=…, DATA=… pass through
	bin/remit demo $(if $(DIR),--dir "$(DIR)") $(if $(LISTEN),--listen "$(LISTEN)") $(if $(DATA),--data "$(DATA)")

check: ## what needs no running: format, vet, lint, architecture, links, coverage of authz
	@bad=$$(gofmt -l .); if [ -n "$$bad" ]; then echo "please gofmt:" $$bad >&2; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -count=1 ./internal/testkit
	GO=$(GO) scripts/coverage.sh
	GO=$(GO) scripts/check-generated.sh

test: ## all tests, on both databases, in a browser, and with the race detector
	scripts/need.sh chromium postgresql gcc libc6-dev
	scripts/with-postgres.sh $(MAKE) --no-print-directory test-all

test-all:
	@test -n "$$REMIT_TEST_POSTGRES" || { echo "run: make test" >&2; exit 1; }
	$(GO) test -p $(P) -timeout 20m ./...
	$(if $(RACE),CGO_ENABLED=1 $(GO) test -p $(P) -timeout 20m -race $(RACE))

bench: ## all benchmarks of this module
	scripts/need.sh postgresql
	scripts/with-postgres.sh $(GO) test -p 1 -timeout 60m -run '^$$' -bench . -benchmem ./...

bench-authz: bench-servers ## the permission engine beside its peers; writes docs/benchmarks/authz.md; ARGS=-quick passes through
	scripts/need.sh postgresql
	scripts/with-postgres.sh $(MAKE) --no-print-directory bench-authz-all

bench-authz-all:
	cd bench && $(GO) vet ./... && $(GO) test -count=1 ./... && $(GO) run ./cmd/bench-authz -out ../docs/benchmarks/authz.md $(ARGS)

bench-servers: build ## the servers that bench-authz asks, into bin/
	cd bench/openfga && CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -o ../../bin/openfga github.com/openfga/openfga/cmd/openfga
	cd bench/spicedb && CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -o ../../bin/spicedb .

bench-jobs: build ## the queue beside River and bare SQL, about ten minutes; writes docs/benchmarks/jobs.md; ARGS=-quick passes through
	scripts/need.sh postgresql
	scripts/with-postgres.sh sh -c 'cd bench && $(GO) vet ./jobs ./cmd/bench-jobs && $(GO) run ./cmd/bench-jobs -out ../docs/benchmarks/jobs.md $(ARGS)'

clean: ## remove what build made
	rm -rf bin
