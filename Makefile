# The marketplace's tasks. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# All that is built without the race detector is built with the flags of the
# container image, so that each package is compiled once.
export CGO_ENABLED ?= 0
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)

# What takes minutes to build is built once for each version of its sources,
# outside of the checkout.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/all-in-market
sum = $(shell cat $(1) | cksum | cut -d' ' -f1)
TEMPORAL := $(CACHE)/temporal-$(call sum,deploy/temporal/*.go deploy/temporal/go.mod deploy/temporal/go.sum)
K6 := $(CACHE)/k6-$(call sum,deploy/load/go.sum)
TOOLS := $(CACHE)/tools-$(call sum,deploy/tools/go.mod deploy/tools/go.sum)
STACK := $(CURDIR)/bin/stack
TEMPLATES := $(shell git ls-files -co --exclude-standard '*.templ')

# The stack starts this Temporal server unless it finds another; see deploy/stack.
export TEMPORAL_SERVER := $(TEMPORAL)

$(TEMPORAL):
	@deploy/build.sh "the Temporal server" $@ deploy/temporal

$(K6):
	@deploy/build.sh k6 $@ deploy/load go.k6.io/k6

$(TOOLS)/%:
	@deploy/build.sh $* $@ deploy/tools $(TOOL_$*)

TOOL_golangci-lint := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
TOOL_govulncheck := golang.org/x/vuln/cmd/govulncheck
TOOL_sqlc := github.com/sqlc-dev/sqlc/cmd/sqlc
TOOL_templ := github.com/a-h/templ/cmd/templ
TOOL_workflowcheck := go.temporal.io/sdk/contrib/tools/workflowcheck

.PHONY: $(STACK)
$(STACK):
	@go build -o $@ ./deploy/stack

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z][a-z/-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: $(STACK) ## start the whole marketplace on this machine; Ctrl-C stops it
	@[ -n "$$TEMPORAL_ADDRESS" ] || temporal server start-dev --help >/dev/null 2>&1 || $(MAKE) --no-print-directory $(TEMPORAL)
	@exec $(STACK) run

.PHONY: stop
stop: $(STACK) ## stop the marketplace that `make run` has started in this folder
	@$(STACK) stop

SUITE := $(CURDIR)/bin/suite
.PHONY: $(SUITE)
$(SUITE):
	@go build -o $@ ./deploy/suite

# The processes that end-to-end tests kill.
CHILD := $(CURDIR)/bin/e2e-child
.PHONY: $(CHILD)
$(CHILD):
	@go test -c -o $@ ./internal/e2e

SLOWEST ?= 20
EVENTS ?=
CHECK := $(SUITE) -slowest $(SLOWEST) -json '$(EVENTS)' --

# These end-to-end tests need a stack of their own.
REPLICA := ^Test(Processes_TwoOfEachAndAReplica.*|Lists_Standby.*|Purchase_PrimaryIsDemoted.*|Restore_BaseBackup.*)$$
TLS := ^TestTLS_EachConnection_IsVerified$$
POOLER := ^Test(PgBouncer.*|Storm)$$
# In these much happens at once in one process: they run with the race detector.
RACES := ^Test(Checkout|Payment|Cancel_PaidOrder.*|SellerProducts|Refund_TwoApprovalsAtOnce.*|Router_BadInput.*|RedisAway|Processes_TwoAPIs.*|Webhooks_EachEvent.*|DayClose)$$
RACE := CGO_ENABLED=1 GOFLAGS= -race -vet=off -timeout 30m
# So do the packages in whose code or tests goroutines are started or guarded against, the longest first.
PACKAGES = $(filter-out ./internal/e2e,$(shell go list ./... | sed 's:^github.com/all-in-market/market:.:'))
CONCURRENT = $(filter $(shell git grep -lE '\bgo func|\bsync\.|\batomic\.|\berrgroup\.' -- '*.go' | xargs -n1 dirname | sort -u | sed 's:^[^.]:./&:'),$(PACKAGES))
LONGEST := ./internal/store ./internal/seed ./migrations
# All others. Most of the time they wait, for processes that were killed or for pages: many run at a time.
E2E := -binary $(CHILD) ./internal/e2e -test.timeout=30m

.PHONY: test
test: export GOGC := 400
test: $(STACK) $(SUITE) $(CHILD) $(TEMPORAL) ## run every test against a throw-away stack
	@cd deploy/manifests && $(CHECK) -vet=off ./...
	@cd deploy/image && $(STACK) exec -- $(CHECK) -vet=off ./...
	@$(STACK) exec --browser -- $(CHECK) $(RACE) -p 3 $(LONGEST) $(filter-out $(LONGEST),$(CONCURRENT)) \
		-- -vet=off -p 4 $(filter-out $(CONCURRENT),$(PACKAGES)) \
		-- E2E_CHILD_BINARY=$(CHILD) $(RACE) -parallel 4 -run '$(RACES)' ./internal/e2e \
		-- $(E2E) -test.parallel=12 -test.skip='$(RACES)|$(REPLICA)|$(TLS)|$(POOLER)'
	@$(STACK) exec --replica -- $(CHECK) $(E2E) -test.run='$(REPLICA)'
	@$(STACK) exec --tls -- $(CHECK) $(E2E) -test.run='$(TLS)'
	@$(STACK) exec --pooler -- $(CHECK) $(E2E) -test.run='$(POOLER)'

.PHONY: race
race: $(STACK) $(SUITE) $(CHILD) $(TEMPORAL) ## run every end-to-end test with the race detector
	@$(STACK) exec --browser -- $(CHECK) E2E_CHILD_BINARY=$(CHILD) $(RACE) -parallel 4 -skip '$(REPLICA)|$(TLS)|^TestPgBouncer' ./internal/e2e

PKG ?= ./...
MODULE ?= .
RUN ?= .
ARGS ?=
.PHONY: one
one: $(STACK) $(SUITE) $(TEMPORAL) ## run some tests against a throw-away stack: PKG=./internal/e2e RUN=TestName
	@cd $(MODULE) && $(STACK) exec --browser --replica -- $(CHECK) -count=1 -vet=off -timeout 20m -run '$(RUN)' $(PKG) $(ARGS)

IMAGE ?= market:latest
.PHONY: image
image: ## build the container image, as a file for `docker load`: IMAGE=market:latest ARGS=--push
	@mkdir -p bin && cd deploy/image && go run . --source ../.. --tag $(IMAGE) --out ../../bin/market-image.tar $(ARGS)

.PHONY: pictures
pictures: $(STACK) $(TEMPORAL) ## take the pictures of the README; wants a font with Korean
	@$(STACK) exec --browser -- env PICTURES=$(CURDIR)/docs/pictures go test -count=1 -run TestPictures ./internal/e2e

ONLY ?=
.PHONY: bench
bench: $(STACK) $(TEMPORAL) ## measure all, or one thing, on a throw-away stack: ONLY=purchase
	@$(STACK) exec --durable -- go run ./deploy/bench -only '$(ONLY)' $(ARGS)

MINUTES ?= 30
.PHONY: soak
soak: $(STACK) $(TEMPORAL) ## buy at 70 % of the maximum, and watch what grows: MINUTES=30
	@$(STACK) exec --durable -- go run ./deploy/bench -only soak -minutes $(MINUTES) -products 100000 -orders 10000 $(ARGS)

SCRIPT ?= purchase
.PHONY: load
load: $(STACK) $(TEMPORAL) $(K6) ## put load on a throw-away stack, with thresholds: SCRIPT=browse, purchase, flash-sale, refund-wave, month-end
	@$(STACK) exec --durable -- deploy/load/run.sh $(SCRIPT) $(K6)

SEED ?=
SECONDS ?= 60
NODES ?= 1
.PHONY: chaos
chaos: $(STACK) $(TEMPORAL) ## kill processes at random under load, and compare all books: SECONDS=600 SEED=1 NODES=3
	@$(STACK) exec --durable --restart --nodes $(NODES) -- go run ./deploy/chaos $(if $(SEED),-seed $(SEED)) -seconds $(SECONDS)

.PHONY: storm
storm: $(STACK) $(TEMPORAL) ## run random histories of orders, and compare all books after each: MINUTES=30 SEED=1
	@set -o pipefail; STORM=$(MINUTES)m $(STACK) exec -- go test -count=1 -vet=off -timeout 0 -v -run '^TestStorm' ./internal/e2e \
		-rapid.checks=100000 -rapid.shrinktime=5m -rapid.nofailfile $(if $(SEED),-rapid.seed=$(SEED)) | grep -v '^=== '

.PHONY: hostile
hostile: $(STACK) $(TEMPORAL) ## attack the API while an honest client uses it, and print what the client notices: ARGS='-only idle'
	@$(STACK) exec --durable -- go run ./deploy/hostile $(ARGS)

BEFORE ?=
.PHONY: upgrade
upgrade: $(STACK) $(TEMPORAL) ## let the version before serve on this version's schema: BEFORE=commit
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
lint: $(TOOLS)/golangci-lint $(TOOLS)/workflowcheck $(TOOLS)/sqlc $(TOOLS)/templ ## format, golangci-lint, layout, determinism of workflows, generated code
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on: $$unformatted"; exit 1; fi
	@$(TOOLS)/golangci-lint run --allow-serial-runners ./...
	@cd deploy/temporal && $(TOOLS)/golangci-lint run --allow-serial-runners ./...
	@go test -vet=off ./internal/archtest
	@$(TOOLS)/workflowcheck ./workflows/...
	@cd internal/store && $(TOOLS)/sqlc diff
	@new=$$(mktemp -d); trap 'rm -rf "$$new"' EXIT; \
	for f in $(TEMPLATES); do mkdir -p $$new/$$(dirname $$f); cp $$f $$new/$$f; \
	(cd $$new && $(TOOLS)/templ generate -f $$f -log-level error); g=$${f%.templ}_templ.go; \
	cmp -s $$g $$new/$$g || { echo "run make generate: $$g is not what its template says"; exit 1; }; done

.PHONY: quick
quick: $(SUITE) ## run the tests that need no services; the others are skipped and counted
	@env -u DATABASE_URL -u REDIS_URL -u TEMPORAL_ADDRESS $(CHECK) -vet=off ./...

.PHONY: pre-commit
pre-commit: lint quick ## what to run before each commit; `make hook` has git do it

.PHONY: hook
hook: ## have git run `make pre-commit` before each commit, and check the subject of its message
	@hooks=$$(git rev-parse --git-path hooks) && mkdir -p "$$hooks" && \
	printf '#!/bin/sh\nexec make pre-commit\n' > "$$hooks/pre-commit" && \
	printf '#!/bin/sh\nexec .ci/subjects "$$1"\n' > "$$hooks/commit-msg" && \
	chmod +x "$$hooks/pre-commit" "$$hooks/commit-msg"

.PHONY: vulnerabilities
vulnerabilities: $(TOOLS)/govulncheck ## look for known vulnerabilities; needs access to vuln.go.dev
	@$(TOOLS)/govulncheck ./... && $(TOOLS)/govulncheck -C deploy/temporal ./...

# Works from source only, since it cannot be built beside the other tools.
GO_LICENSES := github.com/google/go-licenses@v0.0.0-20210329231322-ce1d9163b77d

.PHONY: licenses
licenses: ## write docs/licenses.csv: the licence of each package that is linked in
	@set -o pipefail; GOFLAGS= go run $(GO_LICENSES) csv . | cut -d, -f1,3 | LC_ALL=C sort > docs/licenses.csv.new
	@mv docs/licenses.csv.new docs/licenses.csv

.PHONY: generate
generate: $(TOOLS)/sqlc $(TOOLS)/templ ## write the database code from its SQL, pages from templates, the tests' store from the store
	@cd internal/store && $(TOOLS)/sqlc generate
	@go generate ./internal/testrig/fakestore
	@for f in $(TEMPLATES); do rm -f $${f%.templ}_templ.go; $(TOOLS)/templ generate -f $$f -log-level error; done

.PHONY: clean
clean: ## remove what was built, and the local stack's data of a non-root user
	@rm -rf bin .market $(CACHE)
