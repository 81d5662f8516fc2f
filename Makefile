# Every target does its own set-up. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export CGO_ENABLED ?= 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: help demo dev test e2e check bench soak lint fmt generate verify build setup-demo setup-test setup-bench setup-soak spa

help: ## List the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup-demo:
	@deploy/setup.sh demo

setup-test:
	@deploy/setup.sh test

frontend/node_modules/.package-lock.json: frontend/package-lock.json
	cd frontend && npm ci --no-audit --no-fund

spa: frontend/node_modules/.package-lock.json
	cd frontend && npm run --silent build

build: spa ## Build bin/overmind with the web application inside
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/overmind ./api

demo: setup-demo build ## Run a complete installation with sample data; ARGS=--once ends by itself
	bin/overmind demo $(ARGS)

dev: setup-demo build ## The same, plus the web application with hot reload
	bin/overmind demo $(ARGS) & server=$$!; trap 'kill $$server; wait $$server' EXIT; cd frontend && npm run dev

test: setup-test spa ## Everything there is: Go with -race, web application, end to end
	go vet ./...
	CGO_ENABLED=1 go test -race -p 2 -timeout 30m ./...
	deploy/fuzz.sh 30000 pkg/engine
	cd frontend && npm run --silent test
	$(MAKE) --no-print-directory e2e

e2e: setup-test build ## The built program in a real browser
	cd frontend && npm run --silent e2e

check: lint verify test ## What a change must pass

setup-bench: setup-test
	@deploy/setup.sh bench

bench: setup-bench build ## Time `overmind copy` against other ways, write docs/benchmarks.md; ARGS="-shape=A -flavour=mysql"
	go test -tags bench -count=1 -timeout 90m -run TestBench ./api -v $(ARGS)

setup-soak: setup-test
	@deploy/setup.sh soak

soak: setup-soak build ## The long runs: kills in every phase, cancels, races and takeovers twenty times over, two million inputs for each fuzz test
	set -o pipefail; go test -tags soak -count 1 -timeout 120m -run 'TestKill_InEvery|TestCancel_AtARandom|TestNotify_Kill' -v ./api | grep -v '^=== '
	CGO_ENABLED=1 go test -race -p 1 -count 20 -timeout 240m -skip 'TestKill_InEvery|TestCancel_AtARandom|TestNotify_Kill' \
		-run 'Kill|Recover|Takeover|Approve|Claim|Cancel|Undo' ./api ./pkg/engine ./pkg/job ./pkg/migration ./pkg/store
	set -o pipefail; CGO_ENABLED=1 go test -race -count 20 -timeout 60m -v -run 'Share_EveryRung' ./pkg/engine/native | grep -E 'one state in|^(FAIL|ok)'
	OVERMIND_SOAK=1 go test -count 1 -run 'MySQL57|MySQL80' ./pkg/engine/check
	set -o pipefail; OVERMIND_SOAK=1 go test -count 1 -timeout 180m -v -run 'TestCases|TestVersions' ./pkg/engine | grep -vE '^ *(=== |--- PASS)'
	deploy/fuzz.sh 2000000 api pkg

lint: frontend/node_modules/.package-lock.json ## Formatting, vet, types
	@test -z "$$(gofmt -l api pkg docs frontend/*.go)" || { gofmt -l api pkg docs frontend/*.go; exit 1; }
	go vet ./...
	cd frontend && npm run --silent lint

fmt: ## Format the code
	gofmt -w api pkg docs frontend/*.go

generate: frontend/node_modules/.package-lock.json ## The OpenAPI document and the typed client, from the code
	docs/openapi/generate.sh

verify: generate ## Fail when generated files are not the committed ones
	git diff --exit-code -- docs/openapi frontend/src/api
