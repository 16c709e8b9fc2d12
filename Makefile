# Two commands matter: `make demo` and `make test`. Everything they need is set up on the way.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first interpreter that is 3.11 or newer runs the lab and the tests (PYTHON=... overrides).
PYTHON ?= $(shell tools/find-python 3.11+)
BIN := .venv/bin

.PHONY: help setup demo test lint web package inspect bench evaluate soak verify-splunk clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

setup: .venv/.stamp node_modules/.stamp  ## Python and browser dependencies, pinned

.venv/.stamp: pyproject.toml requirements/constraints.txt
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check \
	  -c requirements/constraints.txt -e '.[test]'
	@touch $@

node_modules/.stamp: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.venv-tools/.stamp: requirements/tools.txt
	@test -x .venv-tools/bin/python || "$(PYTHON)" -m venv .venv-tools
	.venv-tools/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

.venv-inspect/.stamp: requirements/inspect.txt
	@test -x .venv-inspect/bin/python || "$(PYTHON)" -m venv .venv-inspect
	.venv-inspect/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@

web: setup  ## the desk's bundle and the lab's dashboard renderer
	npm run --silent build

demo: setup web  ## stand-ins, a prepared past, the real inputs, the app at a printed address
	$(BIN)/python -m lab.demo

test: setup web package lint .venv-inspect/.stamp  ## every test, two files at a time
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: setup  ## style of the Python files, Splunk's traps in the app's SPL, types of the desk
	$(BIN)/ruff check .
	$(BIN)/lab lint
	npm run --silent typecheck

package: setup web .venv-tools/.stamp  ## dist/cloud_instance_watch-<version>.tar.gz, validated by slim
	$(BIN)/python tools/package.py

inspect: package .venv-inspect/.stamp  ## AppInspect with the tags cloud, private_victoria and future
	$(BIN)/python tools/inspect_package.py

evaluate: setup  ## detection quality on all scenarios and a benign month; tables in build/evaluate.txt
	$(BIN)/python -m lab.evaluate

bench: setup  ## throughput of the inputs; the lab's engine beside DuckDB SQL; the searches; the desk
	$(BIN)/python -m bench

soak: setup  ## long fault, kill and backlog runs, their table in build/soak.txt; a month of attackers
	rm -rf build/soak build/soak.txt
	CIW_SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal \
	  tests/detections/test_invariance.py tests/detections/test_left_out.py \
	  tests/faults tests/promises tests/core/test_state_machine.py \
	  tests/lab/differential/test_pipelines.py tests/detections/test_baseline_poisoning.py \
	  tests/detections/test_evaluation.py tests/detections/test_order.py \
	  tests/detections/test_samples.py \
	  tests/detections/test_azure_split_records.py

verify-splunk: setup  ## the documented cases on a real Splunk: SPLUNK_URL=... SPLUNK_TOKEN=...
	@$(BIN)/python tools/verify_splunk.py

clean:  ## what make built, without the virtual environments
	rm -rf build dist appserver/static/desk.js appserver/static/desk.js.LEGAL.txt .lab
