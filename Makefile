# Two commands are all a newcomer needs: `make run` and `make test`.
# Only Python 3.11 or later and make are assumed; everything else comes by the lock.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
STAMP := $(VENV)/installed

.DEFAULT_GOAL := help
.PHONY: help setup run worker check conformance-sources test bench bench-execution hostile tools schema clean

help: ## Say what each command does.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/'

setup: $(STAMP) ## Create the environment from the lock.

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make setup PYTHON=python3.11"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

run: setup ## Serve the demo retailer on loopback; PORT=8000.
	@$(BIN)/tillway demo --host $(HOST) --port $(PORT)

worker: setup ## Run jobs only, beside a server with TILLWAY_WORKER=false.
	@$(BIN)/tillway worker

check: setup ## Lint, types, import directions, schema and migration drift.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/tillway schema check
	$(BIN)/tillway migrate --check

conformance-sources: setup ## Lay out graphql-core's own tests, at the locked version and digest.
	@$(BIN)/python -m tests.conformance.sources

test: check conformance-sources ## Everything: `check`, then every test on SQLite and PostgreSQL.
	$(BIN)/python -m pytest -n auto --dist loadgroup

bench: setup ## Measure, and record the figures with the machine under benchmarks/.
	$(BIN)/python -m benchmarks

hostile: setup ## Measure what refusing hostile requests costs; records benchmarks/hostile.md.
	$(BIN)/python -m benchmarks.hostile

tools: setup ## Run the public suites of TOOLS=folder against the demo; records benchmarks/wire.md.
	$(BIN)/python -m benchmarks.wire "$(TOOLS)"

bench-execution: setup ## Measure execution beside Strawberry and, with Node, Apollo Server and Mercurius.
	$(BIN)/python -m benchmarks.execution

schema: setup ## Write schema.graphql anew after a change of the schema.
	$(BIN)/tillway schema export

clean: ## Remove the environment and the demo's data.
	rm -rf $(VENV) .tillway .mypy_cache .ruff_cache .pytest_cache
