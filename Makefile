# Every target makes what it needs by itself, from Python 3.11 or newer alone.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo up test prove tools prove-long check format wheel bench chaos

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/ready  ## make the virtual environment in .venv, with .venv/bin/redress

.venv/ready: pyproject.toml constraints.txt
	@echo "making the virtual environment in .venv (a minute or two the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Redress needs Python 3.11 or newer; name one with PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test,bench]"
	@touch $@

demo: setup  ## a minute of load on real Kafka, watched live, then a checked summary
	$(BIN)/redress demo

up: setup  ## broker and all services in the foreground, until Ctrl-C
	$(BIN)/redress up

test: check  ## lint, types, house rules and every test but the long ones; real Kafka included
	$(BIN)/pytest -m "not prove and not prove_long"

check: setup  ## format, lint, types, house rules, published schemas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/redress schemas check

format: setup  ## put the code into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

prove: setup tools  ## the long tests: kills, outages and a whole replay on real Kafka
	$(BIN)/pytest -m prove

# What the long tests need beyond pip, for root on Debian: Node for an example, an IMAP server for fetch-mail's tests, a
# browser for the form's.
# RUNLEVEL: the server is not started by its installation.
tools:
	@missing=$$(command -v node > /dev/null || echo nodejs; command -v dovecot > /dev/null || echo dovecot-imapd; \
		command -v chromium > /dev/null || echo chromium); \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
			apt-get install -qq --yes --no-install-recommends $$missing; \
	fi

prove-long: setup  ## what takes longer still: real logs read in every way, and faults under seven seeds (half an hour)
	$(BIN)/pytest -m prove_long
	$(BIN)/python -m chaos

wheel: setup  ## build/wheel: production's wheel, its hot arithmetic compiled; needs a C compiler
	rm -rf build
	REDRESS_COMPILE=1 $(BIN)/pip wheel --quiet --no-build-isolation --no-deps --wheel-dir build/wheel .

bench: setup  ## throughput, curves, latency, ordinary days, deadlines and memory on real Kafka; needs h2load
	$(BIN)/python -m bench

chaos: setup  ## break a deployment on three brokers on purpose, and count what was lost or doubled (half an hour)
	$(BIN)/python -m chaos --report docs/reliability.md
