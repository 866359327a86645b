# Needs make and Python 3.11 or newer; the rest is set up in .venv. Another Python: make PYTHON=…
PYTHON ?= python3
ARGS ?=
SECONDS ?= 600
SEED ?=
TOO_OLD = Postclock needs Python 3.11 or newer. Name one: make PYTHON=python3.12 … This is

.DEFAULT_GOAL := help
.PHONY: help run demo test chaos check bench setup setup-tests lock clean python

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

run: setup ## set up what is missing and start everything (options: ARGS="…")
	@exec .venv/bin/postclock run $(ARGS)

demo: setup ## watch posts go out at their moments, on pretend platforms (options: ARGS="…")
	@exec .venv/bin/postclock demo $(ARGS)

test: python ## pass all tests: backend, web, e2e, pds (SKIP=e2e,pds leaves some out)
	@exec $(PYTHON) tools/test.py

chaos: python ## break nodes at random and count the posts (SECONDS=600, SEED=…, ARGS=--verbose)
	@SECONDS=$(SECONDS) SEED=$(SEED) exec $(PYTHON) tools/chaos.py $(ARGS)

check: python ## look at the code without running it: format, lint, types, import contracts
	@exec $(PYTHON) tools/check.py

bench: python ## measure it beside other queues (ARGS="throughput --runs 1")
	@exec $(PYTHON) tools/run_bench.py $(ARGS)

setup: python ## the set-up alone: Python and npm packages, Node, the built web app
	@$(PYTHON) tools/setup.py

setup-tests: python ## also what the tests need
	@$(PYTHON) tools/setup.py --tests

lock: python ## pin the Python packages anew (ARGS=--upgrade: in their newest versions)
	@$(PYTHON) tools/lock.py $(ARGS)

clean: ## remove all that the set-up made; your data stays
	rm -rf .venv .cache web/node_modules web/out web/.next tests/pds/node_modules

python:
	@$(PYTHON) -c 'import sys; sys.exit("$(TOO_OLD) " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
