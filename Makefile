# The marketplace's tasks. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# The stack holds the Temporal server and takes minutes to build: it is built
# once for each version of its sources, outside of the checkout.
STACK_SUM := $(shell cat deploy/stack/*.go deploy/stack/go.mod deploy/stack/go.sum | cksum | cut -d' ' -f1)
STACK_DIR := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/all-in-market
STACK := $(STACK_DIR)/stack-$(STACK_SUM)
TOOLS := $(CURDIR)/bin
TEMPLATES := $(shell git ls-files -co --exclude-standard '*.templ')

$(STACK):
	@echo "Building the local stack with its Temporal server (a few minutes, once) ..."
	@mkdir -p $(STACK_DIR)
	@cd deploy/stack && go build -o $@ .

$(TOOLS)/%: deploy/tools/go.mod
	@echo "Building the tools ..."
	@cd deploy/tools && GOBIN=$(TOOLS) go install tool

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z][a-z/-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: $(STACK) ## start the whole marketplace on this machine; Ctrl-C stops it
	@exec $(STACK) run

.PHONY: test
test: $(STACK) ## run every test against a throw-away stack
	@cd deploy/stack && go test ./...
	@cd deploy/manifests && go test ./...
	@cd deploy/image && $(STACK) exec -- go test ./...
	@$(STACK) exec -- go test -race -timeout 30m $$(go list ./... | grep -v /e2e$$)
	@$(STACK) exec --browser -- go test -race -timeout 45m -parallel 4 ./internal/e2e
	@$(STACK) exec --replica -- go test -race -run 'Replica|BaseBackup' ./internal/e2e
	@$(STACK) exec --tls -- go test -race -run OverTLS ./internal/e2e

PKG ?= ./...
RUN ?= .
ARGS ?=
.PHONY: one
one: $(STACK) ## run some tests against a throw-away stack: PKG=./internal/e2e RUN=TestName
	@$(STACK) exec --browser -- go test -timeout 20m -run '$(RUN)' $(PKG) $(ARGS)

IMAGE ?= market:latest
.PHONY: image
image: ## build the container image, as a file for `docker load`: IMAGE=market:latest ARGS=--push
	@mkdir -p bin && cd deploy/image && go run . --source ../.. --tag $(IMAGE) --out ../../bin/market-image.tar $(ARGS)

.PHONY: pictures
pictures: $(STACK) ## take the pictures of the README; wants a font with Korean
	@$(STACK) exec --browser -- env PICTURES=$(CURDIR)/docs/pictures go test -count=1 -run TestPictures ./internal/e2e

ONLY ?=
.PHONY: bench
bench: $(STACK) ## measure all, or one thing, on a throw-away stack: ONLY=purchase
	@$(STACK) exec --durable -- go run ./deploy/bench -only '$(ONLY)' $(ARGS)

MINUTES ?= 30
.PHONY: soak
soak: $(STACK) ## buy at 70 % of the maximum, and watch what grows: MINUTES=30
	@$(STACK) exec --durable -- go run ./deploy/bench -only soak -minutes $(MINUTES) -products 100000 -orders 10000 $(ARGS)

K6 := $(STACK_DIR)/k6-$(shell cksum < deploy/load/go.sum | cut -d' ' -f1)
$(K6):
	@echo "Building k6 (a few minutes, once) ..."
	@mkdir -p $(STACK_DIR)
	@cd deploy/load && go build -o $@ go.k6.io/k6

SCRIPT ?= purchase
.PHONY: load
load: $(STACK) $(K6) ## put load on a throw-away stack, with thresholds: SCRIPT=browse, purchase, flash-sale, refund-wave, month-end
	@$(STACK) exec --durable -- deploy/load/run.sh $(SCRIPT) $(K6)

SEED ?= 1
SECONDS ?= 60
.PHONY: chaos
chaos: $(STACK) ## kill processes at random under load, and compare all books: SEED=1 SECONDS=600
	@$(STACK) exec --durable --restart -- go run ./deploy/chaos -seed $(SEED) -seconds $(SECONDS)

BEFORE ?=
.PHONY: upgrade
upgrade: $(STACK) ## let the version before serve on this version's schema: BEFORE=commit
	@deploy/upgrade/run.sh $(STACK) $(BEFORE)

# Debian's package holds the whole server; only this program of it is wanted.
$(TOOLS)/promtool:
	@mkdir -p $(TOOLS) && new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT && cd $$new && \
	{ apt-get download -qq prometheus 2>/dev/null || { apt-get update -qq && apt-get download -qq prometheus; }; } && \
	dpkg-deb -x prometheus_*.deb . && mv usr/bin/promtool $@

.PHONY: observe
observe: $(TOOLS)/promtool ## check the alarms: each sounds when it should, and none when all is well
	@cd deploy/observe && $(TOOLS)/promtool check rules rules.yml && $(TOOLS)/promtool test rules rules_test.yml

.PHONY: lint
lint: $(TOOLS)/golangci-lint $(TOOLS)/workflowcheck $(TOOLS)/sqlc $(TOOLS)/templ ## format, golangci-lint, determinism of workflows, generated code
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on: $$unformatted"; exit 1; fi
	@$(TOOLS)/golangci-lint run ./...
	@cd deploy/stack && go vet ./...
	@$(TOOLS)/workflowcheck ./workflows/...
	@cd internal/store && $(TOOLS)/sqlc diff
	@new=$$(mktemp -d); trap 'rm -rf "$$new"' EXIT; \
	for f in $(TEMPLATES); do mkdir -p $$new/$$(dirname $$f); cp $$f $$new/$$f; \
	(cd $$new && $(TOOLS)/templ generate -f $$f -log-level error); g=$${f%.templ}_templ.go; \
	cmp -s $$g $$new/$$g || { echo "run make generate: $$g is not what its template says"; exit 1; }; done

.PHONY: quick
quick: ## run the tests that need no services; the others are skipped and say so
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	if env -u DATABASE_URL -u REDIS_URL -u TEMPORAL_ADDRESS go test -v ./... > "$$log" 2>&1; \
	then grep '^ok' "$$log"; \
	else cat "$$log"; exit 1; fi; \
	echo "SKIPPED: $$(grep -c '^ *--- SKIP' "$$log") tests that need services. 'make test' runs them too."

.PHONY: pre-commit
pre-commit: lint quick ## what to run before each commit; `make hook` has git do it

.PHONY: hook
hook: ## have git run `make pre-commit` before each commit
	@printf '#!/bin/sh\nexec make pre-commit\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit

.PHONY: vulnerabilities
vulnerabilities: $(TOOLS)/govulncheck ## look for known vulnerabilities; needs access to vuln.go.dev
	@$(TOOLS)/govulncheck ./... && $(TOOLS)/govulncheck -C deploy/stack ./...

# Works from source only, since it cannot be built beside the other tools.
GO_LICENSES := github.com/google/go-licenses@v0.0.0-20210329231322-ce1d9163b77d

.PHONY: licenses
licenses: ## write docs/licenses.csv: the licence of each package that is linked in
	@go run $(GO_LICENSES) csv . | cut -d, -f1,3 | LC_ALL=C sort > docs/licenses.csv.new
	@mv docs/licenses.csv.new docs/licenses.csv

.PHONY: generate
generate: $(TOOLS)/sqlc $(TOOLS)/templ ## write the database code anew from its SQL, and the pages from their templates
	@cd internal/store && $(TOOLS)/sqlc generate
	@for f in $(TEMPLATES); do rm -f $${f%.templ}_templ.go; $(TOOLS)/templ generate -f $$f -log-level error; done

.PHONY: clean
clean: ## remove what was built, and the local stack's data of a non-root user
	@rm -rf $(TOOLS) .market $(STACK_DIR)
