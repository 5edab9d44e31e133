# Workers: what a person types. `make` shows it on one screen; each target does all its set-up itself.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:

DOTNET := $(shell src/make/find-dotnet.sh 2>/dev/null)
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

.PHONY: help setup build run demo test purity corpus bench chaos fmt openapi clean

help: ## Show this
	@printf 'Workers: a REST control plane for headless render workers\n\n'
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'
	@printf '\nBLENDER=/path/to/blender and REDIS=/path/to/redis-server point at your own builds.\n'

setup: ## Install what is missing: .NET SDK (named), redis-server, blender, python3, numpy, matplotlib
	@src/make/setup.sh

build: setup ## Build everything; leaves dist/workers-server
	@src/make/build.sh

run: build ## Start the server at http://127.0.0.1:8700 (Ctrl-C stops it)
	@dist/workers-server

demo: build ## Render samples/product.blend in three colours with warm workers; pictures under demo-out/
	@src/make/python.sh samples/demo.py

test: build ## Run every test against real Redis, real processes, real Blender (< 10 minutes)
	@src/make/test.sh

purity: setup ## Prove that nothing leaks from job to job: 1,000 random jobs against fresh processes (15 minutes; SEED= JOBS=)
	@src/make/python.sh tests/purity/purity.py $(if $(JOBS),--jobs $(JOBS)) $(if $(SEED),--seed $(SEED))

corpus: setup ## Preview files that take minutes: two million faces, a hundred thousand objects (10 minutes)
	@CORPUS=heavy src/make/python.sh -m unittest discover -s tests/python -t tests/python -p test_blender_corpus.py

bench: build ## Measure: cold against warm, overhead, script times; ratios with N, median and spread
	@src/make/bench.sh

chaos: build ## Break everything while clients submit: kills, stops, cut links; judged afterwards (25 minutes; SEED= SECONDS= JOBS= FAULTS=; FAILOVER=3 kills primaries of Redis for good, too)
	@"$(DOTNET)" tests/Workers.Chaos/bin/Release/net10.0/Workers.Chaos.dll

fmt: ## Format the C# sources
	@"$(DOTNET)" format Workers.sln --no-restore

openapi: build ## Write openapi/ anew from the code
	@UPDATE_OPENAPI=1 "$(DOTNET)" test Workers.sln -c Release --no-build --filter 'Category=Drift' -v q

clean: ## Remove what was built
	@rm -rf dist demo-out; find src tests -type d \( -name bin -o -name obj -o -name __pycache__ \) -prune -exec rm -rf {} +
