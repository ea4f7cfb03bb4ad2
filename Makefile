# The book's commands: `make lab` opens it, `make test` checks it; both set up what they need. `make help` lists the rest.

PYTHON ?= python3.13 python3.12 python3.11 python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
UV := $(BIN)/python -m uv pip
# uv takes seconds for what takes pip a minute; where there is no uv, pip does it.
INSTALL = { $(PIP) uv && $(UV) install --quiet --python $(BIN)/python -r $(1); } 2>/dev/null || $(PIP) -r $(1)
PYTEST := $(BIN)/python -m pytest --quiet
LITE := tests/browser/test_lite.py
ROOT_USER := $(if $(filter 0,$(shell id -u)),--allow-root) # as in a container
FUZZ_S ?= 60
COMPILE := $(UV) compile --quiet --universal --python-version 3.11 --fork-strategy fewest --no-annotate --no-header --upgrade

.PHONY: help lab site student test chapters lint format execute lite compare sweep footprints record conformance fuzz bench pins clean
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 18

lab: .venv/lab.stamp ## set up and open the book in JupyterLab; options: LABFLAGS=--no-browser
	@$(BIN)/python -m jupyterlab $(ROOT_USER) $(LABFLAGS) notebooks/00_welcome.ipynb

site: .venv/lab.stamp ## build the book as a static site, in build/site; some minutes, the first time
	@$(BIN)/python -m labcore.site build/site

student: .venv/lab.stamp ## copy the book without its solutions and the instructors' part, to build/student
	@$(BIN)/python binder/editions/student.py build/student

test: lint ## set up, lint, run all tests and compare every notebook's outputs
	@echo "== unit tests and claims" && $(PYTEST) tests --ignore=tests/browser --ignore=tests/bench -n 2 --dist worksteal
	@echo "== notebooks" && $(PYTEST) --nbval notebooks -n 2 --dist loadscope --nbval-cell-timeout=120
	@test ! -d tests/browser || { echo "== browsers" && $(PYTEST) tests/browser --ignore=$(LITE) -n 2 --dist loadfile; }

chapters: .venv/test.stamp ## open every chapter in JupyterLab and step through all of it; axe-core on every page of the site
	@EVERYTHING=1 $(PYTEST) tests/browser/test_chapters.py tests/browser/test_site.py

lint: .venv/test.stamp ## formatting, lint, types, and which module may import which
	@$(BIN)/ruff format --quiet --check --output-format concise . || { echo "Not formatted: run 'make format'."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@report=$$($(BIN)/lint-imports 2>&1) || { echo "$$report"; exit 1; }

format: .venv/test.stamp ## format code and notebooks, repair what lint can repair
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

execute: .venv/test.stamp ## run every notebook and store its outputs; one: NOTEBOOKS=notebooks/05_….ipynb
	@$(BIN)/python tests/execute.py $(NOTEBOOKS)

lite: .venv/lite.stamp build/npm.stamp ## build the edition that runs in readers' browsers, in build/lite (README)
	@PYTHONPATH=$(CURDIR)/.venv/lite $(BIN)/python binder/lite/build.py build/npm/node_modules/pyodide build/lite
	@echo "build/lite: serve these files from anywhere"

compare: .venv/test.stamp ## ask the model everything, in Pyodide and in CPython, and open the lite edition (minutes)
	@EVERYTHING=1 $(PYTEST) tests/lite $(LITE)

sweep: .venv/test.stamp ## search every attack in every browser, for the table of chapter 10
	@$(BIN)/python tests/sweep.py

footprints: .venv/test.stamp ## measure the memory and processor time of every chapter's kernel (Linux)
	@$(BIN)/python tests/footprints.py $(NOTEBOOKS)

record: .venv/test.stamp ## replay every scenario in Chromium and Firefox, and store what they did
	@$(BIN)/python tests/record.py

conformance: .venv/test.stamp ## ask Chromium and Firefox all conformance cases; some: ONLY="Firefox clicks"
	@$(BIN)/python tests/conformance.py $(ONLY)

fuzz: .venv/test.stamp ## nonsense at every entry, guided by coverage; options: FUZZ_S=60 ONLY="Origin.of"
	@$(PIP) --only-binary :all: -r tests/fuzz/requirements.txt 2>/dev/null || true
	@FUZZ_S=$(FUZZ_S) ONLY="$(ONLY)" $(BIN)/python tests/fuzz/guided.py

bench: .venv/test.stamp ## measure speed
	@$(PYTEST) -s tests/bench

pins: .venv/python.stamp ## pin the newest releases that pyproject.toml admits, for Python 3.11+ on every system
	@$(PIP) uv
	@$(COMPILE) pyproject.toml --output-file .venv/lab.pins
	@$(COMPILE) pyproject.toml --extra test --constraint .venv/lab.pins --output-file .venv/test.pins
	@$(COMPILE) pyproject.toml --extra lite --constraint .venv/lab.pins --output-file .venv/lite.pins
	@note="# Pinned from pyproject.toml for Python 3.11+ on every system. Not to be edited: run 'make pins'."; \
	{ echo "$$note"; echo "-e ."; cat .venv/lab.pins; } > requirements.txt; \
	{ echo "$$note"; echo "-r ../requirements.txt"; grep -vxFf .venv/lab.pins .venv/test.pins; } > tests/requirements.txt; \
	{ echo "$$note"; grep -vxFf .venv/lab.pins .venv/lite.pins; } > binder/lite/requirements.txt

clean: ## remove .venv and caches
	@rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

# Set-up, in three steps. A stamp older than what it was made from is made again.

.venv/lab.stamp: .venv/python.stamp requirements.txt pyproject.toml
	@echo "Installing requirements.txt into .venv (some minutes, the first time)"
	@$(call INSTALL,requirements.txt)
	@touch $@

.venv/test.stamp: .venv/lab.stamp tests/requirements.txt
	@echo "Installing tests/requirements.txt into .venv"
	@$(call INSTALL,tests/requirements.txt)
	@touch $@

# JupyterLite's own packages stay apart: JupyterLab would take its kernel for one of its extensions.
.venv/lite.stamp: .venv/lab.stamp binder/lite/requirements.txt
	@$(PIP) --no-deps --upgrade --target .venv/lite -r binder/lite/requirements.txt
	@touch $@

build/npm.stamp: binder/lite/package.json binder/lite/package-lock.json
	@command -v npm >/dev/null || { echo "npm is needed, with Node.js; on Debian or Ubuntu: apt-get install npm"; exit 1; }
	@mkdir -p build/npm && cp binder/lite/package*.json build/npm && cd build/npm && npm ci --silent --ignore-scripts
	@touch $@

# A candidate must run (a version manager's stand-in may not), be new enough, and be able to make an environment.
.venv/python.stamp:
	@for python in $(PYTHON); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || { without_venv=$$python; continue; }; \
		"$$python" -m venv --clear .venv && touch $@; exit; \
	done; \
	if [ -n "$$without_venv" ]; then \
		echo "$$without_venv cannot make virtual environments; on Debian or Ubuntu: apt-get install python3-venv"; \
	else \
		echo "Python 3.11 or newer is needed; tried: $(PYTHON). Name another with: make PYTHON=/path/to/python3"; \
	fi >&2; exit 1

# An environment whose Python has gone (upgraded, moved) is made anew.
ifneq ($(shell $(BIN)/python -c 'import pip' 2>/dev/null && echo works),works)
.PHONY: .venv/python.stamp
endif
