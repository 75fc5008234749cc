# `make demo` and `make test` do all the set-up: Python 3.11 or newer, git and make are enough.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help dev run demo tools every-tool doubles tiny check test test-llm golden bench quality load docs generate wheel sdist lock clean

# Bytecode is what makes a start fast; an environment that forbids writing it is overruled here.
unexport PYTHONDONTWRITEBYTECODE
# A release's date makes the wheel the same, byte for byte, wherever it is built.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1577836800)

BIN := .venv/bin
PYTEST_ARGS ?= -n auto

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: run tools  ## review a bundled sample; shows the review and where its files lie
	@sh scripts/demo.sh

test: dev every-tool doubles tiny  ## the whole test suite; PYTEST_ARGS="tests/domain -k diff" narrows it
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

test-llm: dev tiny  ## only what asks a real, tiny model on loopback: fetches 350 MB once
	@$(BIN)/python -m pytest tests/journeys/test_tiny_model.py

check: dev  ## formatting, lint, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports --no-cache

dev:  ## only the environment for working on the code, in .venv
	@sh scripts/bootstrap.sh dev

run:
	@sh scripts/bootstrap.sh run

tools: run
	@$(BIN)/synapse-bot tools install

every-tool: run
	@$(BIN)/synapse-bot tools install --all

doubles: dev
	@sh scripts/doubles.sh

tiny: run
	@$(BIN)/synapse-bot models install tiny

golden: dev every-tool  ## rewrite the expected outputs; read the difference before you commit it
	@SYNAPSE_UPDATE_GOLDEN=1 $(BIN)/python -m pytest $(PYTEST_ARGS) -k golden

bench: dev every-tool  ## the table of budgets, measured here and now
	@$(BIN)/python bench/speed.py $(BENCH_ARGS)

load: dev  ## the load test of a fleet: workers, a queue, kills
	@$(BIN)/python bench/load.py $(LOAD_ARGS)

quality: dev every-tool  ## precision, recall and noise beside single tools
	@$(BIN)/python bench/quality.py --out docs/quality.md $(QUALITY_ARGS)

docs: dev generate  ## the documentation site, built strictly into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "site/index.html"

generate: dev
	@$(BIN)/python scripts/cli_page.py
	@$(BIN)/python scripts/config_page.py
	@$(BIN)/python scripts/specialists_page.py

wheel: dev  ## the wheel, reproducible, into dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

sdist: dev
	@$(BIN)/python -m build --sdist --no-isolation --outdir dist .

lock:  ## resolve the dependencies again and write the lock files
	@sh scripts/lock.sh

clean:  ## remove everything that was built here
	@rm -rf .venv dist build site out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
