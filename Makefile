# Everything runs inside .venv, from hashed locks. Needs python3 (3.11 or later) with venv, nothing else.

PYTHON ?= python3
LOCK_PYTHON ?= python3.11
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-stamp
DEV := $(VENV)/.dev-stamp
LOCK := $(VENV)/lock

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
unexport PYTHONPATH PYTHONHOME

PIP_INSTALL := $(BIN)/python -m pip install --quiet
PIP_COMPILE := ../$(LOCK)/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

.DEFAULT_GOAL := help
.PHONY: help app test check bench validate fit lock schema clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

app: $(RUNTIME) ## install what the app needs, then start it
	$(BIN)/planner app

test: $(DEV) ## everything: import layers, lint, format, types, the whole test suite
	$(BIN)/lint-imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n $(JOBS)

check: $(DEV) ## the inner loop: formats the code, then lint, types, import layers, fast tests
	$(BIN)/ruff format .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow and not browser"

bench: $(DEV) ## measure speed
	$(BIN)/python -W ignore benchmarks/run.py

validate: $(DEV) ## error of the estimator with whole families left out; NESTED=--nested fits anew, minutes
	$(BIN)/python -W ignore benchmarks/validate.py $(NESTED)

fit: $(DEV) ## fit the estimator again from pricing_data/measured
	$(BIN)/python pricing_data/fit.py

schema: $(RUNTIME) ## write the JSON schema of scenario files
	$(BIN)/python -c 'from planner.scenario_io import write_json_schema as write; write("docs/scenario.schema.json")'

lock: ## write requirements/*.txt again; UPGRADE=--upgrade takes new versions
	@test -x $(LOCK)/bin/pip-compile || { $(LOCK_PYTHON) -m venv $(LOCK) && $(LOCK)/bin/pip install --quiet pip-tools==7.6.2; }
	cd requirements && $(PIP_COMPILE) $(UPGRADE) -o runtime.txt ../pyproject.toml
	cd requirements && $(PIP_COMPILE) $(UPGRADE) -o build.txt build.in
	cd requirements && $(PIP_COMPILE) $(UPGRADE) -o dev.txt dev.in
	@for file in runtime build dev; do \
		{ echo "# Written by 'make lock'. Change pyproject.toml or the .in files, not this one."; \
		  cat requirements/$$file.txt; } > requirements/$$file.tmp && mv requirements/$$file.tmp requirements/$$file.txt; \
	done

clean: ## remove caches and build outputs (the environment stays: rm -r .venv)
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

$(RUNTIME): requirements/runtime.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this one is %d.%d. Say which with: make PYTHON=/path/to/python3" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the app into $(VENV), a minute or two the first time"
	@$(PIP_INSTALL) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements/dev.txt requirements/macos.txt
	@echo "Installing the test tools into $(VENV)"
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt -r requirements/macos.txt
	@touch $@
