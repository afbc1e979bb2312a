# Every command sets up .venv first, and again when pyproject.toml has changed.
# `make` alone lists the commands.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

venv := .venv
bin := $(venv)/bin
ready := $(venv)/.ready
peers := $(venv)/.ready-bench
extras := dev,lab
quickstart := notebooks/01_quickstart.ipynb

.PHONY: help setup run lab notebooks test soak bench scale lint format types imports check clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(ready) ## make .venv with everything in it

run: $(ready) ## execute the quickstart headless, and show its run
	@$(bin)/dpnb run $(quickstart)

# In containers everybody is root, which Jupyter asks to be told; it listens on loopback only.
as_root := $(if $(filter 0,$(shell id -u)),--allow-root)

lab: $(ready) ## open JupyterLab on the notebooks, with LAB_OPTIONS if there are any
	@$(bin)/jupyter lab --notebook-dir=notebooks $(as_root) $(LAB_OPTIONS)

notebooks: $(ready) ## execute the notebooks anew, and keep what they show in them
	@$(bin)/python -m tests.refresh_notebooks

test: $(ready) ## run all tests, as many side by side as there are processors
	@$(bin)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadgroup

soak: $(ready) ## kill workers, fork servers and kernels at random for SOAK_SECONDS (120), and find nothing left
	@SOAK_SECONDS=$${SOAK_SECONDS:-120} $(bin)/python -m pytest tests/integration/test_soak.py -s --timeout 3600

bench: $(peers) ## measure dpnb beside its peers
	@$(bin)/python -m pytest tests/benchmark --benchmark-only --timeout 900 --benchmark-columns min,median,rounds --benchmark-sort name

scale: $(ready) ## tell what bounds a run of a million tasks, by simulation and by measuring each part
	@$(bin)/python -m tests.benchmark.at_scale

lint: $(ready) ## look for mistakes and for unformatted code
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .

format: $(ready) ## mend what can be mended
	@$(bin)/ruff check --fix --quiet . || true
	@$(bin)/ruff format .

types: $(ready) ## check the types
	@$(bin)/mypy

imports: $(ready) ## check that imports run downwards
	@$(bin)/lint-imports --no-logo

check: lint types imports ## lint, types and imports

clean: ## remove .venv and what tools and runs left behind
	rm -rf $(venv) .dpnb notebooks/.dpnb .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	find dpnb tests notebooks -name __pycache__ -prune -exec rm -rf {} +

# uv takes a tested Python that is there, else it brings the one of .python-version. A pyenv shim may exist for a version that is not chosen, so each candidate is run.
$(ready): pyproject.toml
	@echo 'setting up $(venv) …'
	@modern='import sys; raise SystemExit(sys.version_info < (3, 12))'; \
	if command -v uv >/dev/null; then \
	    $(bin)/python -c "$$modern" 2>/dev/null \
	        || uv venv --quiet --clear --no-python-downloads --python '>=3.12,<3.14' $(venv) 2>/dev/null \
	        || uv venv --quiet --clear $(venv); \
	    uv pip install --quiet --python $(bin)/python --editable '.[$(extras)]'; \
	else \
	    for python in python3.12 python3.13 python3.14 python3 python none; do \
	        if [ $$python != none ] && $$python -c "$$modern" 2>/dev/null; then break; fi; \
	    done; \
	    if [ $$python = none ]; then \
	        echo 'dpnb needs Python 3.12 or newer, or uv, and found neither: see https://docs.astral.sh/uv' >&2; exit 1; \
	    fi; \
	    if ! { $(bin)/python -c "$$modern" && [ -x $(bin)/pip ]; } 2>/dev/null; then $$python -m venv --clear $(venv); fi; \
	    $(bin)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(extras)]'; \
	fi
	@touch $@

$(peers): $(ready)
	@echo 'adding the peers of the benchmarks …'
	@if command -v uv >/dev/null; then \
	    uv pip install --quiet --python $(bin)/python --editable '.[bench]'; \
	else \
	    $(bin)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'; \
	fi
	@touch $@
