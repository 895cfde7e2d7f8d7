# Two commands do everything on a fresh Debian or Ubuntu with Python 3.11+, git and make: `make demo` and `make test`.
# Another Python: make test PYTHON=python3.12
# The tests wait half of their time, so they run in one process more than there are processors. In this one alone, as
# for a debugger: make test JOBS=0

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell expr $$(nproc) + 1)
STAMP := $(VENV)/.installed
# Tried once for each state of the sources; without a compiler everything works, only slower.
COMPILED := $(VENV)/.compiled
# Once there is an environment, its Python is the one whose modules count.
PROBE = $(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON)) setup/system_packages.py

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check bench drill client packages format constraints clean python desktop test-tools client-tools package-tools axe

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: desktop $(COMPILED) ## See a whole support session on this computer
	@$(BIN)/python -m demo

# Building the customers' files and running them takes tools of their own, a gigabyte with wine; short runs do without.
test: test-tools $(if $(filter 0,$(LONG)),,client-tools) axe $(COMPILED) ## Run every test (half an hour; LONG=0: a quarter); one folder: make test TESTS=tests/relay
	LONG=$(LONG) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=30 --durations-min=5 $(TESTS)

check: $(STAMP) ## Run every static check: lint, format, types, import contracts, change notes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy setup
	$(BIN)/lint-imports --no-logo
	@echo "towncrier: docs/changes"
	@$(BIN)/towncrier build --draft --version next >$(VENV)/changes.log 2>&1 || { cat $(VENV)/changes.log; exit 1; }

bench: desktop $(COMPILED) ## Measure and compare with the stored figures; some of them: make bench BENCH=picture
	$(BIN)/python -m benchmarks $(BENCH)

drill: test-tools $(COMPILED) ## Break it on purpose and count what gave way, under 10 minutes; hours: make drill FULL=1
	$(BIN)/python -m drill $(if $(FULL),--full) $(DRILL)

client: client-tools $(COMPILED) ## Build the files customers download, for Linux and Windows, into build/client; some minutes
	$(BIN)/python -m installers build --target linux
	$(BIN)/python -m installers build --target windows

packages: package-tools $(COMPILED) ## Make what technicians and relays install into build/packages: wheels, Debian, container, Flatpak
	$(BIN)/python -m installers package --target all

format: $(STAMP) ## Put every file into the agreed format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

constraints: python ## Choose the newest allowed versions again and write constraints.txt
	@$(PYTHON) setup/system_packages.py venv
	$(PYTHON) -m venv --clear build/constraints
	build/constraints/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	build/constraints/bin/python setup/write_constraints.py

clean: ## Remove the environment and everything that was made here
	rm -f protocol/picture/native/*.so
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	"Deskside needs Python 3.11 or newer, and '$(PYTHON)' is not. Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" \
	>&2; exit 1; }

desktop: | python
	@$(PROBE) desktop

test-tools: | python
	@$(PROBE) tests

client-tools: | python
	@$(PROBE) client

package-tools: | python
	@$(PROBE) packages

# The judge of the join page's accessibility; it is not ours and stays in build/. Without it only those tests fail.
axe: | test-tools
	-@$(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON)) -m setup.axe

$(STAMP): pyproject.toml constraints.txt | python
	@$(PYTHON) setup/system_packages.py venv
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing Deskside and its tools into $(VENV) (a minute or so the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(COMPILED): $(wildcard protocol/picture/native/*.[ch]) setup/native_code.py $(STAMP)
	@$(BIN)/python -m setup.native_code
	@touch $@
