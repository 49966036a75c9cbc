# Everything happens inside this checkout: .venv holds the tools and the dependencies of uv.lock.
PYTHON ?= python3
UV_VERSION := 0.13.9
export UV_PYTHON_DOWNLOADS := never
# Compiling takes longer than running for most of what the tests start: never do it twice, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin

.PHONY: help setup run test lint types pictures
help: ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/ready ## install everything into .venv
.venv/ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tocsin needs Python 3.11 or newer; say PYTHON=python3.12 (or the like)"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python has no venv here (Debian: apt install python3-venv)"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv sync --quiet --frozen --inexact --compile-bytecode
	$(BIN)/python -m compileall -q src
	@touch $@

run: setup ## the demo: a story breaks, the alert arrives
	$(BIN)/tocsin demo

pictures: setup ## take the README's pictures from the running demo
	$(BIN)/python -m tests.browser.readme_pictures docs/pictures

lint: setup
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-cache

types: setup
	$(BIN)/mypy

test: lint types ## lint, strict types and all tests
	$(BIN)/pytest -n 2 --dist loadfile
